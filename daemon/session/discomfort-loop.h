/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The loop that asks how much it hurts and says what follows. It knows no clock and no device: the session tells it what was
 * said, and when the time of a question has come. It lowers, skips and stops by itself; it never raises: at most it says
 * that one level more may be offered.
 *
 * Times and amounts are our own defaults [D], built from what is published on the scale: two points are the least change
 * that means something (Canadian Physiotherapy Association), and more discomfort buys no more range (Grabow 2018, JSCR). */

#include "lib/clock.h"
#include "lib/discomfort.h"
#include "lib/routine.h"

/* Percussion: the first question this long into the step, then so often. */
#define DISCOMFORT_FIRST_USEC (10 * USEC_PER_SEC)
#define DISCOMFORT_EVERY_USEC (30 * USEC_PER_SEC)
/* E-stim: at the top of the ramp, then so often, or after so many contractions. */
#define DISCOMFORT_ESTIM_EVERY_USEC (60 * USEC_PER_SEC)
#define DISCOMFORT_CONTRACTIONS 3u
/* Gun and pads at once are two schedules for one person: no question sooner than this after the last one. */
#define DISCOMFORT_APART_USEC (20 * USEC_PER_SEC)
/* Two levels too much: the part is left alone after this, whatever is said meanwhile. */
#define DISCOMFORT_LEAVE_USEC (15 * USEC_PER_SEC)

enum discomfort_act {
        DISCOMFORT_GO_ON,
        DISCOMFORT_HOLD,        /* nothing rises until somebody says something */
        DISCOMFORT_OFFER,       /* one level more, if a person present wants it */
        DISCOMFORT_LOWER,       /* by a level, or a tenth */
        DISCOMFORT_LOWER_TWICE, /* by two, or a fifth, and DISCOMFORT_LEAVE_USEC */
        DISCOMFORT_SKIP,        /* the step is over */
        DISCOMFORT_PAUSE,       /* nobody answers: output ends until somebody comes back */
        DISCOMFORT_STOP,        /* all of it is over, and that part of the body rests */
        _DISCOMFORT_ACT_MAX,
};

/* What was heard of one step. Zero-initialised is a step about to begin. */
struct discomfort_step {
        unsigned reductions;
        unsigned easy; /* answers in a row at which more might be wanted */
};

/* What was heard of the person, across steps. Zero-initialised: nothing yet. */
struct discomfort_loop {
        bool open;         /* a question waits for its answer */
        unsigned silences; /* questions in a row that went without one */
};

/* A part of the body that had a bad morning aims lower by so much, never below 1. */
struct discomfort_profile discomfort_lowered(const struct discomfort_profile *profile, unsigned lowered);

/* What a score, said in a step with that profile, means for the step. word: one of those that end a step came with it.
 * asked: it answers a question. */
enum discomfort_act discomfort_step_say(struct discomfort_step *step,
        const struct discomfort_profile *profile, unsigned score, bool word, bool asked);

/* The time for a question has come: what follows from the last one being open still. */
enum discomfort_act discomfort_loop_ask(struct discomfort_loop *loop);
/* Somebody said something. Returns whether that answers a question. */
bool discomfort_loop_hear(struct discomfort_loop *loop);

/* How far into the run, counted from when output last began at zero, question n (from 0) is due. */
uint64_t discomfort_due(const struct routine_step *step, unsigned n);
