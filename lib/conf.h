/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads untrusted libconfig text: pre-scanned, every mistake reported with its line, nothing assumed. A reader returns true
 * when the value is present and valid; false when it is absent (and optional) or invalid (then a finding says what would be
 * valid), with *ret untouched, so that parsers continue and find every error in one pass. */

#include "lib/conf-tree.h"
#include "lib/nearest.h"
#include "lib/quantity.h"

/* What makes a conf of text: a child process in limberd (daemon/loop/parse-child.h), libconfig itself elsewhere
 * (lib/conf-text.h). */
struct conf_reader {
        int (*read)(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
                struct conf **ret);
};

/* Scans and parses n bytes; blocks. Findings outlive the conf; ret may be set even when findings holds errors (duplicate
 * names), so callers check findings->n_errors at the end. -EBADMSG: not parseable, and findings say why. Other errors: the
 * reader does not work. */
int conf_read(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret);

/* One allowed key of a group. */
struct conf_key {
        const char *name;
        bool required;
};

/* Reports unknown keys (with the nearest known one) and missing required ones. what names the group in sentences, such as "a
 * percussion step". names is terminated by an empty row. */
void conf_check_keys(
        const struct conf_setting *group, const struct conf_key *keys, const char *what, struct findings *f);

/* 1 to max_bytes bytes that pass the text door. */
bool conf_text_is_good(const char *text, size_t max_bytes);
/* 1 to 64 bytes of a-z, 0-9 and single '-' inside: safe as a file name, and as a D-Bus path with '-' → '_'. What a file is called by
 * programs. */
bool conf_id_is_good(const char *id);
/* A string that conf_text_is_good() accepts. *ret points into the conf. */
bool conf_string(const struct conf_setting *group, const char *key, size_t max_bytes, struct findings *f,
        const char **ret);
bool conf_bool(const struct conf_setting *group, const char *key, struct findings *f, bool *ret);
bool conf_integer(const struct conf_setting *group, const char *key, int64_t min, int64_t max,
        struct findings *f, int64_t *ret);

/* A value with a unit; min and max in the dimension's unit, inclusive. */
bool conf_quantity(const struct conf_setting *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, int64_t *ret);
bool conf_range(const struct conf_setting *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, struct quantity_range *ret);

/* One of names (NULL-terminated); *ret is its index. */
bool conf_enum(const struct conf_setting *group, const char *key, const char *const *names,
        struct findings *f, unsigned *ret);

/* A child group, or a list of groups with at most max_items. */
const struct conf_setting *conf_group(const struct conf_setting *group, const char *key, struct findings *f);
const struct conf_setting *conf_list(
        const struct conf_setting *group, const char *key, unsigned max_items, struct findings *f);
/* Element i of such a list as a group, or NULL with a finding. */
const struct conf_setting *conf_list_group(const struct conf_setting *list, unsigned i, struct findings *f);
/* A list or array of strings, copied into a NULL-terminated vector the caller frees with strv_free(). */
bool conf_strings(const struct conf_setting *group, const char *key, unsigned max_items, size_t max_bytes,
        struct findings *f, char ***ret);

/* Writes key = "value"; quoted so that it is read back, and without anything that does not pass the text door: the value may
 * come from the air. */
void conf_print_string(FILE *f, const char *key, const char *value);

/* Reads a whole file of at most max bytes. -EFBIG when larger. The result is NUL-terminated after its n bytes. */
int read_file(const char *path, size_t max, char **ret, size_t *ret_n);
