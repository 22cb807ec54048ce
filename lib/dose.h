/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Maximum doses of one routine. [D]: our own conservative default; other marks name the source. */

#include "lib/clock.h"
#include "lib/routine.h"

/* Percussion. Range of marketed guns 17-53 Hz (Cheatham 2021, IJSPT); above 40 Hz needs an opt-in that no file can give [D]. */
#define DOSE_PERCUSSION_MIN_MHZ 17000
#define DOSE_PERCUSSION_MAX_MHZ 40000
/* Per muscle and side in one session [D]; with a sign-off the 5 min of Konrad 2020 (JSSM). */
#define DOSE_PERCUSSION_ZONE_USEC (180 * USEC_PER_SEC)
#define DOSE_PERCUSSION_SIGNED_USEC (300 * USEC_PER_SEC)
/* Motor on in one session: 10-15 min is the usual advice of makers and clinics. */
#define DOSE_MOTOR_SESSION_USEC (900 * USEC_PER_SEC)

/* E-stim, REQ7 and REQ12 [D]. */
#define DOSE_ESTIM_MAX_MHZ 120000
#define DOSE_ESTIM_PULSE_MIN_USEC 50
#define DOSE_ESTIM_PULSE_MAX_USEC 400
#define DOSE_ESTIM_SESSION_USEC (1800 * USEC_PER_SEC)
/* REQ5: contraction ramp up of 0.5 s at least (0.5-3.5 s in the trials reviewed in Sports Health, PMC8167342). */
#define DOSE_ESTIM_RAMP_MIN_USEC (500 * USEC_PER_MSEC)

/* REQ20: whether the two steps, on these sides, are 10 cm apart: two legs are, two halves of hip or back are not. SIDE_EACH
 * and SIDE_BOTH overlap every side. */
bool steps_are_apart(
        const struct routine_step *a, enum side a_side, const struct routine_step *b, enum side b_side);

/* E-stim that trains strength: contractions at a rate at which single twitches fuse. Nussbaum 2017 (Physiother Can) has
 * 30-50 Hz; endurance programmes go down to about 20 [D]. */
#define DOSE_STRENGTH_MIN_MHZ 20000
bool step_is_strength(const struct routine_step *step);

/* Adds up the doses of a whole routine and reports every sum above its cap. */
void dose_check(const struct routine *routine, struct findings *findings);

/* REQ20: next may run while the pads of live are on. */
bool dose_allows_beside(const struct routine_step *next, const struct routine_step *live);
