/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A whole evening in one process: a gun, a pair of pads, a session, and a holder who behaves well until a test says
 * otherwise. The model is wired as the daemon's manager wires it and driven through its public functions alone. */

#include "daemon/session/session.h"
#include "tests/virtual/virtual-clock.h"
#include "tests/virtual/virtual-jobs.h"
#include "tests/virtual/virtual-radio.h"

#define WORLD_HOLDER ":1.7"
#define WORLD_OTHER ":1.8"
#define WORLD_STEPS_MAX 64u
#define WORLD_ALERTS_MAX 64u

struct world_device {
        struct device_definition *definition;
        struct device *device;
        struct virtual_peer *peer;
};

struct world_step {
        uint64_t t_usec;
        unsigned number; /* from 1 */
        enum side side;
        const struct routine_step *step;
};

struct world_alert {
        uint64_t t_usec;
        char code[32];
        char *sentence;
};

struct world {
        struct virtual_clock *clock;
        struct virtual_radio *radio;
        struct world_device gun, pads;
        struct routine *routine;
        struct session *session;
        char armed_directory[64];
        struct virtual_jobs *armed_jobs;

        /* The holder, who does all of it until told not to. */
        bool beats, agrees, arms, answers;
        struct clock_timer *beat_timer, *arm_timer, *answer_timer;
        unsigned seen_event;
        bool seen_output;
        char nonce[ARMING_NONCE_SIZE];
        char prompt[16];
        /* How the runner feels, asked by the loop: a score, or DISCOMFORT_NONE to say nothing. NULL: just as the routine aims. */
        unsigned (*feels)(struct world *world, void *userdata);
        void *feels_userdata;
        bool replies;    /* to how it feels, at all */
        bool wants_more; /* when it is offered */
        struct clock_timer *feel_timer;
        uint64_t feel_after_usec; /* how long they think about it */
        unsigned (*lowered)(uid_t runner, const struct zone *zone, enum side side, void *userdata);
        char question[24];
        struct gate_person person;      /* what is known of the runner, for every feature */
        const struct gate_person *left; /* of the left side; NULL: the same */
        struct record record;           /* keeps nothing; a test may let it fail */
        bool by_hand;                   /* a hand switches the gun on: nothing can be stored before that */
        int output_refused;             /* negative errno with which the surroundings refuse output */
        void (*watch)(void *userdata);  /* a test's own look at every event, beside what is always checked */
        void *watch_userdata;

        unsigned calibrations; /* that came to their end */
        struct session_marks marks;

        /* What was heard. */
        uint64_t running_usec; /* when it last began to run */
        uint64_t ended_usec;
        unsigned challenges, prompts, questions, offers, ended;
        int failed_error;
        char *failed_sentence;
        struct world_step steps[WORLD_STEPS_MAX];
        unsigned n_steps;
        struct world_alert alerts[WORLD_ALERTS_MAX];
        unsigned n_alerts;
        enum session_state last_state;
        char *refusal; /* of session_new() */
};

/* With a gun of any definition; gun_product is the kind of product (sim/products/product.h) that plays it. */
struct world *world_new(const char *gun_definition, const char *gun_product);
struct world *world_free(struct world *world);
/* For cmocka: *state is a struct world, with a Theragun. */
int world_setup(void **state);
int world_teardown(void **state);

/* A session of a shipped routine by its id, or of a text, begun. Negative errno and world->refusal when it is refused. */
int world_start(struct world *world, const char *routine_id, enum side only);
int world_start_text(struct world *world, const char *text);
/* The same over the parsed routine, with every option in the test's hand. */
int world_start_options(struct world *world, struct routine *routine, const struct session_options *options);
struct routine *world_routine(const char *id);
struct routine *world_routine_text(const char *text);

/* Time runs. At every event it is checked that no output of the pads is called off, and that what is needed to stop a device
 * after a crash is stored while it may be on. */
void world_run(struct world *world, uint64_t usec);
/* Runs until the session is in that state; fails the test after at_most_usec. */
void world_run_until_state(struct world *world, enum session_state state, uint64_t at_most_usec);
/* Until the step (from 1) of that side is in its run phase. */
void world_run_into_step(struct world *world, unsigned number, enum side side);
void world_run_until_alert(struct world *world, const char *code, uint64_t at_most_usec);

bool world_has_alert(const struct world *world, const char *code);
const char *world_alert_sentence(const struct world *world, const char *code);
bool world_armed_file_exists(const struct world *world, const struct world_device *device);

/* Frames, read by the facts' pages and not by the codecs. */
/* Speed of a Theragun "set" frame in strokes a minute, or -1 for any other frame. */
int theragun_speed(const struct radio_frame *frame);
/* The gun's last set frame up to t_usec says this; 0 before the first. */
int theragun_speed_at(const struct virtual_peer *peer, uint64_t t_usec);

/* What a Coyote plays after the frames so far. */
struct coyote_frame {
        bool output; /* it was a B0 */
        unsigned sequence;
        int strength[2]; /* set to this; -1: left alone */
        unsigned frequency[2][4], intensity[2][4];
};
struct coyote_frame coyote_frame(const struct radio_frame *frame);
bool coyote_frame_is_stop(const struct radio_frame *frame);
/* Strength that the frames up to t_usec have set. */
int coyote_strength_at(const struct virtual_peer *peer, unsigned channel, uint64_t t_usec);

/* Frames at or after t_usec that ask for any output. */
size_t frames_with_output_since(const struct world_device *device, uint64_t t_usec);
/* Time of the first frame at or after t_usec that asks for zero; USEC_INFINITY for none. */
uint64_t first_zero_since(const struct world_device *device, uint64_t t_usec);
