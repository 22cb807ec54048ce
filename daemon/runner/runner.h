/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of one runner (a user of the machine): answers to the intake, sign-offs by a clinician, own caps, and
 * calibrations of pads. Pure: no file, no bus, no clock; wall time is passed in. */

#include "daemon/safety/gate.h"
#include "lib/cap.h"
#include "lib/intake.h"
#include "lib/routine.h"

/* Calibrated levels of a channel at a place, in thousandths of the feature's unit. */
struct calibration {
        char device[18]; /* address */
        char feature[16];
        const char *unit; /* of the feature: "mA", "Hz" or "step"; static text */
        const struct zone *zone;
        enum side side;
        int64_t pad_area_mm2; /* 0: no pads */
        int64_t sensation, comfort, maximum;
        int64_t wire_comfort,
                wire_maximum; /* the device's own numbers for these two then; 0: of a file from before */
        uint64_t at_usec;     /* wall time */
};

/* Sensation varies by person, place of the pad and day, so a calibration expires. For how long it holds nobody measured: a
 * month of training [D]. */
#define CALIBRATION_LIFE_USEC (UINT64_C(30) * 24 * 3600 * 1000000)
#define CALIBRATION_LEVEL_MAX INT64_C(1000000)
#define CALIBRATION_PAD_MAX_MM2 INT64_C(50000)
#define RUNNER_CALIBRATIONS_MAX 100u
#define RUNNER_BY_MAX 64u

struct runner_sign_off {
        bool given;
        char by[RUNNER_BY_MAX + 1];
        uint64_t at_usec;
};

#define CAP_MIN INT64_C(1000) /* one of the unit; for no output at all, start no session */

struct runner {
        uid_t uid;
        enum intake_answer answers[INTAKE_QUESTIONS];
        uint64_t answered_usec; /* wall time; 0: never */
        struct runner_sign_off sign_offs[INTAKE_QUESTIONS];
        int64_t caps[_CAP_MAX]; /* GATE_NO_CAP: none */
        struct calibration *calibrations;
        unsigned n_calibrations;
};

int runner_new(uid_t uid, struct runner **ret);
int runner_copy(const struct runner *runner, struct runner **ret);
struct runner *runner_free(struct runner *runner);
DEFINE_CLEANUP(struct runner *, runner_free);

/* New answers to all questions. A sign-off stays when the answer is the same, and is removed when it changed. -EDOM: not all
 * are answered; nothing is changed. */
int runner_answer(struct runner *runner, const enum intake_answer answers[static INTAKE_QUESTIONS],
        uint64_t wall_usec);
/* -EDOM: by is no name. -ECANCELED: a sign-off would lift nothing for this answer (INTAKE_NEVER cannot be lifted). */
int runner_sign_off(struct runner *runner, unsigned question, const char *by, uint64_t wall_usec);
/* GATE_NO_CAP removes it. -ERANGE: below CAP_MIN or above the compiled ceiling. */
int runner_set_cap(struct runner *runner, enum cap cap, int64_t level);
/* Replaces one of the same device, feature, zone, side and pad. -EDOM: not 0 < sensation <= comfort <= maximum, or a field
 * is missing. -ENOMEM. */
int runner_set_calibration(struct runner *runner, const struct calibration *calibration);
/* Removes expired calibrations, so that setting the clock back does not revive them. True when there were some. */
bool runner_expire(struct runner *runner, uint64_t wall_usec);

/* All of these take NULL for an unknown runner. */
struct intake runner_intake(const struct runner *runner);
struct intake_verdict runner_verdict(const struct runner *runner, enum role_kind kind);
/* For the gate: whether the intake blocks that kind of output, and the runner's cap on a feature. A cap that cannot be
 * applied, because its unit is not the device's, is 0. */
struct gate_person runner_person(const struct runner *runner, const struct feature *feature);
/* The calibration valid now for exactly that device, feature, zone, side and pad, or NULL. One whose levels mean other numbers on the wire
 * by now, since a definition was changed or another one chosen, is none. */
const struct calibration *runner_calibration(const struct runner *runner, const char *device,
        const struct feature *feature, const struct zone *zone, enum side side, int64_t pad_area_mm2,
        uint64_t wall_usec);
bool calibration_is_over(const struct calibration *calibration, uint64_t wall_usec);

/* The compiled ceiling: a cap is never above it. */
int64_t cap_ceiling(enum cap cap) _const_;
/* The kind of output a feature makes. */
enum role_kind feature_role(const struct feature *feature);
