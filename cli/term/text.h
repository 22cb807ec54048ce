/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text for a terminal: width, cutting to fit, and cleaning. Names come from radio adverts and titles from imported files, so
 * nothing from the bus is printed before text_clean() has removed control sequences. */

#include <stdio.h>

#include "lib/text-door.h"

/* Whether the terminal supports UTF-8; if not, text becomes ASCII. Set once from the locale (or by a test). */
void text_set_utf8(bool utf8);
bool text_utf8(void) _pure_;

/* Display width of s, computed independently of the locale. */
unsigned text_width(const char *s);

/* Copies s into buffer without control characters and not wider than columns; an ellipsis marks a cut. Returns the columns
 * used. */
unsigned text_fit(const char *s, unsigned columns, char *buffer, size_t size);

/* Copies s without control characters. NULL when there is no memory. */
char *text_clean(const char *s);

/* Prints a cleaned line (format need not end in a newline). */
void say(FILE *f, const char *format, ...) _printf_(2, 3);

/* Wraps a text into lines of at most columns; calls fn with each. */
void text_fold(
        const char *s, unsigned columns, void (*fn)(const char *line, void *userdata), void *userdata);
