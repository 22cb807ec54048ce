/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One run of one routine for one runner: current step, timing, questions, and the requests to each device. It requests
 * setpoints in physical units and leaves every limit to the gate. Output always begins at zero, and only after a person at
 * the terminal armed; it ends at once, and never resumes by itself. */

#include "daemon/device/device.h"
#include "daemon/safety/arming.h"
#include "daemon/safety/lease.h"
#include "daemon/safety/presence.h"
#include "daemon/session/session-plan.h"

enum session_state {
        SESSION_STAGED,
        SESSION_CONNECTING,
        SESSION_WAITING, /* for arming */
        SESSION_RUNNING,
        SESSION_PAUSED,
        SESSION_ENDED,
        _SESSION_STATE_MAX,
};

enum session_kind {
        SESSION_KIND_NONE,
        SESSION_KIND_PERCUSSION,
        SESSION_KIND_ESTIM,
        SESSION_KIND_MIXED,
        _SESSION_KIND_MAX,
};

enum session_phase {
        PHASE_NONE,
        PHASE_LEAD_IN,
        PHASE_RUN,
        PHASE_PROMPT,
        _PHASE_MAX,
};

/* Why a session is paused or ended. */
enum session_reason {
        REASON_NONE,
        REASON_ASKED, /* paused by a person */
        REASON_COMPLETED,
        REASON_STOPPED,
        REASON_DISCOMFORT,
        REASON_LEASE_LOST,
        REASON_DEVICE_LOST,
        REASON_TIMEOUT,
        REASON_SHUTDOWN,
        REASON_SLEEP, /* paused: the machine goes to sleep */
        REASON_FAILED,
        REASON_UNANSWERED, /* paused: a question about discomfort is unanswered */
        REASON_NOT_DONE,   /* ended, but some step gave none of the output it was to give */
        _REASON_MAX,
};

struct session;

/* Result of a calibration. */
struct session_marks {
        const struct device *device;
        unsigned feature;
        const struct stage *stage; /* place and pads */
        enum side side;
        int64_t sensation, comfort, maximum;
};

struct session_handler {
        /* Anything a client may read changed; the event number has gone up. */
        void (*changed)(struct session *session, void *userdata);
        void (*step_started)(struct session *session, void *userdata);
        void (*prompt_raised)(struct session *session, void *userdata);
        /* To the holder only: show key, let a person press it, and send nonce back within usec. */
        void (*challenge)(
                struct session *session, const char *nonce, const char *key, uint64_t usec, void *userdata);
        void (*alert)(struct session *session, const char *code, const char *sentence, void *userdata);
        /* The session cannot begin or go on: an errno of lib/bus-errors and what to do. ended() or a pause follows. */
        void (*failed)(struct session *session, int error, const char *sentence, void *userdata);
        void (*ended)(struct session *session, void *userdata);
        /* A calibration found its three levels, in thousandths of the feature's unit. */
        void (*calibrated)(struct session *session, const struct session_marks *marks, void *userdata);
        /* Output time of that stage since the last call. May be NULL. */
        /* trained: e-stim for strength, of which at least one whole contraction was at half of its level or above. */
        void (*dosed)(struct session *session, const struct stage *stage, uint64_t on_usec, bool trained,
                void *userdata);
};

struct session_environment {
        struct clock *clock;
        uint64_t stage_expiry_usec; /* a staged session that nobody resumed ends; 0: two hours */
        struct record *record;
        /* What is known of a runner, for one feature on that side in that stage. NULL: not kept (in unrelated tests). */
        struct gate_person (*person)(uid_t runner, const struct device *device, unsigned feature,
                const struct stage *stage, enum side side, void *userdata);
        /* Levels by which the target for that part is lowered after bad mornings. NULL: not kept. */
        unsigned (*lowered)(uid_t runner, const struct zone *zone, enum side side, void *userdata);
        /* Stage i of the plan may have the output that is left of it. Negative errno with *ret_sentence, why not and what to do (the
         * caller frees it). NULL: it always may. */
        int (*allows)(const struct session *session, unsigned i, char **ret_sentence, void *userdata);
        int (*random)(void *bytes, size_t n);
        const struct session_handler *handler;
        void *userdata;
};

struct session_options {
        unsigned id;
        uid_t runner;
        const char *holder; /* bus name of the caller; copied */
        enum side only;
        bool stage;
        bool first_times; /* REQ13: one of the runner's first sessions with pads */
        bool calibrate; /* one step of pads on one channel: levels rise by single presses, three of them are asked for */
        bool detach; /* percussion only: goes on without its holder while prompts are answered */
        struct device *devices[ROUTINE_ROLES_MAX]; /* per role; NULL where no step needs one */
};

/* One channel as a client sees it. */
struct session_setpoint {
        const struct device *device;
        unsigned feature;
        const struct zone *zone; /* of the step that drives it, or NULL */
        struct limit limit;
};

/* Checks that the devices can do what the routine asks, and becomes their owner, a staged one only on resume. On failure *ret_sentence says why and
 * what to do (the caller frees it). -EBUSY a device is in use, -ERANGE no common range, -ENODATA nothing to do, -ENOMEM. */
int session_new(const struct session_environment *environment, struct routine *routine,
        const struct session_options *options, struct session **ret, char **ret_sentence);
/* Stops all output. No callbacks, but for doses that are not told yet. */
struct session *session_free(struct session *session);
DEFINE_CLEANUP(struct session *, session_free);

/* Connects the devices and asks for arming; a staged session does so only in session_resume(). */
int session_begin(struct session *session);
/* -ESTALE: nothing to resume; -EBUSY: another holder is alive. */
int session_resume(struct session *session, const char *holder);
/* -EKEYREJECTED, -EPERM (not the holder), -ESTALE (not waiting). */
int session_arm(struct session *session, const char *holder, const char *nonce);
int session_beat(struct session *session, const char *sender, unsigned last_event, bool output_believed);
void session_holder_gone(struct session *session, const char *name);
/* All of these set zero first. */
void session_pause(struct session *session, enum session_reason reason);
int session_skip(struct session *session);
void session_end(struct session *session, enum session_reason reason);
/* The same when the caller has just stopped every device: they are not stopped a second time. */
void session_end_stopped(struct session *session, enum session_reason reason);
/* Levels up or down within the step; up only for the holder (of a detached session: for any authorised caller). -ESTALE: no
 * output step runs. -EPERM: not the holder. -EAGAIN: a question about discomfort is unanswered. -EDQUOT: a limit holds a
 * calibration at its level. */
int session_adjust(struct session *session, const char *sender, int steps);
/* -EDOM: no such score or word. */
int session_discomfort(struct session *session, unsigned score, const char *const *words);
/* -EDOM: not an open prompt, or not one of its answers. -EPERM: only the holder may accept an offer of more. */
int session_answer(struct session *session, const char *sender, const char *prompt, const char *answer);

/* More of the record is on the disk: starts output that waited for it. */
void session_recorded(struct session *session);

/* From the devices' handler. */
void session_device_connected(
        struct session *session, struct device *device, int error, const char *sentence);
void session_device_lost(struct session *session, struct device *device, const char *why);
void session_device_changed(struct session *session, struct device *device);
void session_device_alarm(
        struct session *session, struct device *device, const char *code, const char *sentence);
/* A device that a staged session was for is no more, and nothing stops another object of that address: the session ends. */
void session_device_gone(struct session *session);

unsigned session_id(const struct session *session);
const struct routine *session_routine(const struct session *session);
uid_t session_runner(const struct session *session);
const char *session_holder(const struct session *session);
enum session_state session_state(const struct session *session);
enum session_kind session_kind(const struct session *session);
enum session_reason session_reason(const struct session *session);
enum session_phase session_phase(const struct session *session);
/* What pain that is said now may be about: stages with output on, those whose output ended just before, else the last that had any.
 * Returns how many. */
#define SESSION_FELT_MAX 4u
unsigned session_felt_stages(
        const struct session *session, const struct stage *ret[static SESSION_FELT_MAX]);
/* The current stage, or NULL; and the one after it. */
const struct stage *session_stage(const struct session *session);
const struct stage *session_next_stage(const struct session *session);
unsigned session_steps(const struct session *session);
/* Some step has begun, whether or not it runs now. */
bool session_has_begun(const struct session *session);
const struct session_plan *session_plan(const struct session *session);
/* How long stage i of the plan still runs; 0: it is over. */
uint64_t session_stage_left(const struct session *session, unsigned i);
bool session_stage_is_under_way(const struct session *session, unsigned i);
uint64_t session_duration(const struct session *session);
uint64_t session_remaining(const struct session *session);
uint64_t session_phase_duration(const struct session *session);
uint64_t session_phase_remaining(const struct session *session);
/* Fills up to max rows, returns how many. */
unsigned session_setpoints(const struct session *session, struct session_setpoint *ret, unsigned max);
/* Id of the open prompt, "" for none; its text, and answer i or NULL. */
const char *session_prompt(const struct session *session);
const char *session_prompt_text(const struct session *session);
const char *session_prompt_answer(const struct session *session, unsigned i);
bool session_is_detached(const struct session *session);
/* What the person who arms must have read (REQ14); "" for nothing. */
const char *session_advice(const struct session *session);
bool session_output_active(const struct session *session);
/* Output of it goes on, or nobody has seen it end; what there is so far of that is counted. */
bool session_is_counting(struct session *session);
/* The side that a stage has given output to: its own, or, of two, the only one. */
enum side session_side_given(const struct session *session, const struct stage *stage);
unsigned session_event(const struct session *session);
unsigned session_last_discomfort(const struct session *session);
/* Score given before the session began, or DISCOMFORT_NONE. */
unsigned session_baseline(const struct session *session);
/* The side of the body that a channel drives in that stage: of two channels the first is the left one. */
enum side session_channel_side(
        const struct stage *stage, const struct device_definition *definition, unsigned feature);
bool session_uses(const struct session *session, const struct device *device);

const char *session_state_to_string(enum session_state state) _const_;
const char *session_kind_to_string(enum session_kind kind) _const_;
const char *session_phase_to_string(enum session_phase phase) _const_;
const char *session_reason_to_string(enum session_reason reason) _const_;
