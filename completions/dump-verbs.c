/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints the tables of verbs and options as JSON, for what is made from them or held against them. Not installed. */

#include <jansson.h>

#include "cli/verbs/verbs.h"

static json_t *dump_option(const struct option_info *o) {
        return json_pack("{s:s, s:s%, s:s?, s:s, s:s, s:b}", "name", o->name, "letter", &o->letter,
                (size_t) (o->letter ? 1 : 0), "argument", o->argument, "values", o->values, "help", o->help,
                "common", o->bit == 0);
}

static json_t *dump_verb(const struct verb *v) {
        json_t *options = json_array(), *values = json_array();

        for (const struct option_info *o = limber_options; o->name; o++)
                if (o->bit & v->options)
                        (void) json_array_append_new(options, json_string(o->name));
        for (size_t i = 0; i < VERB_VALUES_MAX && v->values[i]; i++)
                (void) json_array_append_new(values, json_string(v->values[i]));
        return json_pack("{s:s, s:s, s:s, s:o?, s:o?}", "name", v->name, "usage", v->usage, "help", v->help,
                "options", options, "values", values);
}

int main(void) {
        json_t *options = json_array(), *verbs = json_array(), *all;
        int r;

        for (const struct option_info *o = limber_options; o->name; o++)
                (void) json_array_append_new(options, dump_option(o));
        for (const struct verb *v = limber_verbs; v->name; v++)
                (void) json_array_append_new(verbs, dump_verb(v));
        all = json_pack("{s:o?, s:o?}", "options", options, "verbs", verbs);
        if (!all)
                return EXIT_FAILURE;
        r = json_dumpf(all, stdout, JSON_INDENT(1));
        json_decref(all);
        return r < 0 || putchar('\n') < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
