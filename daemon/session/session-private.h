/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of a session: session.c is its life, session-time.c what happens when, session-setpoints.c what is asked of the devices,
 * session-questions.c what is asked of the runner, session-view.c what can be read. */

#include "daemon/session/discomfort-loop.h"
#include "daemon/session/session.h"

/* One stage under way. elapsed counts only while the session runs. */
struct track {
        const struct stage *stage; /* NULL: nothing */
        enum session_phase phase;
        uint64_t elapsed_usec; /* in the phase, up to since_usec */
        uint64_t since_usec;   /* when it last began to run; USEC_INFINITY while it does not */
        uint64_t risen_usec;   /* elapsed at which output last began at zero */
        int adjusted;          /* steps up or down by the runner */
        uint64_t
                leave_usec; /* elapsed of the run at which the part is left alone, before its time; 0: not */
        unsigned questions; /* asked since output last began at zero */
        struct discomfort_step heard;
        struct discomfort_profile profile;
};

/* What became of a stage of the plan. */
struct stage_result {
        uint64_t untold_usec; /* output that is not told yet */
        bool given;           /* a level above zero went to its device */
        enum limit_rule held; /* what kept it from that last */
};

/* What is asked beside the routine's own prompts; one at a time. */
enum question {
        QUESTION_NONE,
        QUESTION_BASELINE,   /* before it begins */
        QUESTION_DISCOMFORT, /* while output is on */
        QUESTION_OFFER,      /* one level more? */
        QUESTION_SENSATION,  /* of a calibration, in this order: where is it first felt, … */
        QUESTION_COMFORT,    /* … strong and comfortable, … */
        QUESTION_MAXIMUM,    /* … and the most? */
        _QUESTION_MAX,
};

struct session {
        struct session_environment environment;
        struct routine *routine;
        unsigned id;
        uid_t runner;
        struct session_plan plan;
        struct device *devices[ROUTINE_ROLES_MAX]; /* referenced; its own from session_new() to its end */

        enum session_state state;
        enum session_kind kind;
        enum session_reason reason;
        unsigned event;
        unsigned weighty_event; /* the last that the holder must have seen */
        struct lease *lease;
        struct presence *presence; /* detached: lives on answers instead of beats */
        struct arming arming;
        bool armed;
        bool owns_devices;
        bool output_active; /* as last told */
        bool settled; /* ended, and its output was seen to be off: what comes later is another session's */
        uint64_t intended; /* facts that the record had when it was last told what is going to be done */
        bool held;         /* output waits for them to be on the disk */
        unsigned lease_losses;
        unsigned not_done; /* stages that came to their end without giving what they were to give */

        unsigned next_stage; /* index into the plan of the stage after the foreground one */
        struct track foreground, background;
        struct clock_timer *tick_timer;
        struct clock_timer *wait_timer; /* for arming, an answer, or a return from pause */
        uint64_t waiting_usec;          /* since when somebody's act is awaited */
        char prompt[16];
        unsigned last_discomfort;
        unsigned baseline;
        enum question question;
        char question_id[24];
        unsigned questions;  /* number of the last one */
        uint64_t asked_usec; /* when that was */
        bool offers_background;
        bool calibrates;
        int64_t marks[_QUESTION_MAX]; /* levels found so far, by question */
        struct discomfort_loop loop;
        struct gate_verdict verdicts[ROUTINE_ROLES_MAX][PROTOCOL_FEATURES_MAX];
        struct gate_person (
                *people)[PROTOCOL_FEATURES_MAX]; /* per stage of the plan and feature of its device */
        struct stage_result *results;            /* per stage of the plan */
        uint64_t output_usec[ROUTINE_ROLES_MAX]; /* output so far, per role */
        uint64_t driven_usec[ROUTINE_ROLES_MAX]; /* last round with output; 0: the last was without */
};

/* An unanswered prompt ends the session after this. */
#define SESSION_ANSWER_USEC (600 * USEC_PER_SEC)
/* Requests come at least this often while output is on, so that ramps are smooth. */
#define SESSION_TICK_USEC (100 * USEC_PER_MSEC)

/* session.c */
void session_changed(struct session *session);
/* The same for a change that the holder must have seen to be believed: state, step, output. */
void session_turned(struct session *session);
/* REQ19: what was put into the record up to now is what is going to be done: nothing begins from zero before it is on the disk. */
void session_intends(struct session *session);
bool session_is_recorded(const struct session *session);
/* Some step was begun, whether it runs now or not. */
bool session_has_begun(const struct session *session);
/* Tells when output went on or off, and keeps the lease's watch in step with it. */
void session_update_output(struct session *session);

/* session-time.c */
void session_run_start(struct session *session);
/* Stops the clocks of the tracks where they are; output is not its business. */
void session_run_freeze(struct session *session);
void session_run_tick(struct session *session);
/* Skips the foreground stage, or the background one when that is all there is. */
void session_run_next(struct session *session);
void session_run_end_background(struct session *session);
uint64_t track_elapsed(const struct session *session, const struct track *track);
uint64_t track_phase_duration(const struct track *track);

/* session-setpoints.c */
/* One round of requests to every device. Returns the rule that forbids going on, or LIMIT_NONE. */
enum limit_rule session_drive(struct session *session, const struct device **ret_device);
void session_stop_devices(struct session *session);
/* What the gate said of each channel, and when it was driven: nothing of it holds any more. */
void session_forget_drive(struct session *session);
/* Asks who the runner is, for one stage (when it is checked) and for all of them (when output is about to begin). */
void session_know_stage(struct session *session, const struct stage *stage);
void session_know_runner(struct session *session);
/* The range that the step and the feature share, in thousandths of the feature's unit. -ERANGE: none. */
int session_common_range(const struct session *session, const struct stage *stage,
        const struct device *device, unsigned feature, struct quantity_range *ret);
/* Features of a device that a stage drives, as a bit mask. */
unsigned session_stage_features(const struct stage *stage, const struct device_definition *definition);
/* One press of + or - is worth what it changes: no press counts that changes nothing. */
void session_adjust_track(struct session *session, struct track *track, int steps);
/* One level of the discomfort loop, down (or up when negative): a step of the device or a tenth of what is given, whichever
 * is more; of a current at least 2 mA. True when it changed anything. */
bool session_ease_track(struct session *session, struct track *track, int levels);
/* The routine allows more than that. */
bool session_track_has_room(const struct session *session, const struct track *track);
/* What the stage gives is still on its way up. */
bool session_track_rises(const struct session *session, const struct track *track);
/* REQ12: tells what every part of the body had since it was last told. */
void session_tell_doses(struct session *session);
/* As the record has it: "strength", "calibration" or NULL. */
const char *session_dose_reason(const struct session *session, const struct stage *stage);

/* session-questions.c: how it feels */
struct discomfort_profile session_stage_profile(const struct session *session, const struct stage *stage);
/* Asks how it is before it begins. */
void session_ask_baseline(struct session *session);
/* Asks when the time has come, and does what follows from silence. */
void session_ask(struct session *session);
/* What was asked is not of interest any more, nor that nobody answered. */
void session_close_question(struct session *session);
/* Nothing is on that the open question could be about; that nobody answered it still counts. */
void session_hide_question(struct session *session);
/* Nothing may rise: somebody was asked and said nothing. */
bool session_is_held(const struct session *session);

/* session-questions.c: a calibration */
/* From the beginning: nothing is found yet, and the level is zero. */
void session_calibrate(struct session *session);
/* It is over: tells when nothing came of it. */
void session_calibrate_over(struct session *session);
/* 1: the device has the level that the last press asked for. 0: not yet. -EDQUOT: it never will, since a limit holds. */
int session_calibration_may_rise(const struct session *session);

/* session-questions.c: whether anybody is there */
int session_make_presence(struct session *session);
/* Beats come, or (detached) answers do. */
bool session_is_watched(const struct session *session);
/* A person did something. */
void session_presence_seen(struct session *session);
void session_presence_end(struct session *session);
