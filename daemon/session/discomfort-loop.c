/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/session/discomfort-loop.h"

#define REDUCTIONS_MAX 2u
#define EASY_ANSWERS 2u
#define SILENCES_MAX 3u

struct discomfort_profile discomfort_lowered(const struct discomfort_profile *profile, unsigned lowered) {
        struct discomfort_profile p = *profile;

        if (lowered > 0) {
                p.target = (uint8_t) (profile->target > lowered + 1u ? profile->target - lowered : 1u);
                p.reduce = (uint8_t) (p.target + 1u);
        }
        return p;
}

static bool is_easy(const struct discomfort_profile *profile, unsigned score) {
        return score + 2u <= profile->target;
}

enum discomfort_act discomfort_step_say(struct discomfort_step *step,
        const struct discomfort_profile *profile, unsigned score, bool word, bool asked) {
        bool easy = is_easy(profile, score);

        if (score >= profile->limit)
                return DISCOMFORT_STOP;
        if (word)
                return DISCOMFORT_SKIP;
        if (!easy)
                step->easy = 0;
        if (score >= profile->reduce) {
                if (step->reductions >= REDUCTIONS_MAX)
                        return DISCOMFORT_SKIP;
                step->reductions++;
                return score >= profile->target + 2u ? DISCOMFORT_LOWER_TWICE : DISCOMFORT_LOWER;
        }
        /* Only answers to questions count, not repeated keys. */
        if (!easy || !asked || ++step->easy < EASY_ANSWERS)
                return DISCOMFORT_GO_ON;
        step->easy = 0;
        return DISCOMFORT_OFFER;
}

enum discomfort_act discomfort_loop_ask(struct discomfort_loop *loop) {
        static const enum discomfort_act acts[SILENCES_MAX + 1] = {
                DISCOMFORT_GO_ON,
                DISCOMFORT_HOLD,
                DISCOMFORT_LOWER,
                DISCOMFORT_PAUSE,
        };

        if (loop->open)
                loop->silences = MIN(loop->silences + 1, SILENCES_MAX);
        loop->open = true;
        return acts[loop->silences];
}

bool discomfort_loop_hear(struct discomfort_loop *loop) {
        bool asked = loop->open;

        *loop = (struct discomfort_loop){};
        return asked;
}

uint64_t discomfort_due(const struct routine_step *step, unsigned n) {
        uint64_t first = DISCOMFORT_FIRST_USEC, every = DISCOMFORT_EVERY_USEC;

        if (step->kind == STEP_ESTIM) {
                first = step->ramp_usec;
                every = step->on_usec > 0 ? DISCOMFORT_CONTRACTIONS * (step->on_usec + step->off_usec)
                                          : DISCOMFORT_ESTIM_EVERY_USEC;
        }
        return first + n * every;
}
