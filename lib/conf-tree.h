/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The settings of one text, as a flat tree. libconfig makes it of text in limber-parse or in the CLI (lib/conf-text.h); limberd
 * gets it packed over a socket and believes nothing of it: conf_unpack() checks every length, type, name and depth. */

#include "lib/findings.h"

enum conf_type {
        CONF_GROUP,
        CONF_LIST,
        CONF_ARRAY,
        CONF_STRING,
        CONF_INTEGER,
        CONF_BOOL,
        CONF_OTHER_NUMBER, /* a fraction or a long one, without its value: no key takes them */
        _CONF_TYPE_MAX,
};

struct conf;
/* Points into its conf. */
struct conf_setting;

struct conf *conf_free(struct conf *conf);
DEFINE_CLEANUP(struct conf *, conf_free);
/* The group of all settings. */
const struct conf_setting *conf_root(const struct conf *conf);

enum conf_type conf_type(const struct conf_setting *s) _pure_;
/* Line in the text, from 1. */
unsigned conf_line(const struct conf_setting *s) _pure_;
/* Never empty for a member of a group; NULL for an entry of a list or an array, and for the root. */
const char *conf_name(const struct conf_setting *s) _pure_;
/* Members of a group, entries of a list or an array; 0 for others. */
unsigned conf_length(const struct conf_setting *s) _pure_;
/* Member or entry i, or NULL past the end. */
const struct conf_setting *conf_element(const struct conf_setting *s, unsigned i) _pure_;
/* The member of that name, or NULL. */
const struct conf_setting *conf_member(const struct conf_setting *group, const char *name) _pure_;
/* Value of a CONF_STRING, or NULL. */
const char *conf_text_value(const struct conf_setting *s) _pure_;
/* Value of a CONF_INTEGER or CONF_BOOL, or 0. */
int64_t conf_integer_value(const struct conf_setting *s) _pure_;

/* The packed form: what was found wrong with the text, then its tree unless it could not be parsed.
 *
 *   text     = count finding* has-tree setting?
 *   finding  = line string(code) string(message)
 *   setting  = type line string(name) value
 *   value    = count setting* | string | integer (8 bytes) | nothing
 *   string   = length bytes NUL
 *
 * Counts, lines, lengths: 4 bytes; type, has-tree: 1; in the order of this machine, which is at both ends. */
#define CONF_PACKED_MAX (4u * 1024u * 1024u)

void conf_pack_u32(FILE *f, size_t value);
void conf_pack_string(FILE *f, const char *s);
void conf_pack_findings(FILE *f, const struct findings *findings);

/* Reads the packed form. Its findings are added to findings, as errors. -EBADMSG: it has no tree, and findings say why;
 * -EPROTO: this is not the packed form. -ENOMEM. */
int conf_unpack(const void *bytes, size_t n, struct findings *findings, struct conf **ret);
