/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The verbs of limber(1): one table, from which dispatch, the check of arguments and the help text all come. */

#include "cli/term/options.h"

#define VERB_ANY UINT32_MAX

struct verb {
        const char *name;
        unsigned min_words, max_words; /* after the verb itself */
        unsigned options;              /* enum option_bit that it takes */
        const char *usage;             /* what follows the name */
        const char *help;
        /* Returns an enum limber_exit; has said why when that is not 0. */
        int (*fn)(const struct options *options);
};

/* The table; name NULL ends it. */
extern const struct verb limber_verbs[];

/* Finds the verb of that name, or NULL. */
const struct verb *verb_find(const struct verb *verbs, const char *name);
/* The verb that was probably meant by a word that is none, or NULL. */
const struct verb *verb_hint(const struct verb *verbs, const char *word);
/* Runs the verb of the command line (the first of the table when there is none). Returns an enum limber_exit. */
int verbs_dispatch(const struct verb *verbs, const struct options *options);

void verbs_print_help(const struct verb *verbs, FILE *f);
