/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/output.h"

#include <stdarg.h>
#include <sys/ioctl.h>

#include "cli/term/format.h"
#include "cli/term/text.h"
#include "lib/bus-errors.h"

bool output_colour(const struct options *options) {
        return style_wanted(stdout, options->no_color);
}

unsigned output_columns(void) {
        struct winsize size = {};

        return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int result(int r) {
        if (r >= 0 && fflush(stdout) == 0 && !ferror(stdout))
                return LIMBER_EXIT_OK;
        say(stderr, "limber: cannot write: %s", strerror(r < 0 ? -r : errno));
        return LIMBER_EXIT_FAILURE;
}

int output_json(json_t *json, size_t flags) {
        int r = -ENOMEM;

        if (json) {
                r = json_dumpf(json, stdout, flags | JSON_REAL_PRECISION(FORMAT_REAL_DIGITS)) < 0 ? -EIO : 0;
                putchar('\n');
        }
        json_decref(json);
        return result(r);
}

int output_table(const struct options *options, const struct table *table, const char *none) {
        if (options->json)
                return output_json(table_json(table), JSON_INDENT(2));
        if (options->csv)
                return result(table_print_csv(table, stdout));
        if (table_rows(table) > 0)
                return result(table_print(table, stdout, output_columns(), output_colour(options)));
        puts(none);
        return result(0);
}

int output_block(const struct options *options, const struct table *table) {
        json_t *rows, *row;

        if (!options->json)
                return result(table_print_blocks(table, stdout, output_colour(options)));
        rows = table_json(table);
        row = json_incref(json_array_get(rows, 0));
        json_decref(rows);
        return output_json(row, JSON_INDENT(2));
}

int output_done(const struct options *options, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0) {
                text = NULL;
                return result(-ENOMEM);
        }
        if (options->json)
                return output_json(json_pack("{s:b, s:s}", "done", 1, "text", text), JSON_COMPACT);
        say(stdout, "%s", text);
        return result(0);
}
