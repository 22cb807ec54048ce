/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/session/session-plan.h"

/* REQ5: a contraction rises in 2 s (0.5-3.5 s in the trials reviewed in Sports Health, PMC8167342) and falls in 1 s [D]. */
#define CONTRACTION_RISE_USEC (2 * USEC_PER_SEC)
#define CONTRACTION_FALL_USEC (1 * USEC_PER_SEC)

static bool is_left_out(enum side side, enum side only) {
        return only != SIDE_NONE && (side == SIDE_LEFT || side == SIDE_RIGHT) && side != only;
}

/* REQ13 [D]: half the time, of whole contractions. */
static uint64_t run_of(const struct routine_step *step, bool first_times) {
        uint64_t cycle = step->on_usec + step->off_usec, half = step->duration_usec / 2;

        if (!first_times || step->kind != STEP_ESTIM)
                return step->duration_usec;
        return cycle > 0 && half > cycle ? half - half % cycle : half;
}

int session_plan_make(
        const struct routine *routine, enum side only, bool first_times, struct session_plan *ret) {
        struct session_plan plan = {};
        unsigned n = 0;

        for (unsigned i = 0; i < routine->n_steps; i++)
                n += routine_step_passes(&routine->steps[i]);
        plan.stages = calloc(MAX(n, 1u), sizeof(*plan.stages));
        if (!plan.stages)
                return -ENOMEM;

        for (unsigned i = 0; i < routine->n_steps; i++)
                for (unsigned pass = 0; pass < routine_step_passes(&routine->steps[i]); pass++) {
                        enum side side = routine_step_side(&routine->steps[i], pass);

                        if (is_left_out(side, only))
                                continue;
                        if (side == SIDE_BOTH && only != SIDE_NONE)
                                side = only;
                        plan.stages[plan.n_stages++] = (struct stage){
                                .step = &routine->steps[i],
                                .step_number = i + 1,
                                .side = side,
                                .duration_usec = run_of(&routine->steps[i], first_times),
                        };
                }
        if (plan.n_stages == 0) {
                session_plan_done(&plan);
                return -ENODATA;
        }
        *ret = plan;
        return 0;
}

void session_plan_done(struct session_plan *plan) {
        free(plan->stages);
        *plan = (struct session_plan){};
}

uint64_t stage_duration(const struct stage *stage) {
        return stage->step->lead_in_usec + stage->duration_usec;
}

uint64_t session_plan_duration(const struct session_plan *plan, unsigned from) {
        uint64_t t = 0, background_end = 0;

        for (unsigned i = from; i < plan->n_stages; i++) {
                const struct stage *stage = &plan->stages[i];

                if (stage->step->background) {
                        t += stage->step->lead_in_usec;
                        background_end = MAX(background_end, t + stage->duration_usec);
                } else
                        t += stage_duration(stage);
        }
        return MAX(t, background_end);
}

bool stage_has_output(const struct stage *stage) {
        return stage->step->kind == STEP_PERCUSSION || stage->step->kind == STEP_ESTIM;
}

static unsigned share(uint64_t part, uint64_t whole) {
        return whole == 0 || part >= whole ? 1000 : (unsigned) (part * 1000 / whole);
}

unsigned stage_ramp_permille(const struct stage *stage, uint64_t t, uint64_t risen_from) {
        const struct routine_step *step = stage->step;
        unsigned up = share(t - MIN(risen_from, t), step->ramp_usec);
        unsigned down = share(stage->duration_usec - MIN(t, stage->duration_usec), step->ramp_down_usec);

        return MIN(up, down);
}

unsigned stage_envelope_permille(const struct stage *stage, uint64_t t) {
        const struct routine_step *step = stage->step;
        uint64_t rise, fall, at;

        if (step->on_usec == 0)
                return 1000;
        /* A short contraction consists of rise and fall only. */
        rise = MIN(CONTRACTION_RISE_USEC, step->on_usec / 2);
        fall = MIN(CONTRACTION_FALL_USEC, step->on_usec / 2);
        at = t % (step->on_usec + step->off_usec);
        if (at >= step->on_usec)
                return 0;
        if (at < rise)
                return share(at, rise);
        return share(step->on_usec - at, fall);
}
