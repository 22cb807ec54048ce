/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to session.c (lifetime), session-time.c (timing), session-setpoints.c (requests to the devices), session-
 * questions.c (questions to the runner) and session-view.c (getters). */

#include "daemon/session/discomfort-loop.h"
#include "daemon/session/session.h"

/* One stage under way. elapsed counts only while the session runs. */
struct track {
        const struct stage *stage; /* NULL: none */
        enum session_phase phase;
        uint64_t elapsed_usec; /* in the phase, up to since_usec */
        uint64_t since_usec;   /* when the clock was last started; USEC_INFINITY while stopped */
        uint64_t risen_usec;   /* elapsed at which output last began at zero */
        int adjusted;          /* + minus - steps by the runner */
        uint64_t leave_usec;   /* elapsed of the run at which the stage ends early; 0: not set */
        unsigned questions;    /* asked since output last began at zero */
        struct discomfort_step heard;
        struct discomfort_profile profile;
};

/* Outcome of a stage of the plan. */
struct stage_result {
        uint64_t untold_usec;  /* output not reported yet */
        unsigned given;        /* mask of the features of its device that had a level above zero */
        bool contracts;        /* the contraction under way is at half of the level that was set, or above */
        unsigned contractions; /* whole ones of that kind */
        enum limit_rule held;  /* the limit that last kept it from that */
};

/* Questions beside the routine's own prompts; one at a time. */
enum question {
        QUESTION_NONE,
        QUESTION_BASELINE,   /* before the session begins */
        QUESTION_DISCOMFORT, /* while output is on */
        QUESTION_OFFER,      /* one level more? */
        QUESTION_SENSATION,  /* of a calibration, in this order: first felt, … */
        QUESTION_COMFORT,    /* … strong and comfortable, … */
        QUESTION_MAXIMUM,    /* … and the highest bearable */
        _QUESTION_MAX,
};

/* Output of a device that is not driven any more and may be on. */
struct unseen {
        const struct stage *stage; /* what it was for; NULL: none */
        uint64_t since_usec;       /* up to then it is counted */
        uint64_t left_usec;        /* the most that may still be counted */
        uint64_t off_usec;         /* it was seen off then; 0: not yet */
};

struct session {
        struct session_environment environment;
        struct routine *routine;
        unsigned id;
        uid_t runner;
        struct session_plan plan;
        struct device *devices[ROUTINE_ROLES_MAX]; /* referenced; owned while owns_devices */

        enum session_state state;
        enum session_kind kind;
        enum session_reason reason;
        unsigned event;
        unsigned weighty_event; /* last event that the holder must have seen */
        struct lease *lease;
        struct presence *presence; /* of a detached session, instead of the lease */
        struct arming arming;
        bool armed;
        bool owns_devices;
        bool output_active; /* as last reported */
        bool settled;       /* ended and seen off: later output belongs to another session */
        uint64_t intended;  /* number of facts in the record when the plan was last put */
        bool held;          /* output waits until those are on the disk */
        unsigned lease_losses;
        unsigned not_done; /* stages that ended without giving their output */

        unsigned next_stage; /* index into the plan of the stage after the foreground one */
        struct track foreground, background;
        struct clock_timer *tick_timer;
        struct clock_timer *wait_timer; /* for arming, an answer, or a return from pause */
        uint64_t waiting_usec;          /* since when the session waits for a person */
        char prompt[16];
        unsigned last_discomfort;
        unsigned baseline;
        enum question question;
        char question_id[24];
        unsigned questions;  /* number of the last one */
        uint64_t asked_usec; /* when it was asked */
        bool offers_background;
        bool calibrates;
        int64_t marks[_QUESTION_MAX]; /* levels found so far, by question */
        struct discomfort_loop loop;
        struct gate_verdict verdicts[ROUTINE_ROLES_MAX][PROTOCOL_FEATURES_MAX];
        int64_t shown[ROUTINE_ROLES_MAX][PROTOCOL_FEATURES_MAX]; /* session_level() of the last round */
        struct gate_person (
                *people)[PROTOCOL_FEATURES_MAX]; /* per stage of the plan and feature of its device */
        struct stage_result *results;            /* per stage of the plan */
        /* The last two that ended after they had output, and when. */
        struct {
                const struct stage *stage;
                uint64_t ended_usec;
        } felt[2];
        uint64_t output_usec[ROUTINE_ROLES_MAX]; /* output so far, per role */
        uint64_t driven_usec[ROUTINE_ROLES_MAX]; /* last round with output; 0: the last round had none */
        struct unseen unseen[ROUTINE_ROLES_MAX];
};

/* An unanswered prompt ends the session after this long. */
#define SESSION_ANSWER_USEC (600 * USEC_PER_SEC)
/* Minimum rate of requests while output is on, so that ramps are smooth. */
#define SESSION_TICK_USEC (100 * USEC_PER_MSEC)

/* session.c */
void session_changed(struct session *session);
/* The same for a change that the holder must have seen for its beats to agree: state, step, output. */
void session_turned(struct session *session);
/* REQ19: the facts put so far are the plan; nothing rises from zero before they are on the disk. */
void session_intends(struct session *session);
bool session_is_recorded(const struct session *session);

/* session-time.c */
void session_run_start(struct session *session);
/* Stops the clocks of the tracks; does not touch output. */
void session_run_freeze(struct session *session);
void session_run_tick(struct session *session);
/* Skips the foreground stage, or the background one if there is no other. */
void session_run_next(struct session *session);
void session_run_end_background(struct session *session);
uint64_t track_elapsed(const struct session *session, const struct track *track);
uint64_t track_phase_duration(const struct track *track);

/* session-doses.c */
/* After a round of that device. on: it was allowed output. */
void session_count_output(
        struct session *session, unsigned role, const struct track *const *tracks, bool on);
/* Whether that stage, or one side of it, has had no output; then also which. */
bool session_lacks_output(const struct session *session, const struct stage *stage, enum side *ret_side);
/* The stage that drives that device, or NULL. */
const struct stage *session_stage_of_role(const struct session *session, unsigned role);
/* That device is told to stop and driven no further. stage: what it was on for; NULL: nothing that counts. Once it is off,
 * session_count_unseen() adds the time for which it went on. */
void session_not_driven(struct session *session, unsigned role, const struct stage *stage);
/* The same for all devices; resets the verdicts, too. */
void session_forget_drive(struct session *session);
void session_count_unseen(struct session *session);
/* Some of it is still counted, or was seen off so shortly ago that it may prove not to be. */
bool session_has_unseen(const struct session *session);
/* The session is about to be freed: counts it up to now. */
void session_close_unseen(struct session *session);
/* Reports when output went on or off, and updates the watch of the lease. */
void session_update_output(struct session *session);
/* REQ12: reports the output of every part of the body since the last report. */
void session_tell_doses(struct session *session);
/* Reason of a dose as recorded: RECORD_DOSE_STRENGTH once a muscle was trained, RECORD_DOSE_STRENGTH_START before, "calibration" or NULL. */
const char *session_dose_reason(const struct session *session, const struct stage *stage);

/* session-setpoints.c */
/* The level that a device has of what was allowed: what its link took, or, where it confirms, what it confirmed. */
int64_t session_level(const struct session *session, unsigned role, unsigned feature);
/* One round of requests to every device. Returns the rule that ends output, or LIMIT_NONE. */
enum limit_rule session_drive(struct session *session, const struct device **ret_device);
void session_stop_devices(struct session *session);
/* Looks up the runner: for one stage when it is checked, for all when output is about to begin. */
void session_know_stage(struct session *session, const struct stage *stage);
void session_know_runner(struct session *session);
/* The range that step and feature have in common, in thousandths of the feature's unit. -ERANGE: none. */
int session_common_range(const struct session *session, const struct stage *stage,
        const struct device *device, unsigned feature, struct quantity_range *ret);
/* Features of a device that a stage drives, as a bit mask. */
unsigned session_stage_features(const struct stage *stage, const struct device_definition *definition);
/* Applies presses of + or -; those that change nothing do not count. */
void session_adjust_track(struct session *session, struct track *track, int steps);
/* Lowers (or raises when negative) by one level of the discomfort loop: a step of the device or a tenth of the output,
 * whichever is more; of a current at least 2 mA. True when anything changed. */
bool session_ease_track(struct session *session, struct track *track, int levels);
/* The routine allows a higher level. */
bool session_track_has_room(const struct session *session, const struct track *track);
/* The output of the stage is still rising. */
bool session_track_rises(const struct session *session, const struct track *track);

/* session-questions.c: discomfort */
struct discomfort_profile session_stage_profile(const struct session *session, const struct stage *stage);
/* Asks for the score before the session begins. */
void session_ask_baseline(struct session *session);
/* Asks when a question is due, and acts on silence. */
void session_ask(struct session *session);
/* Drops the open question; missing answers no longer count. */
void session_close_question(struct session *session);
/* Hides the open question because there is no output to ask about; a missing answer still counts. */
void session_hide_question(struct session *session);
/* A question is unanswered, so nothing may rise. */
bool session_is_held(const struct session *session);

/* session-questions.c: calibration */
/* Starts over: no levels found, output at zero. */
void session_calibrate(struct session *session);
/* Ends the calibration; reports if it found nothing. */
void session_calibrate_over(struct session *session);
/* 1: the device has reached the level of the last press. 0: not yet. -EDQUOT: it never will, because of a limit. */
int session_calibration_may_rise(const struct session *session);

/* session-questions.c: presence */
int session_make_presence(struct session *session);
/* Beats arrive, or (detached) answers do. */
bool session_is_watched(const struct session *session);
/* A person acted. */
void session_presence_seen(struct session *session);
void session_presence_end(struct session *session);
