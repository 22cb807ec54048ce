/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Random lists of actions done to a subject that watches itself for what must always hold. A list that breaks it is cut
 * down to the shortest one that still does, and printed so that it can be done again. */

#include "lib/macros.h"

struct action {
        unsigned verb;
        int a, b;
};

struct verb {
        const char *name;
        unsigned weight;  /* how often, compared with the others */
        int a_max, b_max; /* the arguments run from 0 to these */
};

struct subject {
        const char *name;
        const struct verb *verbs;
        unsigned n_verbs;
        unsigned length; /* actions in one list */
        /* What a long run has to come to at least once, up to a NULL; a subject that never gets there proves nothing. */
        const char *const *reaches;
        /* Does all of them to a new subject, telling property_at() before each; whatever must hold and does not goes to
         * property_broken(). */
        void (*run)(const struct action *actions, unsigned n);
};

extern const struct subject gate_subject, session_subject, manager_subject, dose_subject;

/* xorshift64*, so that a seed means the same list on every machine. */
struct dice {
        uint64_t state;
};
uint64_t dice_throw(struct dice *dice);
/* 0 … max */
int dice_up_to(struct dice *dice, int max);

#define PROPERTY_LENGTH_MAX 256u

void property_at(unsigned action);
/* That the subject came to the i-th of its reaches. */
void property_reached(unsigned i);
#define PROPERTY_REACHES_MAX 8u
/* Says what was broken and ends this try. */
_Noreturn void property_broken(const char *format, ...) _printf_(1, 2);

/* The shortest list that still fails, found by leaving parts out and by making arguments small (after Zeller's delta
 * debugging). fails() is asked of every try. Returns the new length. */
unsigned property_shrink(struct action *actions, unsigned n,
        bool (*fails)(const struct action *actions, unsigned n, void *userdata), void *userdata);
