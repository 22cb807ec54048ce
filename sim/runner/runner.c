/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "sim/runner/runner.h"

#define SCORE_MAX 10.0
/* Twice the strength is felt as more than twice as much. */
#define GROWTH 1.3
#define TOUGHNESS 3.0
#define GUN_MHZ 40000.0
#define PADS_PERMILLE 100.0

static const struct {
        const char *name;
        struct runner_traits traits;
} known[] = {
        { "easy", { .points = 3, .habituation = 0.3, .habituation_seconds = 60 } },
        { "tender", { .points = 5, .habituation = 0.2, .habituation_seconds = 60 } },
        { "sore", { .points = 4, .points_per_minute = 2 } },
        { "tough", { RUNNER_TOUGH, .points = 6 } },
        { "silent", { RUNNER_SILENT, .points = 4 } },
        { "numb", { RUNNER_NUMB, .points = 4 } },
        { "confused", { RUNNER_CONFUSED, .points = 4, .seed = 1 } },
};

const struct runner_traits *runner_traits_by_name(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (streq(known[i].name, name))
                        return &known[i].traits;
        return NULL;
}

const char *runner_traits_name(size_t i) {
        return i < ARRAY_SIZE(known) ? known[i].name : NULL;
}

void runner_begin(struct runner *runner, const struct runner_traits *traits) {
        *runner = (struct runner){ .traits = traits, .random = traits->seed * 2654435761u + 1u };
}

void runner_turn_to(struct runner *runner, double soreness) {
        runner->soreness = soreness;
        runner->on_seconds = 0;
}

double runner_stimulus(const char *kind, const struct product_output *output) {
        if (output->amplitude_permille == 0)
                return 0;
        return streq(kind, "coyote3") ? output->amplitude_permille / PADS_PERMILLE
                                      : output->rate_mhz / GUN_MHZ;
}

void runner_pass(struct runner *runner, double seconds, double stimulus) {
        runner->stimulus = stimulus;
        runner->seconds += seconds;
        if (stimulus > 0)
                runner->on_seconds += seconds;
}

double runner_feels(const struct runner *runner) {
        const struct runner_traits *t = runner->traits;
        double used_to = t->habituation > 0
                                 ? t->habituation * (1 - exp(-runner->on_seconds / t->habituation_seconds))
                                 : 0;
        double felt = runner->soreness;

        if (runner->stimulus > 0)
                felt += t->points * pow(runner->stimulus, GROWTH) * (1 - used_to) +
                        t->points_per_minute * runner->on_seconds / 60;
        return fmin(fmax(felt, 0), SCORE_MAX);
}

/* Small, and the same everywhere: a linear congruential generator (Numerical Recipes' constants). */
static unsigned any_score(struct runner *runner) {
        runner->random = runner->random * 1664525u + 1013904223u;
        return (runner->random >> 16) % ((unsigned) SCORE_MAX + 1);
}

bool runner_says(struct runner *runner, unsigned *ret_score, bool *ret_tensing) {
        const struct runner_traits *t = runner->traits;
        double felt = runner_feels(runner);

        if (t->honesty == RUNNER_SILENT)
                return false;
        if (runner->seconds >= t->silent_from && runner->seconds < t->silent_until)
                return false;
        if (t->honesty == RUNNER_TOUGH)
                felt = fmax(felt - TOUGHNESS, 0);
        if (t->honesty == RUNNER_NUMB)
                felt = 0;
        *ret_score = t->honesty == RUNNER_CONFUSED ? any_score(runner) : (unsigned) lround(felt);
        *ret_tensing = t->word_at > 0 && felt >= t->word_at;
        return true;
}
