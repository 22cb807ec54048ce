/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The loop that asks how much it hurts and decides what follows. It has no clock and no device: the session passes in the
 * answers and calls when a question is due. It lowers, skips and stops by itself; it never raises: at most it says that one
 * level more may be offered.
 *
 * Times and amounts are our own defaults [D], built from what is published on the scale: two points are the least change
 * that means something (Canadian Physiotherapy Association), and more discomfort buys no more range (Grabow 2018, JSCR). */

#include "lib/clock.h"
#include "lib/discomfort.h"
#include "lib/routine.h"

/* Percussion: time of the first question in a step, and interval of the next ones. */
#define DISCOMFORT_FIRST_USEC (10 * USEC_PER_SEC)
#define DISCOMFORT_EVERY_USEC (30 * USEC_PER_SEC)
/* E-stim: the first question at the top of the ramp, then at this interval, or after this many contractions. */
#define DISCOMFORT_ESTIM_EVERY_USEC (60 * USEC_PER_SEC)
#define DISCOMFORT_CONTRACTIONS 3u
/* Gun and pads at once have separate schedules but ask the same person: minimum time between two questions. */
#define DISCOMFORT_APART_USEC (20 * USEC_PER_SEC)
/* After a score two levels too high the output on that part ends within this time, whatever is answered meanwhile. */
#define DISCOMFORT_LEAVE_USEC (15 * USEC_PER_SEC)

enum discomfort_act {
        DISCOMFORT_GO_ON,
        DISCOMFORT_HOLD,        /* nothing rises until somebody answers */
        DISCOMFORT_OFFER,       /* one level more, if a person at the terminal wants it */
        DISCOMFORT_LOWER,       /* by one level or a tenth */
        DISCOMFORT_LOWER_TWICE, /* by two levels or a fifth, and DISCOMFORT_LEAVE_USEC */
        DISCOMFORT_SKIP,        /* end the step */
        DISCOMFORT_PAUSE,       /* nobody answers: no output until somebody comes back */
        DISCOMFORT_STOP,        /* end the session, and rest that part of the body */
        _DISCOMFORT_ACT_MAX,
};

/* Answers within one step. Zero-initialised at the start of a step. */
struct discomfort_step {
        unsigned reductions;
        unsigned easy; /* consecutive answers low enough to offer more */
};

/* State of the person across steps. Zero-initialised at the start. */
struct discomfort_loop {
        bool open;         /* a question is waiting for its answer */
        unsigned silences; /* consecutive questions without an answer */
};

/* Lowers the target of a part of the body after bad mornings by that many levels, never below 1. */
struct discomfort_profile discomfort_lowered(const struct discomfort_profile *profile, unsigned lowered);

/* What a score means for a step with that profile. word: it came with one of the words that end a step. asked: it answers a
 * question. */
enum discomfort_act discomfort_step_say(struct discomfort_step *step,
        const struct discomfort_profile *profile, unsigned score, bool word, bool asked);

/* A question is due. Returns what follows if the last one is still open. */
enum discomfort_act discomfort_loop_ask(struct discomfort_loop *loop);
/* A person answered or acted. Returns whether that answers a question. */
bool discomfort_loop_hear(struct discomfort_loop *loop);

/* When question n (from 0) is due, counted from when output last began at zero. */
uint64_t discomfort_due(const struct routine_step *step, unsigned n);
