/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* CSV lines as in RFC 4180, terminated by CR LF, for programs and spreadsheets. */

#include <jansson.h>

#include "lib/macros.h"

/* Terminates every line, including the last. */
#define CSV_LINE_END "\r\n"

/* Writes one field without the separator: text is quoted where needed, cleaned as for a terminal, and prefixed with ' where
 * a spreadsheet would take it for a formula; null is empty, a list its words separated by blanks, everything else as in
 * JSON. -ENOMEM, -EIO, or -EINVAL for an object. */
int csv_field(FILE *f, const json_t *value);
