/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads untrusted libconfig text: pre-scanned, every mistake reported with its line, nothing assumed. A reader returns true
 * when the value is present and valid; false when it is absent (and optional) or invalid (then a finding says what would be
 * valid), with *ret untouched, so that parsers continue and find every error in one pass. */

#include <libconfig.h>

#include "lib/findings.h"
#include "lib/nearest.h"
#include "lib/quantity.h"

struct conf;

/* Scans and parses n bytes. Findings outlive the conf; ret may be set even when findings holds errors (duplicate names), so
 * callers check findings->n_errors at the end. -EBADMSG: not parseable. -ENOMEM. */
int conf_parse(const void *bytes, size_t n, struct findings *findings, struct conf **ret);
struct conf *conf_free(struct conf *conf);
DEFINE_CLEANUP(struct conf *, conf_free);

const config_setting_t *conf_root(const struct conf *conf);

/* One allowed key of a group. */
struct conf_key {
        const char *name;
        bool required;
};

/* Reports unknown keys (with the nearest known one) and missing required ones. what names the group in sentences, such as "a
 * percussion step". names is terminated by an empty row. */
void conf_check_keys(
        const config_setting_t *group, const struct conf_key *keys, const char *what, struct findings *f);

/* 1 to max_bytes bytes that pass the text door. */
bool conf_text_is_good(const char *text, size_t max_bytes);
/* A string that conf_text_is_good() accepts. *ret points into the conf. */
bool conf_string(const config_setting_t *group, const char *key, size_t max_bytes, struct findings *f,
        const char **ret);
bool conf_bool(const config_setting_t *group, const char *key, struct findings *f, bool *ret);
bool conf_integer(const config_setting_t *group, const char *key, int64_t min, int64_t max,
        struct findings *f, int64_t *ret);

/* A value with a unit; min and max in the dimension's unit, inclusive. */
bool conf_quantity(const config_setting_t *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, int64_t *ret);
bool conf_range(const config_setting_t *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, struct quantity_range *ret);

/* One of names (NULL-terminated); *ret is its index. */
bool conf_enum(const config_setting_t *group, const char *key, const char *const *names, struct findings *f,
        unsigned *ret);

/* A child group, or a list of groups with at most max_items. */
const config_setting_t *conf_group(const config_setting_t *group, const char *key, struct findings *f);
const config_setting_t *conf_list(
        const config_setting_t *group, const char *key, unsigned max_items, struct findings *f);
/* Element i of such a list as a group, or NULL with a finding. */
const config_setting_t *conf_list_group(const config_setting_t *list, unsigned i, struct findings *f);
/* A list or array of strings, copied into a NULL-terminated vector the caller frees with strv_free(). */
bool conf_strings(const config_setting_t *group, const char *key, unsigned max_items, size_t max_bytes,
        struct findings *f, char ***ret);

unsigned conf_line(const config_setting_t *setting);

/* Writes key = "value"; quoted so that it is read back, and without anything that does not pass the text door: the value may
 * come from the air. */
void conf_print_string(FILE *f, const char *key, const char *value);

char **strv_free(char **strings);
DEFINE_CLEANUP(char **, strv_free);

/* Reads a whole file of at most max bytes. -EFBIG when larger. The result is NUL-terminated after its n bytes. */
int read_file(const char *path, size_t max, char **ret, size_t *ret_n);
