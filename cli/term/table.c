/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/table.h"

#include <assert.h>
#include <math.h>

#include "cli/term/csv.h"
#include "cli/term/format.h"
#include "cli/term/text.h"
#include "lib/clock.h"

#define COLUMN_GAP 2
#define COLUMN_NARROWEST 6

struct cell {
        char *shown; /* cleaned, as it is printed */
        json_t *json;
        enum style style;
};

struct table {
        const struct column *columns;
        size_t n_columns;
        struct cell *cells;
        size_t n_cells;
        bool failed; /* a cell was lost for want of memory */
};

struct table *table_new(const struct column *columns, size_t n_columns) {
        struct table *table = calloc(1, sizeof(*table));

        if (!table)
                return NULL;
        table->columns = columns;
        table->n_columns = n_columns;
        return table;
}

struct table *table_free(struct table *table) {
        if (!table)
                return NULL;
        for (size_t i = 0; i < table->n_cells; i++) {
                free(table->cells[i].shown);
                json_decref(table->cells[i].json);
        }
        free(table->cells);
        free(table);
        return NULL;
}

/* Takes the reference to json, also on failure. */
static void add(struct table *table, const char *shown, json_t *json) {
        struct cell *cells = reallocarray(table->cells, table->n_cells + 1, sizeof(*cells));
        char *clean = text_clean(shown);

        if (cells)
                table->cells = cells;
        if (!cells || !clean || !json) {
                free(clean);
                json_decref(json);
                table->failed = true;
                return;
        }
        table->cells[table->n_cells++] = (struct cell){ .shown = clean, .json = json };
}

/* Asserts that the column of the next cell was declared with this type. */
static void expect(const struct table *table, enum cell_type type) {
        assert(table->failed || table->columns[table->n_cells % table->n_columns].type == type);
        (void) table;
        (void) type;
}

void table_word(struct table *table, const char *word, const char *said) {
        const struct column *column = &table->columns[table->n_cells % table->n_columns];

        expect(table, column->type == CELL_NAME ? CELL_NAME : CELL_TEXT);
        add(table, isempty(said) ? "-" : said, json_string(strnull(word)));
}

void table_text(struct table *table, const char *text) {
        table_word(table, text, text);
}

void table_percent(struct table *table, unsigned percent) {
        char buffer[FORMAT_MAX];

        expect(table, CELL_PERCENT);
        snprintf(buffer, sizeof(buffer), "%u %%", percent);
        add(table, buffer, json_integer(percent));
}

void table_duration(struct table *table, uint64_t usec) {
        char buffer[FORMAT_MAX];

        expect(table, CELL_DURATION);
        add(table, format_duration(buffer, usec), json_real((double) usec / (double) USEC_PER_SEC));
}

void table_time(struct table *table, uint64_t usec) {
        char shown[FORMAT_MAX], buffer[FORMAT_MAX];

        expect(table, CELL_TIME);
        add(table, format_date_time(shown, usec), json_string(format_timestamp(buffer, usec)));
}

void table_offset(struct table *table, uint64_t usec, uint64_t from_usec) {
        char shown[FORMAT_MAX], buffer[FORMAT_MAX];

        expect(table, CELL_TIME);
        add(table, format_offset(shown, usec, from_usec), json_string(format_timestamp(buffer, usec)));
}

void table_frequency(struct table *table, double hertz) {
        char buffer[FORMAT_MAX];

        expect(table, CELL_FREQUENCY);
        add(table, format_level(buffer, hertz, "Hz"), isfinite(hertz) ? json_real(hertz) : json_null());
}

void table_level(struct table *table, double value, const char *unit) {
        char buffer[FORMAT_MAX];

        expect(table, CELL_LEVEL);
        add(table, format_level(buffer, value, unit), isfinite(value) ? json_real(value) : json_null());
}

void table_yes_no(struct table *table, bool yes) {
        expect(table, CELL_YES_NO);
        add(table, yes_no(yes), json_boolean(yes));
}

void table_count(struct table *table, uint64_t count) {
        char buffer[FORMAT_MAX];

        expect(table, CELL_COUNT);
        snprintf(buffer, sizeof(buffer), "%llu", (unsigned long long) count);
        add(table, buffer, json_integer((json_int_t) count));
}

void table_list(struct table *table, char *const *words) {
        _cleanup_free_ char *joined = NULL;
        json_t *array = json_array();
        char *end;
        size_t size = 1;

        expect(table, CELL_LIST);
        for (char *const *w = words; w && *w; w++)
                size += strlen(*w) + 2;
        end = joined = calloc(1, size);
        for (char *const *w = words; joined && w && *w; w++) {
                end = stpcpy(end, w == words ? "" : ", ");
                end = stpcpy(end, *w);
                if (json_array_append_new(array, json_string(*w)) < 0)
                        table->failed = true;
        }
        add(table, isempty(joined) ? "-" : joined, array);
}

void table_unknown(struct table *table) {
        add(table, "-", json_null());
}

void table_style(struct table *table, enum style style) {
        if (table->n_cells > 0 && !table->failed)
                table->cells[table->n_cells - 1].style = style;
}

size_t table_rows(const struct table *table) {
        return table->n_cells / MAX(table->n_columns, (size_t) 1);
}

static bool align_right(enum cell_type type) {
        return type != CELL_TEXT && type != CELL_NAME && type != CELL_YES_NO && type != CELL_LIST;
}

static const struct cell *cell_at(const struct table *table, size_t row, size_t column) {
        return table->cells + row * table->n_columns + column;
}

/* The column that loses least by being narrower, or n_columns when none may be. */
static size_t widest(const struct table *table, const unsigned *widths) {
        size_t found = table->n_columns;

        for (size_t c = 0; c < table->n_columns; c++) {
                enum cell_type type = table->columns[c].type;

                if ((type == CELL_TEXT || type == CELL_LIST) && widths[c] > COLUMN_NARROWEST &&
                        (found == table->n_columns || widths[c] > widths[found]))
                        found = c;
        }
        return found;
}

/* Computes the width of each column, then shrinks the widest until all fit. */
static void measure(const struct table *table, unsigned columns, unsigned *widths) {
        unsigned total = 0;

        for (size_t c = 0; c < table->n_columns; c++) {
                if (!table->columns[c].title)
                        continue;
                widths[c] = text_width(table->columns[c].title);
                for (size_t r = 0; r < table_rows(table); r++)
                        widths[c] = MAX(widths[c], text_width(cell_at(table, r, c)->shown));
                total += widths[c] + (total > 0 ? COLUMN_GAP : 0);
        }
        while (columns > 0 && total > columns) {
                size_t c = widest(table, widths);

                if (c == table->n_columns)
                        break;
                widths[c]--;
                total--;
        }
}

static void print_cell(const struct table *table, FILE *f, size_t column, const char *text, unsigned width,
        enum style style, bool colour) {
        char buffer[1024];
        unsigned used = text_fit(text, width, buffer, sizeof(buffer)), pad = width > used ? width - used : 0;
        bool right = align_right(table->columns[column].type), last = true;

        for (size_t c = column + 1; c < table->n_columns; c++)
                last = last && !table->columns[c].title;
        fprintf(f, "%*s%s%s%s", right ? (int) pad : 0, "", style_begin(style, colour), buffer,
                style_end(style, colour));
        if (last)
                fputc('\n', f);
        else
                fprintf(f, "%*s", (int) (right ? 0 : pad) + COLUMN_GAP, "");
}

int table_print(const struct table *table, FILE *f, unsigned columns, bool colour) {
        _cleanup_free_ unsigned *widths = calloc(table->n_columns, sizeof(*widths));

        if (!widths || table->failed)
                return -ENOMEM;
        measure(table, columns, widths);
        for (size_t c = 0; c < table->n_columns; c++)
                if (table->columns[c].title)
                        print_cell(table, f, c, table->columns[c].title, widths[c], STYLE_DIM, colour);
        for (size_t r = 0; r < table_rows(table); r++)
                for (size_t c = 0; c < table->n_columns; c++) {
                        const struct cell *cell = cell_at(table, r, c);

                        if (table->columns[c].title)
                                print_cell(table, f, c, cell->shown, widths[c], cell->style, colour);
                }
        return 0;
}

static void print_block_line(
        FILE *f, const char *title, unsigned width, const struct cell *cell, bool colour) {
        fprintf(f, "%s%s%s%*s%s%s%s\n", style_begin(STYLE_DIM, colour), title, style_end(STYLE_DIM, colour),
                (int) (width - text_width(title)) + COLUMN_GAP, "", style_begin(cell->style, colour),
                cell->shown, style_end(cell->style, colour));
}

int table_print_blocks(const struct table *table, FILE *f, bool colour) {
        unsigned width = 0;

        if (table->failed)
                return -ENOMEM;
        for (size_t c = 0; c < table->n_columns; c++)
                width = MAX(width, text_width(table->columns[c].title));
        for (size_t r = 0; r < table_rows(table); r++) {
                if (r > 0)
                        fputc('\n', f);
                for (size_t c = 0; c < table->n_columns; c++)
                        if (table->columns[c].title)
                                print_block_line(
                                        f, table->columns[c].title, width, cell_at(table, r, c), colour);
        }
        return 0;
}

int table_print_csv(const struct table *table, FILE *f) {
        if (table->failed)
                return -ENOMEM;
        for (size_t c = 0; c < table->n_columns; c++)
                fprintf(f, "%s%s", c > 0 ? "," : "", table->columns[c].key);
        fputs(CSV_LINE_END, f);
        for (size_t r = 0; r < table_rows(table); r++) {
                for (size_t c = 0; c < table->n_columns; c++) {
                        int result;

                        if (c > 0)
                                fputc(',', f);
                        result = csv_field(f, cell_at(table, r, c)->json);
                        if (result < 0)
                                return result;
                }
                fputs(CSV_LINE_END, f);
        }
        return 0;
}

json_t *table_json(const struct table *table) {
        json_t *rows = json_array();

        if (table->failed) {
                json_decref(rows);
                return NULL;
        }
        for (size_t r = 0; rows && r < table_rows(table); r++) {
                json_t *row = json_object();

                for (size_t c = 0; c < table->n_columns; c++)
                        if (json_object_set(row, table->columns[c].key, cell_at(table, r, c)->json) < 0)
                                break;
                if (json_array_append_new(rows, row) < 0) {
                        json_decref(rows);
                        return NULL;
                }
        }
        return rows;
}
