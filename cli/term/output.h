/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a verb's result goes: text or, with --json, JSON, or for a list with --csv CSV, always on
 * stdout. Each returns an enum limber_exit. */

#include "cli/term/options.h"
#include "cli/term/table.h"

/* A list; none is said instead when it has no rows. */
int output_table(const struct options *options, const struct table *table, const char *none);
/* One thing: a table of one row, printed as a block. */
int output_block(const struct options *options, const struct table *table);
/* What was done, in a sentence. */
int output_done(const struct options *options, const char *format, ...) _printf_(2, 3);
/* A value as JSON on a line of its own; takes the reference. */
int output_json(json_t *json, size_t flags);

bool output_colour(const struct options *options);
/* Columns of the terminal on stdout, 0 when it is none. */
unsigned output_columns(void);
