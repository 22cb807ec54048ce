/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The verbs of limber(1): one table for dispatch, argument checks, help and the completions of three shells;
 * tests/lint/check-man.py checks the man page against it. */

#include "cli/term/options.h"

#define VERB_ANY UINT32_MAX
#define VERB_VALUES_MAX 4

struct verb {
        const char *name;              /* one word, or two for a subcommand */
        unsigned min_words, max_words; /* after the name */
        unsigned options;              /* enum option_bit that it takes */
        const char *usage;             /* after the name */
        const char *help;
        /* Returns an enum limber_exit; has reported the reason when it is not 0. */
        int (*fn)(const struct options *options);
        /* polkit may ask for a password: start an agent. */
        bool asks;
        /* Possible values of each word after the name, as in struct option_info; the last entry applies to all further
         * words. */
        const char *values[VERB_VALUES_MAX];
};

/* The table; terminated by a row without a name. */
extern const struct verb limber_verbs[];

/* Finds the verb of exactly that name, or NULL. */
const struct verb *verb_find(const struct verb *verbs, const char *name);
/* The verb nearest to a mistyped word, or NULL. */
const struct verb *verb_hint(const struct verb *verbs, const char *word);
/* Runs the verb of the command line, which may be abbreviated to a unique prefix (without a verb: the first of the table),
 * or shows its help. Returns an enum limber_exit. */
int verbs_dispatch(const struct verb *verbs, const struct options *options);

/* All verbs and the common options; or one verb and its options. */
void verbs_print_help(const struct verb *verbs, FILE *f);
void verb_print_help(const struct verb *verb, FILE *f);
