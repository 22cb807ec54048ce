/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The text of a routine: it is refused with a reason, or it is a routine in which everything is within bounds. */

#include "lib/conf-text.h"
#include "lib/routine.h"
#include "lib/text-door.h"
#include "tests/fuzz/fuzz.h"

/* No routine takes longer: 64 steps of half an hour, a side and its lead-in. */
#define LONGEST_USEC (64 * 2 * (1800 + 60) * USEC_PER_SEC)

static void check_text(const char *text, bool needed) {
        fuzz_check(text || !needed);
        fuzz_check(!text || text_is_plain(text));
}

static void check_range(const struct quantity_range *range) {
        fuzz_check(range->min >= 0 && range->min <= range->max);
}

static void check_step(const struct routine *routine, const struct routine_step *step) {
        char dose[160];

        fuzz_check(step->kind < _STEP_KIND_MAX && step->sides < _SIDE_MAX);
        check_text(step->title, true);
        check_text(step->text, false);
        check_text(step->path, false);
        check_text(step->avoid, false);
        check_range(&step->frequency_mhz);
        check_range(&step->intensity_permille);
        if (step->kind == STEP_PERCUSSION || step->kind == STEP_ESTIM) {
                enum role_kind kind = step->kind == STEP_ESTIM ? ROLE_ESTIM : ROLE_PERCUSSION;

                fuzz_check(step->zone && step->role < routine->n_roles);
                fuzz_check(routine->roles[step->role].kind == kind);
                fuzz_check(step->duration_usec > 0 && step->frequency_mhz.max > 0);
        }
        fuzz_check((step->duration_usec == 0) == (step->kind == STEP_PROMPT));
        fuzz_check((step->on_usec == 0) == (step->off_usec == 0));
        fuzz_check(!step->background || step->kind == STEP_ESTIM);
        if (step->kind == STEP_PROMPT)
                fuzz_check(step->answers && step->answers[0]);
        for (char **answer = step->answers; answer && *answer; answer++)
                check_text(*answer, true);
        for (size_t size = 1; size <= sizeof(dose); size += 53)
                fuzz_check(strlen(routine_step_dose(step, dose, size)) < size);
        check_text(routine_step_dose(step, dose, sizeof(dose)), true);
        for (unsigned i = 0; i < routine_step_passes(step); i++)
                fuzz_check(routine_step_side(step, i) < SIDE_EACH);
}

static void check_routine(const struct routine *routine) {
        fuzz_check(conf_id_is_good(routine->id));
        check_text(routine->title, true);
        check_text(routine->when, false);
        check_text(routine->claims, false);
        for (char **s = routine->evidence; s && *s; s++)
                check_text(*s, true);
        for (char **s = routine->contraindications; s && *s; s++)
                check_text(*s, true);
        fuzz_check(routine->n_roles <= ROUTINE_ROLES_MAX);
        for (unsigned i = 0; i < routine->n_roles; i++)
                check_text(routine->roles[i].name, true);
        fuzz_check(routine->n_steps >= 1 && routine->n_steps <= ROUTINE_STEPS_MAX);
        for (unsigned i = 0; i < routine->n_steps; i++)
                check_step(routine, &routine->steps[i]);
        fuzz_check(routine_duration(routine) <= LONGEST_USEC);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        int r = routine_parse(&conf_text, bytes, n, &findings, &routine);

        fuzz_check_findings(&findings);
        fuzz_check(r >= 0 || r == -EBADMSG);
        fuzz_check((r >= 0) == (findings.n_errors == 0) && (r >= 0) == (routine != NULL));
        if (routine)
                check_routine(routine);
        return 0;
}
