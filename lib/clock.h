/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Source of time. Model code never asks the system clock: it is given a struct clock, reads it, and arms one-shot timers on
 * it. The daemon implements it with sd-event (daemon/loop/clock-event.c), the tests with a virtual clock that jumps from
 * timer to timer (tests/virtual/virtual-clock.c).
 *
 * All times are microseconds on one monotonic clock that includes suspend. */

#include "lib/macros.h"

#define USEC_PER_MSEC ((uint64_t) 1000)
#define USEC_PER_SEC ((uint64_t) 1000000)
#define USEC_INFINITY UINT64_MAX

struct clock;
struct clock_timer;

typedef void (*clock_timer_fn)(struct clock_timer *timer, void *userdata);

struct clock_ops {
        uint64_t (*now)(struct clock *clock);
        int (*timer_new)(struct clock *clock, struct clock_timer *timer);
        void (*timer_arm)(struct clock_timer *timer);
        void (*timer_disarm)(struct clock_timer *timer);
        void (*timer_free)(struct clock_timer *timer);
};

struct clock {
        const struct clock_ops *ops;
};

struct clock_timer {
        struct clock *clock;
        clock_timer_fn fn;
        void *userdata;
        uint64_t at_usec; /* USEC_INFINITY while disarmed */
        void *backend;    /* private to the implementation */
};

uint64_t clock_now(struct clock *clock);

/* Makes a disarmed timer. fn runs on the loop, never from within clock_timer_arm(). */
int clock_timer_new(struct clock *clock, clock_timer_fn fn, void *userdata, struct clock_timer **ret);

/* Fires once at at_usec (in the next loop iteration if that is past). Replaces an earlier time. */
void clock_timer_arm(struct clock_timer *timer, uint64_t at_usec);
void clock_timer_arm_in(struct clock_timer *timer, uint64_t in_usec);
void clock_timer_disarm(struct clock_timer *timer);
bool clock_timer_armed(const struct clock_timer *timer);
/* For the implementations: marks the timer disarmed, then calls its function (which may re-arm or free it). */
void clock_timer_fire(struct clock_timer *timer);
struct clock_timer *clock_timer_free(struct clock_timer *timer);
DEFINE_CLEANUP(struct clock_timer *, clock_timer_free);
