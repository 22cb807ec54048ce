/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The verbs of limber(1): one table, from which dispatch, the check of arguments, the help and the completions of three shells
 * come; tests/lint/check-man.py holds the man page against it. */

#include "cli/term/options.h"

#define VERB_ANY UINT32_MAX
#define VERB_VALUES_MAX 4

struct verb {
        const char *name;              /* one word, or two: those of a verb that has verbs of its own */
        unsigned min_words, max_words; /* after the name */
        unsigned options;              /* enum option_bit that it takes */
        const char *usage;             /* what follows the name */
        const char *help;
        /* Returns an enum limber_exit; has said why when that is not 0. */
        int (*fn)(const struct options *options);
        /* polkit may want a password for it: an agent is brought along. */
        bool asks;
        /* What each word after the name may be, as in struct option_info; the last one that is said counts for all that follow. */
        const char *values[VERB_VALUES_MAX];
};

/* The table; name NULL ends it. */
extern const struct verb limber_verbs[];

/* Finds the verb of exactly that name, or NULL. */
const struct verb *verb_find(const struct verb *verbs, const char *name);
/* The verb that was probably meant by a word that is none, or NULL. */
const struct verb *verb_hint(const struct verb *verbs, const char *word);
/* Runs the verb of the command line, which may be shortened as long as only one begins so (the first of the table when there is
 * none), or shows its help. Returns an enum limber_exit. */
int verbs_dispatch(const struct verb *verbs, const struct options *options);

/* All verbs and the options for every verb; or one verb and its options. */
void verbs_print_help(const struct verb *verbs, FILE *f);
void verb_print_help(const struct verb *verb, FILE *f);
