/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The door for text from outside: names from the air, files, callers. Behind it a text is valid UTF-8 without control
 * characters and without marks that turn the reading direction, so that a terminal shows it and D-Bus carries it. */

#include "lib/macros.h"

/* Decodes the character at s, of which n > 0 bytes are there. Returns its length; 0: it is not UTF-8, or one of the code points
 * that D-Bus libraries refuse (surrogates, noncharacters). */
size_t utf8_decode(const void *s, size_t n, uint32_t *ret);
/* True when all of n bytes are valid UTF-8 without NUL. */
bool utf8_is_valid(const void *bytes, size_t n);

/* Reads the first character of s, which is not empty, and returns its bytes. *ret is 0 for what is not to be shown; what ends a
 * line or a column reads as a blank. */
size_t text_next(const char *s, uint32_t *ret);

/* True when s would pass the door unchanged. */
bool text_is_plain(const char *s);
/* Replaces in place what does not pass, by a blank or "?"; a character that is cut off at the end is dropped. Returns s. */
char *text_make_plain(char *s);
/* Copies s, plain and cut at a character where it is too long. Returns buffer. */
char *text_copy(char *buffer, size_t size, const char *s);
