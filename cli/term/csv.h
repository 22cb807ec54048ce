/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lines of CSV as RFC 4180 has them, ended by CR and LF, for a program or a spreadsheet to read. */

#include <jansson.h>

#include "lib/macros.h"

/* What ends a line, the last one too. */
#define CSV_LINE_END "\r\n"

/* Writes one field without what separates it from the next: text quoted where it must be, cleaned as for a terminal, and
 * with a ' in front where a spreadsheet would take it for a formula; null is empty, a list its words with blanks
 * between, everything else as in JSON. -ENOMEM, -EIO, or -EINVAL for an object. */
int csv_field(FILE *f, const json_t *value);
