/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/session/session-private.h"

static const char *const states[_SESSION_STATE_MAX] = {
        [SESSION_STAGED] = "staged",
        [SESSION_CONNECTING] = "connecting",
        [SESSION_WAITING] = "waiting",
        [SESSION_RUNNING] = "running",
        [SESSION_PAUSED] = "paused",
        [SESSION_ENDED] = "ended",
};
static const char *const kinds[_SESSION_KIND_MAX] = {
        [SESSION_KIND_NONE] = "none",
        [SESSION_KIND_PERCUSSION] = "percussion",
        [SESSION_KIND_ESTIM] = "estim",
        [SESSION_KIND_MIXED] = "mixed",
};
static const char *const phases[_PHASE_MAX] = {
        [PHASE_NONE] = "",
        [PHASE_LEAD_IN] = "lead-in",
        [PHASE_RUN] = "run",
        [PHASE_PROMPT] = "prompt",
};
static const char *const reasons[_REASON_MAX] = {
        [REASON_NONE] = "",
        [REASON_ASKED] = "paused",
        [REASON_COMPLETED] = "completed",
        [REASON_STOPPED] = "stopped",
        [REASON_DISCOMFORT] = "discomfort",
        [REASON_LEASE_LOST] = "lease-lost",
        [REASON_DEVICE_LOST] = "device-lost",
        [REASON_TIMEOUT] = "timeout",
        [REASON_SHUTDOWN] = "shutdown",
        [REASON_SLEEP] = "sleep",
        [REASON_FAILED] = "failed",
        [REASON_UNANSWERED] = "unanswered",
        [REASON_NOT_DONE] = "not-done",
};

const char *session_state_to_string(enum session_state state) {
        return (unsigned) state < _SESSION_STATE_MAX ? states[state] : "";
}

const char *session_kind_to_string(enum session_kind kind) {
        return (unsigned) kind < _SESSION_KIND_MAX ? kinds[kind] : "";
}

const char *session_phase_to_string(enum session_phase phase) {
        return (unsigned) phase < _PHASE_MAX ? phases[phase] : "";
}

const char *session_reason_to_string(enum session_reason reason) {
        return (unsigned) reason < _REASON_MAX ? reasons[reason] : "";
}

unsigned session_id(const struct session *session) {
        return session->id;
}

const struct routine *session_routine(const struct session *session) {
        return session->routine;
}

uid_t session_runner(const struct session *session) {
        return session->runner;
}

const char *session_holder(const struct session *session) {
        return lease_holder(session->lease);
}

enum session_state session_state(const struct session *session) {
        return session->state;
}

enum session_kind session_kind(const struct session *session) {
        return session->kind;
}

/* Questions are asked 10 s into a stage, and silence is waited for as long as that twice: pain is often said of what is over. */
#define FELT_USEC (30 * USEC_PER_SEC)

enum session_reason session_reason(const struct session *session) {
        return session->reason;
}

/* The track to show: the foreground, or the background if there is no other. */
static const struct track *shown_track(const struct session *session) {
        return session->foreground.stage ? &session->foreground : &session->background;
}

enum session_phase session_phase(const struct session *session) {
        return shown_track(session)->stage ? shown_track(session)->phase : PHASE_NONE;
}

const struct stage *session_stage(const struct session *session) {
        return shown_track(session)->stage;
}

static void add_felt(
        const struct stage *stage, const struct stage *ret[static SESSION_FELT_MAX], unsigned *n) {
        for (unsigned i = 0; i < *n; i++)
                if (ret[i] == stage)
                        return;
        ret[(*n)++] = stage;
}

unsigned session_felt_stages(
        const struct session *session, const struct stage *ret[static SESSION_FELT_MAX]) {
        const struct track *const tracks[] = { &session->foreground, &session->background };
        uint64_t now = clock_now(session->environment.clock);
        unsigned n = 0;

        for (size_t i = 0; i < ARRAY_SIZE(tracks); i++) {
                const struct stage *stage = tracks[i]->stage;

                if (stage && session->results[stage - session->plan.stages].given)
                        add_felt(stage, ret, &n);
        }
        for (size_t i = 0; i < ARRAY_SIZE(session->felt) && session->felt[i].stage; i++)
                if (n == 0 || now - session->felt[i].ended_usec < FELT_USEC)
                        add_felt(session->felt[i].stage, ret, &n);
        return n;
}

const struct stage *session_next_stage(const struct session *session) {
        return session->next_stage < session->plan.n_stages ? &session->plan.stages[session->next_stage]
                                                            : NULL;
}

unsigned session_steps(const struct session *session) {
        return session->routine->n_steps;
}

uint64_t session_duration(const struct session *session) {
        return session_plan_duration(&session->plan, 0);
}

static uint64_t track_remaining(const struct session *session, const struct track *track) {
        uint64_t whole = track_phase_duration(track);

        return whole - MIN(track_elapsed(session, track), whole);
}

uint64_t session_phase_duration(const struct session *session) {
        return track_phase_duration(shown_track(session));
}

uint64_t session_phase_remaining(const struct session *session) {
        return track_remaining(session, shown_track(session));
}

uint64_t session_remaining(const struct session *session) {
        const struct track *track = &session->foreground;
        uint64_t t = session_plan_duration(&session->plan, session->next_stage);

        if (session->state == SESSION_ENDED)
                return 0;
        if (track->stage && track->phase == PHASE_LEAD_IN) {
                if (track->stage->step->background)
                        t = MAX(t, track->stage->duration_usec);
                else
                        t += track->stage->duration_usec;
        }
        if (track->stage)
                t += track_remaining(session, track);
        return MAX(t, track_remaining(session, &session->background));
}

/* The zone that the channel drives now, or NULL. */
static const struct zone *zone_of_channel(const struct session *session, unsigned role, unsigned feature) {
        const struct track *tracks[] = { &session->foreground, &session->background };

        for (size_t i = 0; i < ARRAY_SIZE(tracks); i++) {
                const struct stage *stage = tracks[i]->stage;

                if (stage && stage_has_output(stage) && stage->step->role == role &&
                        session_stage_features(stage, device_definition(session->devices[role])) &
                                (1u << feature))
                        return stage->step->zone;
        }
        return NULL;
}

/* What was allowed, narrowed to what the device has of it. */
static struct session_setpoint setpoint_of(const struct session *session, unsigned role, unsigned feature) {
        struct session_setpoint setpoint = {
                .device = session->devices[role],
                .feature = feature,
                .zone = zone_of_channel(session, role, feature),
                .limit = session->verdicts[role][feature].limit,
        };
        int64_t level = session_level(session, role, feature);

        if (level < setpoint.limit.given)
                limit_narrow(&setpoint.limit, level, LIMIT_PENDING, LIMIT_FROM_DEVICE);
        return setpoint;
}

unsigned session_setpoints(const struct session *session, struct session_setpoint *ret, unsigned max) {
        unsigned n = 0;

        for (unsigned role = 0; role < session->routine->n_roles; role++) {
                const struct device *device = session->devices[role];

                if (!device)
                        continue;
                for (unsigned i = 0; i < device_definition(device)->n_features && n < max; i++)
                        if (session->verdicts[role][i].limit.asked > 0)
                                ret[n++] = setpoint_of(session, role, i);
        }
        return n;
}

const struct session_plan *session_plan(const struct session *session) {
        return &session->plan;
}

uint64_t session_stage_left(const struct session *session, unsigned i) {
        const struct track *const tracks[] = { &session->foreground, &session->background };
        const struct stage *stage = &session->plan.stages[i];

        for (size_t k = 0; k < ARRAY_SIZE(tracks); k++)
                if (tracks[k]->stage == stage && tracks[k]->phase == PHASE_RUN)
                        return stage->duration_usec -
                               MIN(track_elapsed(session, tracks[k]), stage->duration_usec);
                else if (tracks[k]->stage == stage)
                        return stage->duration_usec;
        return i >= session->next_stage ? stage->duration_usec : 0;
}

bool session_stage_is_under_way(const struct session *session, unsigned i) {
        const struct stage *stage = &session->plan.stages[i];

        return session->foreground.stage == stage || session->background.stage == stage;
}

bool session_output_active(const struct session *session) {
        if (session->settled || !session->owns_devices)
                return false;
        for (unsigned i = 0; i < session->routine->n_roles; i++) {
                const struct device *device = session->devices[i];
                bool others = device && device_owner(device) && device_owner(device) != session;

                if (device && !others && device_output_active(device))
                        return true;
        }
        return false;
}

unsigned session_event(const struct session *session) {
        return session->event;
}

unsigned session_last_discomfort(const struct session *session) {
        return session->last_discomfort;
}

unsigned session_baseline(const struct session *session) {
        return session->baseline;
}

bool session_uses(const struct session *session, const struct device *device) {
        for (unsigned i = 0; i < session->routine->n_roles; i++)
                if (session->devices[i] == device)
                        return true;
        return false;
}

const char *session_advice(const struct session *session) {
        /* REQ14: never standing in the first minutes, because of the risk of fainting (Compex manuals). Pressing the key
         * that arms confirms it. */
        if (session->kind == SESSION_KIND_ESTIM || session->kind == SESSION_KIND_MIXED)
                return "Sit or lie down, pads whole on clean dry skin. Do not stand up while they are on.";
        return "";
}
