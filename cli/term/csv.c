/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/csv.h"

#include "cli/term/format.h"
#include "cli/term/text.h"

/* A spreadsheet evaluates a cell that begins with one of these, and much of the text comes from the air. */
#define FORMULA_BEGINS "=+-@"

static int put_text(FILE *f, const char *text) {
        _cleanup_free_ char *clean = text_clean(text);
        bool quoted;

        if (!clean)
                return -ENOMEM;
        /* Leading and trailing blanks are text, but not every reader keeps them unless quoted. */
        quoted = strpbrk(clean, ",\"") || clean[0] == ' ' || (*clean && clean[strlen(clean) - 1] == ' ');
        if (quoted)
                fputc('"', f);
        if (*clean && strchr(FORMULA_BEGINS, *clean))
                fputc('\'', f);
        for (const char *c = clean; *c; c++) {
                if (*c == '"')
                        fputc('"', f);
                fputc(*c, f);
        }
        if (quoted)
                fputc('"', f);
        return 0;
}

static int put_list(FILE *f, const json_t *list) {
        _cleanup_free_ char *joined = NULL;
        char *end;
        size_t size = 1;

        for (size_t i = 0; i < json_array_size(list); i++)
                size += json_string_length(json_array_get(list, i)) + 1;
        end = joined = calloc(1, size);
        if (!joined)
                return -ENOMEM;
        for (size_t i = 0; i < json_array_size(list); i++) {
                end = stpcpy(end, i > 0 ? " " : "");
                end = stpcpy(end, strnull(json_string_value(json_array_get(list, i))));
        }
        return put_text(f, joined);
}

int csv_field(FILE *f, const json_t *value) {
        switch (json_typeof(value)) {
        case JSON_NULL:
                return 0;
        case JSON_STRING:
                return put_text(f, json_string_value(value));
        case JSON_ARRAY:
                return put_list(f, value);
        case JSON_OBJECT:
                return -EINVAL;
        default:
                return json_dumpf(value, f, JSON_ENCODE_ANY | JSON_REAL_PRECISION(FORMAT_REAL_DIGITS)) < 0
                               ? -EIO
                               : 0;
        }
}
