/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How long ago something in the history was. Within one run of the machine that is measured. Before it, the wall clock says so
 * where it is known to have been right, then and now; otherwise what is certain is only how long the machine has run since. An event
 * that has a later time than something after it is proof that one of two clocks was wrong, and its age is unknown. A small
 * computer without a battery clock and a network begins each day at yesterday's time, or at a time that somebody set. */

#include "daemon/record/history.h"

/* Now, on all clocks. */
struct timeline_now {
        uint64_t wall_usec;
        bool wall_is_kept; /* the wall clock is right */
        uint64_t up_usec;
        const char *boot; /* id of this run of the machine */
};

struct timeline_age {
        uint64_t least_usec; /* it is at least that old */
        bool is_known;       /* and no older than that, but for the moment between two events */
        bool is_measured;    /* it was in this run of the machine: no wall clock makes it known or unknown */
        uint64_t ran_usec;   /* for that long the machine has run since, whatever the wall clocks say */
        uint64_t wall_usec;  /* when it was, once the wall clock is right again; 0: nobody knows */
};

struct timeline;

/* Reads the clock's events. -ENOMEM and errors of reading. */
int timeline_new(struct history *history, const struct timeline_now *now, struct timeline **ret);
struct timeline *timeline_free(struct timeline *timeline);
DEFINE_CLEANUP(struct timeline *, timeline_free);

/* Of an event of that history. */
struct timeline_age timeline_age(const struct timeline *timeline, const struct history_event *event);

/* Number of the first event of the run of the machine that one belongs to; 1 for those of before schema version 5. */
uint64_t timeline_run(const struct timeline *timeline, uint64_t seq);
/* Number of the first event that may be younger than that. */
uint64_t timeline_since(const struct timeline *timeline, uint64_t age_usec);
/* The same to the event, also within this run; of the history that the timeline was made of. */
int timeline_first_young(
        const struct timeline *timeline, struct history *history, uint64_t age_usec, uint64_t *ret_seq);

/* The last clock event was of another run of the machine, or knew the wall clock to be right where it is not now, or the other way, or
 * knew it to be right before somebody set it. */
bool timeline_is_news(const struct timeline *timeline);
