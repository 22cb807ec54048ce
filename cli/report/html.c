/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/html.h"

#include <stdarg.h>

#include "cli/term/text.h"

#define NARROW_COLUMNS 4
#define NOT_A_CHARACTER "\xef\xbf\xbd" /* U+FFFD */

static const char *entity_of(uint32_t c) {
        switch (c) {
        case 0:
                return NOT_A_CHARACTER;
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        }
        return NULL;
}

void html_text(FILE *f, const char *text) {
        for (const char *s = strnull(text); *s;) {
                uint32_t c;
                size_t n = text_next(s, &c);
                const char *entity = entity_of(c);

                if (entity)
                        fputs(entity, f);
                else if (c == ' ')
                        fputc(' ', f);
                else
                        (void) fwrite(s, 1, n, f);
                s += n;
        }
}

static void _printf_(2, 0) put(FILE *f, const char *format, va_list ap) {
        _cleanup_free_ char *text = NULL;

        if (vasprintf(&text, format, ap) >= 0)
                html_text(f, text);
        else {
                text = NULL;
                fputs(NOT_A_CHARACTER, f);
        }
}

void html_say(FILE *f, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        put(f, format, ap);
        va_end(ap);
}

void html_element(FILE *f, const char *tag, const char *format, ...) {
        va_list ap;

        fprintf(f, "<%s>", tag);
        va_start(ap, format);
        put(f, format, ap);
        va_end(ap);
        fprintf(f, "</%s>\n", tag);
}

struct html_table html_table_begin(
        FILE *f, const char *caption, const struct html_column *columns, size_t n_columns) {
        fputs(n_columns > NARROW_COLUMNS ? "<table class=\"wide\">\n" : "<table>\n", f);
        html_element(f, "caption", "%s", caption);
        fputs("<thead><tr>", f);
        for (size_t i = 0; i < n_columns; i++) {
                fprintf(f, "<th scope=\"col\"%s>", columns[i].number ? " class=\"number\"" : "");
                html_text(f, columns[i].title);
                fputs("</th>", f);
        }
        fputs("</tr></thead>\n<tbody>\n", f);
        return (struct html_table){ f, columns, n_columns, 0 };
}

void html_cell(struct html_table *table, const char *format, ...) {
        size_t at = table->n_cells++ % table->n_columns;
        const struct html_column *column = &table->columns[at];
        const char *tag = at == 0 ? "th" : "td";
        va_list ap;

        fprintf(table->f, "%s<%s%s%s data-title=\"", at == 0 ? "<tr>" : "", tag,
                at == 0 ? " scope=\"row\"" : "", column->number ? " class=\"number\"" : "");
        html_text(table->f, column->title);
        fputs("\"><bdi>", table->f);
        va_start(ap, format);
        put(table->f, format, ap);
        va_end(ap);
        fprintf(table->f, "</bdi></%s>%s", tag, at + 1 == table->n_columns ? "</tr>\n" : "");
}

void html_table_end(struct html_table *table) {
        fputs("</tbody>\n</table>\n", table->f);
}
