/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A simulated runner: computes what is felt from the products' output, and what is answered to questions. The feeling
 * depends on strength, duration, soreness of the part, and habituation. Answers may be late, missing, or wrong.
 *
 * It is no model of pain: it confronts limberd with a variety of runners. All figures are our own. It knows neither limber
 * nor a clock. */

#include "lib/macros.h"
#include "sim/products/product.h"

enum runner_honesty {
        RUNNER_HONEST,
        RUNNER_SILENT,   /* never answers */
        RUNNER_TOUGH,    /* answers three too low */
        RUNNER_NUMB,     /* always answers 0 */
        RUNNER_CONFUSED, /* answers at random */
};

struct runner_traits {
        enum runner_honesty honesty;
        double points;              /* score from 1.0 of stimulus on a fresh part */
        double habituation;         /* this share of it (0…1) fades … */
        double habituation_seconds; /* … with this time constant */
        double points_per_minute;   /* increase over time */
        double silent_from,
                silent_until; /* period of the treatment without answers, in seconds; equal: none */
        double word_at;       /* adds "tensing" from this score on; 0: never */
        unsigned seed;        /* of the random answers */
};

struct runner {
        const struct runner_traits *traits;
        double soreness;            /* of the part under treatment, 0…10 */
        double stimulus;            /* current */
        double on_seconds, seconds; /* of this part with output; of the whole treatment */
        uint32_t random;
};

/* traits must outlive it. */
void runner_begin(struct runner *runner, const struct runner_traits *traits);
/* Switches to another part of the body. */
void runner_turn_to(struct runner *runner, double soreness);
/* Advances time with this output of a kind of product ("theragun-pro": a gun; "coyote3": pads); of several products at once,
 * the strongest counts. */
void runner_pass(struct runner *runner, double seconds, double stimulus);
/* 1.0 is as strong as an ordinary treatment gets: a gun at 40 Hz, pads at a tenth of their maximum. */
double runner_stimulus(const char *kind, const struct product_output *output);

/* The current feeling, 0…10. */
double runner_feels(const struct runner *runner);
/* The answer to that: a score of 0 to 10, and whether "tensing" is added. False: no answer. */
bool runner_says(struct runner *runner, unsigned *ret_score, bool *ret_tensing);

/* Predefined traits by name ("easy", "sore", "silent", …), for a command line; NULL: none. Entry i, or NULL. */
const struct runner_traits *runner_traits_by_name(const char *name);
const char *runner_traits_name(size_t i);
