/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When something was that a body had, as well as that is known: of an earlier run of the machine it is not, where no clock says it.
 * Then it is the latest that it can have been, so that what cannot be known counts as recent. Times are on the clock of lib/clock.h,
 * signed, since an earlier run's may lie before its zero. */

#include "lib/macros.h"

struct dose_time {
        int64_t usec;
        bool may_be_earlier;
        uint64_t
                wall_usec; /* and when it was by the wall clock, once that is right; 0: nothing depends on it */
        int64_t latest_usec; /* where there is a wall_usec: it cannot have been later, whatever the clocks say */
        uint64_t run;        /* of the machine; later runs have higher numbers */
};

/* In this run. */
static inline struct dose_time dose_time_at(int64_t usec) {
        return (struct dose_time){ .usec = usec, .run = UINT64_MAX };
}

/* The later of two; b where both are as late. */
struct dose_time dose_time_later(struct dose_time a, struct dose_time b) _const_;

/* How long ago a time is; one in the future counts as now. */
uint64_t dose_time_age(int64_t at_usec, int64_t now_usec) _const_;
/* What remains of a duration that began at since_usec. */
uint64_t dose_time_left(uint64_t whole_usec, int64_t since_usec, int64_t now_usec) _const_;

/* The wall clock is right, and says wall_usec: what has a time by it is known. What was known by another clock only becomes more recent:
 * nobody sees who set it. */
void dose_time_settle(struct dose_time *at, uint64_t wall_usec, int64_t now_usec);
/* Somebody said, at that time, that it was so long ago. False: it is known, or was in this run. */
bool dose_time_believe(struct dose_time *ended, uint64_t ago_usec, struct dose_time said);
