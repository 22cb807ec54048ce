/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/dose.h"

static void complain(struct findings *findings, unsigned line, const char *what, const char *where,
        uint64_t sum, uint64_t cap) {
        char a[QUANTITY_TEXT_MAX], b[QUANTITY_TEXT_MAX];

        findings_error(findings, line, "dose", "%s%s%s adds up to %s; at most %s in one session", what,
                where ? " on " : "", strnull(where), quantity_format(a, DIMENSION_TIME, (int64_t) sum),
                quantity_format(b, DIMENSION_TIME, (int64_t) cap));
}

/* The step, in some pass, treats the muscle of that zone on that side. */
static bool step_reaches(const struct routine_step *step, const struct zone *zone, enum side side) {
        return step->kind == STEP_PERCUSSION && zones_share_muscle(step->zone, zone) &&
               (step->sides == side || step->sides == SIDE_EACH || step->sides == SIDE_BOTH);
}

/* Percussion per muscle and side. Reported once, at the step that exceeds the cap. */
static void check_zones(const struct routine *routine, uint64_t cap, struct findings *findings) {
        for (unsigned i = 0; i < routine->n_steps; i++)
                for (enum side side = SIDE_LEFT; side <= SIDE_RIGHT; side++) {
                        const struct routine_step *last = &routine->steps[i];
                        uint64_t before = 0;

                        if (!step_reaches(last, last->zone, side))
                                continue;
                        for (unsigned k = 0; k < i; k++)
                                if (step_reaches(&routine->steps[k], last->zone, side))
                                        before += routine->steps[k].duration_usec;
                        if (before <= cap && before + last->duration_usec > cap) {
                                complain(findings, last->line, "percussion", last->zone->id,
                                        before + last->duration_usec, cap);
                                break;
                        }
                }
}

static void check_sum(const struct routine *routine, enum step_kind kind, const char *what, uint64_t cap,
        struct findings *findings) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < routine->n_steps; i++) {
                const struct routine_step *step = &routine->steps[i];
                uint64_t before = sum;

                if (step->kind != kind)
                        continue;
                sum += step->duration_usec * routine_step_passes(step);
                if (before <= cap && sum > cap)
                        complain(findings, step->line, what, NULL, sum, cap);
        }
}

bool steps_are_apart(
        const struct routine_step *a, enum side a_side, const struct routine_step *b, enum side b_side) {
        bool same_side = a_side == b_side || a_side >= SIDE_BOTH || b_side >= SIDE_BOTH;

        if (!same_side && a->zone->region <= REGION_THIGH && b->zone->region <= REGION_THIGH)
                return true;
        return zones_are_apart(a->zone, b->zone);
}

bool dose_allows_beside(const struct routine_step *next, const struct routine_step *live) {
        return next->kind == STEP_PERCUSSION ? steps_are_apart(next, next->sides, live, live->sides)
                                             : next->kind != STEP_ESTIM;
}

/* REQ20: while pads are live, percussion keeps its distance. */
static void check_background(const struct routine *routine, struct findings *findings) {
        const struct routine_step *live = NULL;
        uint64_t left = 0;

        for (unsigned i = 0; i < routine->n_steps; i++) {
                const struct routine_step *step = &routine->steps[i];
                uint64_t takes = routine_step_passes(step) * (step->lead_in_usec + step->duration_usec);

                if (live && step->kind == STEP_ESTIM)
                        findings_error(findings, step->line, "background",
                                "another estim step begins while that of line %u may still run", live->line);
                if (live && step->kind == STEP_PERCUSSION &&
                        !steps_are_apart(step, step->sides, live, live->sides))
                        findings_error(findings, step->line, "too-near",
                                "percussion on '%s' while pads are live on '%s' (line %u): keep 10 cm apart",
                                step->zone->id, live->zone->id, live->line);
                if (step->background) {
                        live = step;
                        left = step->duration_usec;
                } else if (live && step->kind != STEP_PROMPT) {
                        left -= MIN(left, takes);
                        if (left == 0)
                                live = NULL;
                }
        }
}

void dose_check(const struct routine *routine, struct findings *findings) {
        check_zones(routine,
                routine->sign_off_required ? DOSE_PERCUSSION_SIGNED_USEC : DOSE_PERCUSSION_ZONE_USEC,
                findings);
        check_sum(routine, STEP_PERCUSSION, "percussion", routine->max_motor_usec, findings);
        check_sum(routine, STEP_ESTIM, "e-stim", DOSE_ESTIM_SESSION_USEC, findings);
        check_background(routine, findings);
}

bool step_is_strength(const struct routine_step *step) {
        return step->kind == STEP_ESTIM && step->on_usec > 0 &&
               step->frequency_mhz.max >= DOSE_STRENGTH_MIN_MHZ;
}
