/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/routine.h"

#include "lib/conf.h"

static const char *const step_kinds[_STEP_KIND_MAX] = {
        [STEP_PERCUSSION] = "percussion",
        [STEP_ESTIM] = "estim",
        [STEP_STRETCH] = "stretch",
        [STEP_BREATHE] = "breathe",
        [STEP_REST] = "rest",
        [STEP_PROMPT] = "prompt",
};

static const char *const sides[_SIDE_MAX] = {
        [SIDE_NONE] = "",
        [SIDE_LEFT] = "left",
        [SIDE_RIGHT] = "right",
        [SIDE_BOTH] = "both",
        [SIDE_EACH] = "each",
};

const char *step_kind_to_string(enum step_kind kind) {
        return (unsigned) kind < _STEP_KIND_MAX ? step_kinds[kind] : "";
}

const char *side_to_string(enum side side) {
        return (unsigned) side < _SIDE_MAX ? sides[side] : "";
}

enum side side_from_string(const char *s) {
        for (unsigned i = 0; i < _SIDE_MAX; i++)
                if (streq(sides[i], s))
                        return (enum side) i;
        return _SIDE_MAX;
}

bool sides_meet(enum side a, enum side b) {
        return a == b || (a != SIDE_LEFT && a != SIDE_RIGHT) || (b != SIDE_LEFT && b != SIDE_RIGHT);
}

static void step_done(struct routine_step *step) {
        free(step->title);
        free(step->text);
        free(step->path);
        free(step->avoid);
        strv_free(step->answers);
}

struct routine *routine_ref(struct routine *routine) {
        if (routine)
                __atomic_add_fetch(&routine->n_ref, 1, __ATOMIC_RELAXED);
        return routine;
}

struct routine *routine_unref(struct routine *routine) {
        /* Parsed on a worker thread, used on the loop: the count is atomic. */
        if (!routine || __atomic_sub_fetch(&routine->n_ref, 1, __ATOMIC_ACQ_REL) > 0)
                return NULL;
        for (unsigned i = 0; i < routine->n_steps; i++)
                step_done(&routine->steps[i]);
        for (unsigned i = 0; i < routine->n_roles; i++)
                free(routine->roles[i].name);
        free(routine->steps);
        free(routine->roles);
        free(routine->id);
        free(routine->title);
        free(routine->when);
        free(routine->confidence);
        free(routine->claims);
        free(routine->path);
        free(routine->source);
        strv_free(routine->evidence);
        strv_free(routine->contraindications);
        free(routine);
        return NULL;
}

unsigned routine_step_passes(const struct routine_step *step) {
        return step->sides == SIDE_EACH ? 2 : 1;
}

enum side routine_step_side(const struct routine_step *step, unsigned pass) {
        if (step->sides != SIDE_EACH)
                return step->sides;
        return pass == 0 ? SIDE_LEFT : SIDE_RIGHT;
}

uint64_t routine_duration(const struct routine *routine) {
        uint64_t t = 0, background_end = 0;

        for (unsigned i = 0; i < routine->n_steps; i++) {
                const struct routine_step *s = &routine->steps[i];
                unsigned passes = routine_step_passes(s);

                if (s->background) {
                        t += s->lead_in_usec;
                        background_end = MAX(background_end, t + s->duration_usec);
                } else
                        t += passes * (s->lead_in_usec + s->duration_usec);
        }
        return MAX(t, background_end);
}

const char *routine_step_dose(const struct routine_step *step, char *buffer, size_t size) {
        char a[QUANTITY_TEXT_MAX], b[QUANTITY_TEXT_MAX], c[QUANTITY_TEXT_MAX];

        buffer[0] = '\0';
        switch (step->kind) {
        case STEP_PERCUSSION:
                (void) snprintf(buffer, size, "%s%s%s%s%s%s",
                        quantity_format_range(a, DIMENSION_FREQUENCY, &step->frequency_mhz),
                        step->head ? ", " : "", strnull(step->head), step->head ? " head" : "",
                        step->pressure ? ", pressure " : "", strnull(step->pressure));
                break;
        case STEP_ESTIM:
                (void) snprintf(buffer, size, "%s, %s, %s of comfort",
                        quantity_format_range(a, DIMENSION_FREQUENCY, &step->frequency_mhz),
                        quantity_format(b, DIMENSION_TIME, step->pulse_width_usec),
                        quantity_format_range(c, DIMENSION_RATIO, &step->intensity_permille));
                break;
        case STEP_STRETCH:
                if (step->repeats > 1)
                        (void) snprintf(buffer, size, "%u x %s", step->repeats,
                                quantity_format(
                                        a, DIMENSION_TIME, (int64_t) (step->duration_usec / step->repeats)));
                break;
        case STEP_BREATHE:
                (void) snprintf(buffer, size, "in %s, out %s",
                        quantity_format(a, DIMENSION_TIME, (int64_t) step->inhale_usec),
                        quantity_format(b, DIMENSION_TIME, (int64_t) step->exhale_usec));
                break;
        default:
                break;
        }
        return buffer;
}
