/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rows of typed cells, printed as an aligned table for a person, or as JSON or CSV for a program. Cells are added row by
 * row, one for each column, in the columns' order. */

#include <jansson.h>

#include "cli/term/style.h"
#include "lib/macros.h"

enum cell_type {
        CELL_TEXT,
        CELL_NAME,      /* text that is useless when cut */
        CELL_PERCENT,   /* 0 to 100 */
        CELL_DURATION,  /* microseconds; seconds in JSON */
        CELL_TIME,      /* microseconds since the epoch; ISO 8601 in UTC in JSON */
        CELL_FREQUENCY, /* hertz */
        CELL_LEVEL,     /* a number with the unit in the cell; the bare number in JSON */
        CELL_YES_NO,
        CELL_COUNT,
        CELL_LIST, /* words; an array in JSON */
};

struct column {
        const char *key;   /* in JSON and CSV */
        const char *title; /* NULL: only in JSON and CSV */
        enum cell_type type;
};

struct table;

/* The columns must outlive the table. NULL when there is no memory. */
struct table *table_new(const struct column *columns, size_t n_columns);
struct table *table_free(struct table *table);
DEFINE_CLEANUP(struct table *, table_free);

void table_text(struct table *table, const char *text);
/* A word for programs, and its form for a person. */
void table_word(struct table *table, const char *word, const char *said);
void table_percent(struct table *table, unsigned percent);
void table_duration(struct table *table, uint64_t usec);
/* A time, shown as a date or as an offset from another time. */
void table_time(struct table *table, uint64_t usec);
void table_offset(struct table *table, uint64_t usec, uint64_t from_usec);
void table_frequency(struct table *table, double hertz);
void table_level(struct table *table, double value, const char *unit);
void table_yes_no(struct table *table, bool yes);
void table_count(struct table *table, uint64_t count);
void table_list(struct table *table, char *const *words);
/* A cell with an unknown value: "-", null in JSON, nothing in CSV. */
void table_unknown(struct table *table);
/* Sets the style of the last cell. */
void table_style(struct table *table, enum style style);

size_t table_rows(const struct table *table) _pure_;

/* Prints a title line and the rows. columns limits the width (0: unlimited). Returns 0, or -ENOMEM when a cell was lost for
 * want of memory. */
int table_print(const struct table *table, FILE *f, unsigned columns, bool colour);
/* Prints each row as a block, one line per cell with its title in front. */
int table_print_blocks(const struct table *table, FILE *f, bool colour);
/* Prints a line of column keys and the rows as CSV (cli/term/csv.h), including columns without a title. */
int table_print_csv(const struct table *table, FILE *f);
/* An array of objects. A new reference, or NULL when there is no memory. */
json_t *table_json(const struct table *table);
