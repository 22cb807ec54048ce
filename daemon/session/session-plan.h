/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A routine laid out in time: one stage per step and side, in order. */

#include "lib/routine.h"

struct stage {
        const struct routine_step *step;
        unsigned step_number; /* from 1 */
        enum side side;
        uint64_t duration_usec; /* of the run, without lead-in; at most that of the step */
};

struct session_plan {
        struct stage *stages;
        unsigned n_stages;
};

/* only: SIDE_LEFT or SIDE_RIGHT drops the other side of steps that have sides; SIDE_NONE takes all. first_times: REQ13,
 * steps with pads take half their time. -ENODATA: no stage is left. */
int session_plan_make(
        const struct routine *routine, enum side only, bool first_times, struct session_plan *ret);
void session_plan_done(struct session_plan *plan);

/* Lead-in plus run of one stage; 0 for a prompt. */
uint64_t stage_duration(const struct stage *stage);
/* Wall time from stage `from` to the end. */
uint64_t session_plan_duration(const struct session_plan *plan, unsigned from);
bool stage_has_output(const struct stage *stage);

/* Ramp at t into the run, in per mille, up from risen_from and down at the end of the stage; and the envelope of the
 * contraction. */
unsigned stage_ramp_permille(const struct stage *stage, uint64_t t, uint64_t risen_from);
unsigned stage_envelope_permille(const struct stage *stage, uint64_t t);
