/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "cli/term/text.h"
#include "cli/verbs/describe-device.h"

/* Values begin here. */
#define COLUMN 15

struct paragraph {
        FILE *f;
        const char *title; /* of its first line */
        unsigned indent;
};

static void print_line(const char *line, void *userdata) {
        struct paragraph *p = userdata;

        say(p->f, "%-*s%s", (int) p->indent, strnull(p->title), line);
        p->title = NULL;
}

static void print_text(FILE *f, unsigned columns, const char *title, unsigned indent, const char *text) {
        struct paragraph p = { f, title, indent };

        text_fold(text, columns - indent, print_line, &p);
}

static const char *text_of(const json_t *group, const char *key) {
        return strnull(json_string_value(json_object_get(group, key)));
}

_printf_(4, 5) static void print_row(FILE *f, unsigned columns, const char *title, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0)
                return;
        print_text(f, columns, title, COLUMN, text);
}

static void print_products(const json_t *d, unsigned columns, FILE *f) {
        const char *title = "Products";
        const json_t *p;
        size_t i;

        json_array_foreach(json_object_get(d, "products"), i, p) {
                print_row(f, columns, title, "%s: %s \"%s\"%s", text_of(p, "title"),
                        json_is_true(json_object_get(p, "prefix")) ? "names that begin with" : "name",
                        text_of(p, "name"),
                        json_is_true(json_object_get(p, "by_model_only")) ? ", only with limber add --model"
                                                                          : "");
                title = "";
        }
}

static void print_features(const json_t *d, unsigned columns, FILE *f) {
        const json_t *x;
        size_t i;

        json_array_foreach(json_object_get(d, "features"), i, x) {
                const char *unit = text_of(x, "unit");
                bool is_step = streq(unit, "step");
                int digits = is_step ? 0 : 1;

                char before[64] = "";

                if (streq(text_of(x, "kind"), "estim"))
                        (void) snprintf(before, sizeof(before), "; before calibration at most %.*f", digits,
                                json_number_value(json_object_get(x, "uncalibrated_max")));
                print_row(f, columns, i == 0 ? "Features" : "",
                        "%s: %s, %s%.*f to %.*f%s%s in %lld levels%s (scale %s)", text_of(x, "name"),
                        text_of(x, "kind"), is_step ? "level " : "", digits,
                        json_number_value(json_object_get(x, "min")), digits,
                        json_number_value(json_object_get(x, "max")), is_step ? "" : " ",
                        is_step ? "" : unit, (long long) json_integer_value(json_object_get(x, "steps")),
                        before, text_of(x, "basis"));
        }
}

static void print_experimental(const json_t *d, unsigned columns, FILE *f) {
        const json_t *reasons = json_object_get(d, "experimental"), *reason;
        size_t i;

        if (json_array_size(reasons) == 0)
                print_row(f, columns, "Experimental",
                        "as a file of your own, yes: it counts as evidence D, and is added with --experimental");
        json_array_foreach(reasons, i, reason) print_row(f, columns, i == 0 ? "Experimental" : "", "%s%s",
                i == 0 ? "yes: " : "", json_string_value(reason));
}

static void print_frame(const json_t *frame, unsigned columns, FILE *f) {
        const char *level = text_of(frame, "level"), *write = text_of(frame, "write");
        char head[200];

        (void) snprintf(head, sizeof(head), "%s%s%s (%s%s%s): %s", text_of(frame, "name"),
                level[0] ? ", " : "", level, text_of(frame, "endpoint"), write[0] ? ", " : "", write,
                text_of(frame, "does"));
        print_text(f, columns, "", 2, head);
        print_text(f, columns, "", 6, text_of(frame, "bytes"));
}

static void print_sequence(const json_t *frames, unsigned columns, const char *title, FILE *f) {
        const json_t *frame;
        size_t i;

        json_array_foreach(frames, i, frame)
                print_row(f, columns, i == 0 ? title : "", "%s", text_of(frame, "bytes"));
}

/* daemon/device/device-greet.c. */
static void print_greeting(const json_t *d, unsigned columns, FILE *f) {
        const json_t *frames = json_object_get(d, "on_connect"), *frame;
        bool again = streq(text_of(d, "evidence"), "D");
        size_t i;

        print_row(f, columns, "On connecting", "the stop");
        json_array_foreach(frames, i, frame) {
                print_row(f, columns, "", "then %s", text_of(frame, "bytes"));
                again |= streq(text_of(frame, "name"), "query");
        }
        if (again && json_array_size(frames) > 0)
                print_row(f, columns, "", "then the stop again");
}

void describe_print(const json_t *d, unsigned columns, FILE *f) {
        const json_t *frame;
        size_t i;

        print_row(f, columns, "Model", "%s (%s), %s, engine %s", text_of(d, "title"), text_of(d, "id"),
                text_of(d, "kind"), text_of(d, "engine"));
        print_products(d, columns, f);
        print_row(f, columns, "Evidence", "%s. %s", text_of(d, "evidence"), text_of(d, "evidence_text"));
        print_experimental(d, columns, f);
        print_row(f, columns, "Link loss", "%s. %s", text_of(d, "link_loss"), text_of(d, "link_loss_text"));
        print_features(d, columns, f);
        print_sequence(json_object_get(d, "stop"), columns, "Stop", f);
        print_greeting(d, columns, f);
        say(f, "Frames");
        json_array_foreach(json_object_get(d, "frames"), i, frame) print_frame(frame, columns, f);
}
