/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Filter for text from outside: names from the air, files, callers. Its result is valid UTF-8 without control characters and
 * without marks that change the reading direction, so that a terminal shows it and D-Bus carries it. */

#include "lib/macros.h"

/* Decodes the character at s, of which n > 0 bytes are available. Returns its length; 0: not UTF-8, or a code point that
 * D-Bus libraries reject (surrogates, noncharacters). */
size_t utf8_decode(const void *s, size_t n, uint32_t *ret);
/* True when all of n bytes are valid UTF-8 without NUL. */
bool utf8_is_valid(const void *bytes, size_t n);

/* Reads the first character of s, which must not be empty, and returns its length in bytes. *ret is 0 for one that must not
 * be shown; line and column separators are returned as a blank. */
size_t text_next(const char *s, uint32_t *ret);

/* True when text_make_plain() would not change s. */
bool text_is_plain(const char *s);
/* Replaces in place every character that does not pass by a blank or "?"; drops a truncated character at the end. Returns s. */
char *text_make_plain(char *s);
/* Copies s, plain, truncated at a character if too long. Returns buffer. */
char *text_copy(char *buffer, size_t size, const char *s);
