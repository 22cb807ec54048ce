/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text and tables of an HTML page. All text is escaped, for use in elements and in double-quoted attributes. */

#include <stdio.h>

#include "lib/macros.h"

/* Invalid UTF-8, control characters and marks that change the reading direction become U+FFFD. */
void html_text(FILE *f, const char *text);
void html_say(FILE *f, const char *format, ...) _printf_(2, 3);
/* <TAG>text</TAG> */
void html_element(FILE *f, const char *tag, const char *format, ...) _printf_(3, 4);

struct html_column {
        const char *title;
        bool number; /* right-aligned */
};

/* A table that is filled cell by cell. With more than four columns it has the class "wide": on a narrow screen its rows may
 * become blocks, in which each cell is a line with its title in front. */
struct html_table {
        FILE *f;
        const struct html_column *columns;
        size_t n_columns, n_cells;
};

/* The columns must outlive the table. */
struct html_table html_table_begin(
        FILE *f, const char *caption, const struct html_column *columns, size_t n_columns);
/* The first cell of a row is its heading. */
void html_cell(struct html_table *table, const char *format, ...) _printf_(2, 3);
void html_table_end(struct html_table *table);
