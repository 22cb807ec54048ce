/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a session gave: how long, to which side, and what of it nobody saw end; whether it still gives anything. */

#include "daemon/session/session-private.h"
#include "lib/dose.h"

/* A stop is confirmed within that time; what goes on for longer was not stopped, and counts as arrived. */
#define UNSEEN_USEC USEC_PER_SEC
/* A device that was seen off and reports output this soon was not (daemon/device/device-hear.c). */
#define COMES_BACK_USEC (3 * USEC_PER_SEC)
/* Told in parts of that length, so that limberd may end without losing more. */
#define SLICE_USEC (60 * USEC_PER_SEC)

/* Adds output time to the stages under way on that device. */
static void count_stages(
        struct session *session, unsigned role, const struct track *const *tracks, uint64_t usec) {
        for (; *tracks; tracks++)
                if ((*tracks)->phase == PHASE_RUN && stage_has_output((*tracks)->stage) &&
                        (*tracks)->stage->step->role == role)
                        session->results[(*tracks)->stage - session->plan.stages].untold_usec += usec;
}

const char *session_dose_reason(const struct session *session, const struct stage *stage) {
        const struct stage_result *result = &session->results[stage - session->plan.stages];

        if (session->calibrates)
                return "calibration";
        if (!step_is_strength(stage->step))
                return NULL;
        return result->contractions > 0 ? RECORD_DOSE_STRENGTH : RECORD_DOSE_STRENGTH_START;
}

/* Of a stage with two pads, one may have given nothing. */
static const struct device_definition *definition_of_two(
        const struct session *session, const struct stage *stage) {
        const struct device *device = session->devices[stage->step->role];

        return stage->side == SIDE_BOTH && device ? device_definition(device) : NULL;
}

bool session_lacks_output(const struct session *session, const struct stage *stage, enum side *ret_side) {
        unsigned given = session->results[stage - session->plan.stages].given, missing;
        const struct device_definition *definition = definition_of_two(session, stage);

        missing = definition ? session_stage_features(stage, definition) & ~given : given == 0;
        if (missing == 0)
                return false;
        *ret_side = definition && given > 0
                            ? session_channel_side(stage, definition, (unsigned) __builtin_ctz(missing))
                            : stage->side;
        return true;
}

enum side session_side_given(const struct session *session, const struct stage *stage) {
        unsigned given = session->results[stage - session->plan.stages].given;
        const struct device_definition *definition = definition_of_two(session, stage);

        if (!definition || given == 0 || (given & (given - 1)) != 0)
                return stage->side;
        return session_channel_side(stage, definition, (unsigned) __builtin_ctz(given));
}

void session_tell_doses(struct session *session) {
        for (unsigned i = 0; i < session->plan.n_stages; i++) {
                const struct stage *stage = &session->plan.stages[i];
                uint64_t usec = session->results[i].untold_usec;

                if (usec == 0)
                        continue;
                session->results[i].untold_usec = 0;
                record_put(session->environment.record,
                        &(struct record_entry){ RECORD_DOSE, .session = session->id,
                                .runner = session->runner, .routine = session->routine->id,
                                .feature =
                                        role_kind_to_string(session->routine->roles[stage->step->role].kind),
                                .zone = stage->step->zone ? stage->step->zone->id : NULL,
                                .side = side_to_string(session_side_given(session, stage)),
                                .given = (int64_t) usec, .reason = session_dose_reason(session, stage) });
                /* A calibration is no treatment: as a dose it would block the one that follows. */
                if (!session->calibrates && session->environment.handler->dosed)
                        session->environment.handler->dosed(session, stage, usec,
                                session->results[i].contractions > 0, session->environment.userdata);
        }
}

/* Nobody knows when it ended: it counts as on until now, but for no longer than a whole session may last. */
static bool count_unseen(struct session *session, unsigned role, uint64_t now) {
        struct unseen *unseen = &session->unseen[role];
        uint64_t usec = now - unseen->since_usec;

        if (usec < UNSEEN_USEC)
                return false;
        usec = MIN(usec, unseen->left_usec);
        unseen->left_usec -= usec;
        unseen->since_usec = now;
        session->output_usec[role] += usec;
        session->results[unseen->stage - session->plan.stages].untold_usec += usec;
        return usec > 0;
}

static bool close_unseen(struct session *session, unsigned role, uint64_t now) {
        struct unseen *unseen = &session->unseen[role];
        bool any = unseen->stage && unseen->off_usec == 0 && count_unseen(session, role, now);

        unseen->stage = NULL;
        return any;
}

/* REQ12: counts the time with output. */
void session_count_output(
        struct session *session, unsigned role, const struct track *const *tracks, bool on) {
        uint64_t now = clock_now(session->environment.clock);

        if (on)
                (void) close_unseen(session, role, now);
        if (session->driven_usec[role] > 0) {
                session->output_usec[role] += now - session->driven_usec[role];
                count_stages(session, role, tracks, now - session->driven_usec[role]);
        }
        session->driven_usec[role] = on ? now : 0;
}

/* The stage that drives that device. */
const struct stage *session_stage_of_role(const struct session *session, unsigned role) {
        const struct track *const tracks[] = { &session->foreground, &session->background };

        for (size_t i = 0; i < ARRAY_SIZE(tracks); i++)
                if (tracks[i]->stage && tracks[i]->phase == PHASE_RUN &&
                        stage_has_output(tracks[i]->stage) && tracks[i]->stage->step->role == role)
                        return tracks[i]->stage;
        return NULL;
}

void session_not_driven(struct session *session, unsigned role, const struct stage *stage) {
        uint64_t now = clock_now(session->environment.clock), usec = now - session->driven_usec[role];

        if (session->driven_usec[role] == 0)
                return;
        session->driven_usec[role] = 0;
        session->output_usec[role] += usec;
        if (stage)
                session->results[stage - session->plan.stages].untold_usec += usec;
        if (!stage || !device_output_active(session->devices[role]))
                return;
        session->unseen[role] = (struct unseen){
                .stage = stage,
                .since_usec = now,
                .left_usec =
                        stage->step->kind == STEP_ESTIM ? GATE_ESTIM_SESSION_USEC : GATE_MOTOR_SESSION_USEC,
        };
}

void session_forget_drive(struct session *session) {
        for (unsigned role = 0; role < session->routine->n_roles; role++)
                session_not_driven(session, role, session_stage_of_role(session, role));
        memset(session->verdicts, 0, sizeof(session->verdicts));
        memset(session->driven_usec, 0, sizeof(session->driven_usec));
}

/* True: something was counted. A session that took the device since makes no difference before it was seen off: it drives only then. */
static bool look_at_unseen(struct session *session, unsigned role, uint64_t slice_usec, uint64_t now) {
        const struct device *device = session->devices[role];
        struct unseen *unseen = &session->unseen[role];

        if (!unseen->stage)
                return false;
        if (unseen->off_usec > 0 && (now - unseen->off_usec > COMES_BACK_USEC ||
                                            (device_owner(device) && device_owner(device) != session))) {
                unseen->stage = NULL;
                return false;
        }
        if (device_output_active(device)) {
                unseen->off_usec = 0;
                return now - unseen->since_usec >= slice_usec && count_unseen(session, role, now);
        }
        if (unseen->off_usec > 0)
                return false;
        unseen->off_usec = now;
        return count_unseen(session, role, now);
}

static void count_all_unseen(struct session *session, uint64_t slice_usec) {
        uint64_t now = clock_now(session->environment.clock);
        bool any = false;

        for (unsigned role = 0; role < session->routine->n_roles; role++)
                any |= look_at_unseen(session, role, slice_usec, now);
        if (any)
                session_tell_doses(session);
}

void session_count_unseen(struct session *session) {
        count_all_unseen(session, SLICE_USEC);
}

bool session_has_unseen(const struct session *session) {
        for (unsigned role = 0; role < session->routine->n_roles; role++)
                if (session->unseen[role].stage)
                        return true;
        return false;
}

void session_close_unseen(struct session *session) {
        uint64_t now = clock_now(session->environment.clock);
        bool any = false;

        for (unsigned role = 0; role < session->routine->n_roles; role++)
                any |= close_unseen(session, role, now);
        if (any)
                session_tell_doses(session);
}

bool session_is_counting(struct session *session) {
        count_all_unseen(session, 0);
        for (unsigned role = 0; role < session->routine->n_roles; role++)
                if (session->unseen[role].stage && session->unseen[role].off_usec == 0)
                        return true;
        return session_output_active(session);
}

void session_update_output(struct session *session) {
        bool ended = session->state == SESSION_ENDED, active;

        session_count_unseen(session);
        session->settled |= ended && !session->output_active && !session_has_unseen(session);
        active = session_output_active(session);
        session->settled |= ended && !active && !session_has_unseen(session);
        /* Not only on a change: a session armed again while a stop is unconfirmed must be watched again. */
        lease_watch(session->lease, active && session->state == SESSION_RUNNING && !session->presence);
        if (session->output_active == active)
                return;
        session->output_active = active;
        session_turned(session);
}
