/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Output of a verb's result on stdout: text or, with --json, JSON, or for a list with --csv CSV. All return an enum
 * limber_exit. */

#include "cli/term/options.h"
#include "cli/term/table.h"

/* A list; prints none instead when it has no rows. */
int output_table(const struct options *options, const struct table *table, const char *none);
/* A single object: a table of one row, printed as a block. */
int output_block(const struct options *options, const struct table *table);
/* A sentence on what was done. */
int output_done(const struct options *options, const char *format, ...) _printf_(2, 3);
/* A value as JSON on one line; takes the reference. */
int output_json(json_t *json, size_t flags);

bool output_colour(const struct options *options);
/* Width of the terminal on stdout, 0 when it is none. */
unsigned output_columns(void);
