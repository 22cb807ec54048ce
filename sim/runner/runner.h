/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A simulated runner: what a body feels of what the products do to it, and what its mouth says when it is asked. What is felt
 * follows how strong it is and for how long, how sore the part is, and how far it has got used to it. What is said may come
 * late, not at all, or be wrong.
 *
 * It is no model of pain: it is there so that whatever listens to a runner meets many different ones. All figures are
 * our own. It knows neither limber nor a clock. */

#include "lib/macros.h"
#include "sim/products/product.h"

enum runner_honesty {
        RUNNER_HONEST,
        RUNNER_SILENT,   /* says nothing */
        RUNNER_TOUGH,    /* says three less */
        RUNNER_NUMB,     /* says 0, whatever happens */
        RUNNER_CONFUSED, /* says any number */
};

struct runner_traits {
        enum runner_honesty honesty;
        double points;              /* felt from 1.0 of stimulus on a fresh part */
        double habituation;         /* that share of it (0…1) fades … */
        double habituation_seconds; /* … with this time constant */
        double points_per_minute;   /* the longer, the worse */
        double silent_from,
                silent_until; /* seconds of the treatment in which nothing is said; equal: none */
        double word_at;       /* says "tensing" when it is felt this much; 0: never */
        unsigned seed;        /* of what a confused one says */
};

struct runner {
        const struct runner_traits *traits;
        double soreness;            /* of the part under treatment, 0…10 */
        double stimulus;            /* now */
        double on_seconds, seconds; /* of this part with output; of the whole treatment */
        uint32_t random;
};

/* traits must outlive it. */
void runner_begin(struct runner *runner, const struct runner_traits *traits);
/* Another part of the body is treated from now on. */
void runner_turn_to(struct runner *runner, double soreness);
/* That much time passed with this output of a kind of product ("theragun-pro": a gun; "coyote3": pads); several products
 * at a time: the strongest is what is felt. */
void runner_pass(struct runner *runner, double seconds, double stimulus);
/* 1.0 is as strong as an ordinary treatment gets: a gun at 40 Hz, pads at a tenth of what they could. */
double runner_stimulus(const char *kind, const struct product_output *output);

/* What is felt now, 0…10. */
double runner_feels(const struct runner *runner);
/* What is said to that: a score of 0 to 10, and whether "tensing" comes with it. False: nothing. */
bool runner_says(struct runner *runner, unsigned *ret_score, bool *ret_tensing);

/* Ready-made ones by name ("easy", "sore", "silent", …), for a command line; NULL: there is none. Entry i, or NULL. */
const struct runner_traits *runner_traits_by_name(const char *name);
const char *runner_traits_name(size_t i);
