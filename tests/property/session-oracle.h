/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What must hold of a whole session, judged by the frames that reached the products, by what came out of these at the
 * body's end, and by what the actions alone allow. Of the model it asks only whether it still runs, which can take
 * permission away and never gives any. */

#include "tests/virtual/world.h"

#define ORACLE_FRAMES_KEPT 64u

struct told {
        uint64_t t_usec;
        int level; /* strokes a minute of a gun, strength of a channel of the pads */
};

/* A figure that has just changed: the round of requests under way may still be of the one before. */
struct figure {
        int64_t now, before;
        uint64_t changed_usec;
};

struct witness {
        int own_limit[2]; /* of pads: what they were told not to exceed, whatever a hand does */
        struct world_device *device;
        bool gun;
        size_t n_frames; /* judged so far */
        int level[2];    /* what each channel was last told */
        struct told past[2][ORACLE_FRAMES_KEPT];
        unsigned n_past[2];
        uint64_t answer_usec; /* of the last request */
        uint64_t slow_usec;   /* the link was last slow or ill … */
        uint64_t late_usec;   /* notifications last took long */
        uint64_t ill_usec;    /* … or did not do what it was asked */
        uint64_t hand_usec;   /* a hand was last on the product */
        uint64_t zero_usec;   /* by then a zero must have come; USEC_INFINITY: none is owed */
        unsigned battery;     /* known since battery_usec */
        uint64_t battery_usec;
        struct figure knob[2];
        bool contact_lost[2];
        uint64_t contact_usec;
};

struct session_oracle {
        struct world *world;
        struct witness gun, pads;
        char holder[8];
        bool permitted; /* somebody present armed, and nothing has taken it back since */
        uint64_t forbidden_usec;
        bool detached;
        uint64_t beat_usec; /* the holder's last beat in time; 0: none yet */
        uint64_t seen_usec; /* when a detached runner last did something */
        uint64_t woke_usec; /* the clock last jumped to here */
        unsigned wrong_beats;
        struct figure cap, share_permille;
        bool record_fails;
        uint64_t record_usec;
};

void oracle_open(struct session_oracle *oracle, struct world *world);
/* After every event. */
void oracle_look(struct session_oracle *oracle);
/* Nothing may flow from now on; at_once: an action asked for it, so that zero must go out in the same turn where the link
 * allows. */
void oracle_forbid(struct session_oracle *oracle, bool at_once);
/* What it does now a hand has set, not a frame. */
bool witness_is_in_a_hand(const struct witness *witness);
/* A hand set a channel's level. */
void witness_turned(struct witness *witness, unsigned channel, int level, uint64_t now);
void figure_set(struct figure *figure, int64_t value, uint64_t now);
