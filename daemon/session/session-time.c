/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/session/session-private.h"
#include "lib/dose.h"

uint64_t track_elapsed(const struct session *session, const struct track *track) {
        uint64_t now = clock_now(session->environment.clock);

        if (track->since_usec == USEC_INFINITY || now < track->since_usec)
                return track->elapsed_usec;
        return track->elapsed_usec + (now - track->since_usec);
}

uint64_t track_phase_duration(const struct track *track) {
        if (!track->stage)
                return 0;
        switch (track->phase) {
        case PHASE_LEAD_IN:
                return track->stage->step->lead_in_usec;
        case PHASE_RUN:
                return MIN(
                        track->stage->duration_usec, track->leave_usec > 0 ? track->leave_usec : UINT64_MAX);
        default:
                return 0;
        }
}

/* When a phase with a fixed length ends. */
static uint64_t track_end(const struct track *track) {
        if (!track->stage || track->phase == PHASE_PROMPT || track->since_usec == USEC_INFINITY)
                return USEC_INFINITY;
        return track->since_usec +
               (track_phase_duration(track) - MIN(track->elapsed_usec, track_phase_duration(track)));
}

static void track_begin_phase(struct track *track, enum session_phase phase, uint64_t at) {
        track->phase = phase;
        track->elapsed_usec = 0;
        track->since_usec = at;
        track->risen_usec = 0;
        track->questions = 0;
}

static void remember_felt(struct session *session, const struct stage *stage) {
        if (!session->results[stage - session->plan.stages].given)
                return;
        session->felt[1] = session->felt[0];
        session->felt[0].stage = stage;
        session->felt[0].ended_usec = clock_now(session->environment.clock);
}

/* Sets the stage's channels to zero: the whole device stops if nothing else on it is in use. */
static void zero_stage(struct session *session, const struct stage *stage) {
        struct device *device;
        unsigned mask;

        if (!stage_has_output(stage) || !(device = session->devices[stage->step->role]))
                return;
        remember_felt(session, stage);
        mask = session_stage_features(stage, device_definition(device));
        for (unsigned i = 0; i < PROTOCOL_FEATURES_MAX; i++)
                if (mask & (1u << i)) {
                        device_zero_channel(device, i);
                        session->verdicts[stage->step->role][i] = (struct gate_verdict){};
                }
        if (!(session->background.stage && session->background.stage != stage &&
                    session->background.stage->step->role == stage->step->role) &&
                device_output_active(device)) {
                (void) device_stop(device);
                session_not_driven(session, stage->step->role, stage);
        }
}

/* While the session runs, a prompt must be answered in time; a pause has its own timeout. */
static void watch_prompt(struct session *session) {
        if (session->state != SESSION_RUNNING)
                return;
        if (isempty(session->prompt))
                clock_timer_disarm(session->wait_timer);
        else
                clock_timer_arm_in(session->wait_timer, SESSION_ANSWER_USEC);
}

static void raise_prompt(struct session *session) {
        const struct stage *stage = session->foreground.stage;

        (void) snprintf(session->prompt, sizeof(session->prompt), "%u",
                (unsigned) (stage - session->plan.stages) + 1);
        watch_prompt(session);
        record_put(session->environment.record,
                &(struct record_entry){ RECORD_PROMPT, .session = session->id,
                        .routine = session->routine->id, .text = stage->step->text });
        session->environment.handler->prompt_raised(session, session->environment.userdata);
}

/* A stage ended by itself. If it, or one side of it, gave no output, make sure that nobody thinks it did. */
static void check_done(struct session *session, const struct stage *stage) {
        const struct stage_result *result = &session->results[stage - session->plan.stages];
        _cleanup_free_ char *sentence = NULL;
        enum side side;

        if (!stage_has_output(stage) || !session_lacks_output(session, stage, &side))
                return;
        session->not_done++;
        if (asprintf(&sentence, "\"%s\"%s%s gave nothing: %s. Do it again when that is put right.",
                    stage->step->title, side == SIDE_NONE ? "" : ", ",
                    side == SIDE_NONE ? "" : side_to_string(side),
                    result->held == LIMIT_NONE ? "no command reached the device"
                                               : limit_rule_explain(result->held)) < 0)
                sentence = NULL;
        session->environment.handler->alert(
                session, "not-done", sentence ?: "a step gave nothing", session->environment.userdata);
}

void session_run_end_background(struct session *session) {
        if (!session->background.stage)
                return;
        zero_stage(session, session->background.stage);
        session_tell_doses(session);
        session->background = (struct track){ .since_usec = USEC_INFINITY };
        session_turned(session);
}

static void begin_stage(struct session *session, const struct stage *stage, uint64_t at) {
        struct track *track = &session->foreground;

        /* REQ20, also when steps in between were skipped. */
        if (session->background.stage && !dose_allows_beside(stage->step, session->background.stage->step))
                session_run_end_background(session);
        *track = (struct track){ .stage = stage, .profile = session_stage_profile(session, stage) };
        if (stage->step->kind == STEP_PROMPT)
                track_begin_phase(track, PHASE_PROMPT, at);
        else
                track_begin_phase(track, stage->step->lead_in_usec > 0 ? PHASE_LEAD_IN : PHASE_RUN, at);
        if (!stage_has_output(stage) && !session->background.stage)
                session_hide_question(session);
        if (stage_has_output(stage) && session->devices[stage->step->role])
                device_forget_knob(session->devices[stage->step->role]);

        record_put(session->environment.record,
                &(struct record_entry){ RECORD_STEP, .session = session->id, .runner = session->runner,
                        .routine = session->routine->id,
                        .feature = stage_has_output(stage)
                                           ? role_kind_to_string(
                                                     session->routine->roles[stage->step->role].kind)
                                           : NULL,
                        .zone = stage->step->zone ? stage->step->zone->id : NULL,
                        .side = side_to_string(stage->side), .asked = (int64_t) stage->duration_usec,
                        .reason = session_dose_reason(session, stage), .text = stage->step->title });
        session_intends(session);
        session->environment.handler->step_started(session, session->environment.userdata);
        if (track->phase == PHASE_PROMPT)
                raise_prompt(session);
        session_turned(session);
}

/* REQ12: what its body had by now may leave no room for it; output that went on unseen, or of a step that others did not expect. */
static bool may_have(const struct session *session, unsigned i, char **ret_sentence) {
        return !session->environment.allows || session->calibrates ||
               !stage_has_output(&session->plan.stages[i]) ||
               session->environment.allows(session, i, ret_sentence, session->environment.userdata) >= 0;
}

/* A stage that may not be is left out, and the session says so: it is not complete. */
static bool may_begin(struct session *session, unsigned i) {
        _cleanup_free_ char *why = NULL, *sentence = NULL;
        const struct stage *stage = &session->plan.stages[i];

        if (may_have(session, i, &why))
                return true;
        session->not_done++;
        if (asprintf(&sentence, "\"%s\" is left out. %s", stage->step->title, strnull(why)) < 0)
                sentence = NULL;
        session->environment.handler->alert(
                session, "left-out", sentence ?: "a step is left out", session->environment.userdata);
        return false;
}

/* The foreground stage is over (or none has begun): start the next one, if any. */
static void next_stage(struct session *session, uint64_t at) {
        session_tell_doses(session);
        session->prompt[0] = '\0';
        watch_prompt(session);
        while (session->next_stage < session->plan.n_stages) {
                unsigned i = session->next_stage++;

                if (may_begin(session, i)) {
                        begin_stage(session, &session->plan.stages[i], at);
                        return;
                }
        }
        session->foreground = (struct track){ .since_usec = USEC_INFINITY };
        session_turned(session);
}

/* Moves a running stage to the background while the next one starts. */
static void send_to_background(struct session *session, uint64_t at) {
        session->background = session->foreground;
        track_begin_phase(&session->background, PHASE_RUN, at);
        next_stage(session, at);
}

/* Ends one phase of the foreground. */
static void end_phase(struct session *session, uint64_t at) {
        struct track *track = &session->foreground;

        if (track->phase == PHASE_LEAD_IN && track->stage->step->background)
                send_to_background(session, at);
        else if (track->phase == PHASE_LEAD_IN) {
                track_begin_phase(track, PHASE_RUN, at);
                session_turned(session);
        } else {
                check_done(session, track->stage);
                zero_stage(session, track->stage);
                next_stage(session, at);
        }
}

/* Advances the tracks to now. False when the routine is done. */
static bool advance(struct session *session, uint64_t now) {
        for (;;) {
                uint64_t foreground_end = track_end(&session->foreground);
                uint64_t background_end = track_end(&session->background);

                if (session->background.stage && background_end <= now && background_end <= foreground_end) {
                        check_done(session, session->background.stage);
                        session_run_end_background(session);
                } else if (session->foreground.stage && foreground_end <= now)
                        end_phase(session, foreground_end);
                else if (session->foreground.stage && session->foreground.phase == PHASE_RUN &&
                         session->foreground.stage->step->background)
                        send_to_background(session, session->foreground.since_usec); /* no lead-in */
                else
                        return session->foreground.stage || session->background.stage;
        }
}

/* When the next request of a track is due: at the next frame of a device that streams, else after one tick. */
static uint64_t track_due(const struct session *session, const struct track *track, uint64_t now) {
        if (!track->stage || track->phase != PHASE_RUN || !stage_has_output(track->stage))
                return USEC_INFINITY;
        return device_due(session->devices[track->stage->step->role], now, SESSION_TICK_USEC);
}

/* Arms the timer for the next request while output is on, else for the end of the phase. */
static void arm_tick(struct session *session, uint64_t now) {
        uint64_t next = MIN(track_end(&session->foreground), track_end(&session->background));
        uint64_t due = MIN(track_due(session, &session->foreground, now),
                track_due(session, &session->background, now));

        next = MIN(next, due);
        if (next == USEC_INFINITY)
                clock_timer_disarm(session->tick_timer);
        else
                clock_timer_arm(session->tick_timer, next);
}

static void refuse(struct session *session, enum limit_rule rule, const struct device *device) {
        if (rule == LIMIT_LEASE) {
                session_pause(session, REASON_LEASE_LOST);
                return;
        }
        session->environment.handler->alert(session, limit_rule_to_string(rule), limit_rule_explain(rule),
                session->environment.userdata);
        session_pause(session, rule == LIMIT_KNOB ? REASON_ASKED : REASON_FAILED);
}

void session_run_tick(struct session *session) {
        uint64_t now = clock_now(session->environment.clock);
        const struct device *device = NULL;
        enum limit_rule rule;

        if (session->state != SESSION_RUNNING)
                return;
        if (!advance(session, now)) {
                session_end(session, session->not_done > 0 ? REASON_NOT_DONE : REASON_COMPLETED);
                return;
        }
        rule = session_drive(session, &device);
        if (session->state != SESSION_RUNNING)
                return;
        if (rule != LIMIT_NONE) {
                refuse(session, rule, device);
                return;
        }
        session_update_output(session);
        session_ask(session);
        if (session->state == SESSION_RUNNING)
                arm_tick(session, now);
}

static void thaw(struct session *session, struct track *track, uint64_t now) {
        if (!track->stage)
                return;
        track->since_usec = now;
        track->risen_usec = track->elapsed_usec; /* REQ1: from zero */
        track->questions = 0;
}

/* Those that were paused, or the session is paused again. */
static bool may_go_on(struct session *session) {
        for (unsigned i = 0; i < session->plan.n_stages; i++) {
                _cleanup_free_ char *why = NULL;

                if (!session_stage_is_under_way(session, i) || may_have(session, i, &why))
                        continue;
                session->environment.handler->failed(session, ECANCELED,
                        why ?: "what is left of the step is more than its muscle may have",
                        session->environment.userdata);
                session_pause(session, REASON_FAILED);
                return false;
        }
        return true;
}

void session_run_start(struct session *session) {
        uint64_t now = clock_now(session->environment.clock);

        if (!session_has_begun(session))
                next_stage(session, now);
        else if (!may_go_on(session))
                return;
        else {
                thaw(session, &session->foreground, now);
                thaw(session, &session->background, now);
                watch_prompt(session);
        }
        session_run_tick(session);
}

static void freeze(struct session *session, struct track *track) {
        if (!track->stage || track->since_usec == USEC_INFINITY)
                return;
        track->elapsed_usec =
                MIN(track_elapsed(session, track), MAX(track_phase_duration(track), UINT64_C(1)));
        track->since_usec = USEC_INFINITY;
}

void session_run_freeze(struct session *session) {
        freeze(session, &session->foreground);
        freeze(session, &session->background);
        clock_timer_disarm(session->tick_timer);
}

void session_run_next(struct session *session) {
        uint64_t now = clock_now(session->environment.clock);

        if (session->foreground.stage) {
                zero_stage(session, session->foreground.stage);
                next_stage(session, now);
        } else
                session_run_end_background(session);
        if (session->state == SESSION_RUNNING)
                session_run_tick(session);
        else
                freeze(session, &session->foreground);
}
