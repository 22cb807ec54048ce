/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/virtual/virtual-clock.h"

/* Timers that keep re-arming themselves for the present moment would hang the daemon: here they end the test. */
#define FIRED_AT_ONE_MOMENT_MAX 10000u

/* Not 0: code that takes 0 for "never" must not be helped by a clock that begins there. */
#define BEGINS_USEC (1000 * USEC_PER_SEC)

struct virtual_timer {
        struct clock_timer *timer;
        uint64_t order; /* of arming */
        struct virtual_timer *next;
};

struct virtual_clock {
        struct clock base;
        uint64_t now_usec;
        uint64_t order;
        unsigned fired; /* at now_usec */
        uint64_t late_max_usec, seed;
        struct virtual_timer *timers;
};

static struct virtual_clock *of(struct clock *base) {
        return (struct virtual_clock *) base;
}

static uint64_t clock_op_now(struct clock *base) {
        return of(base)->now_usec;
}

static int clock_op_timer_new(struct clock *base, struct clock_timer *timer) {
        struct virtual_clock *clock = of(base);
        struct virtual_timer *t = calloc(1, sizeof(*t));

        if (!t)
                return -ENOMEM;
        t->timer = timer;
        t->next = clock->timers;
        clock->timers = t;
        timer->backend = t;
        return 0;
}

static void clock_op_timer_arm(struct clock_timer *timer) {
        ((struct virtual_timer *) timer->backend)->order = ++of(timer->clock)->order;
}

static void clock_op_timer_disarm(struct clock_timer *timer) {}

static void clock_op_timer_free(struct clock_timer *timer) {
        struct virtual_timer **t = &of(timer->clock)->timers;

        while (*t != timer->backend)
                t = &(*t)->next;
        *t = (*t)->next;
        free(timer->backend);
}

static const struct clock_ops ops = {
        .now = clock_op_now,
        .timer_new = clock_op_timer_new,
        .timer_arm = clock_op_timer_arm,
        .timer_disarm = clock_op_timer_disarm,
        .timer_free = clock_op_timer_free,
};

struct virtual_clock *virtual_clock_new(void) {
        struct virtual_clock *clock = calloc(1, sizeof(*clock));

        if (!clock)
                abort();
        clock->base.ops = &ops;
        clock->now_usec = BEGINS_USEC;
        return clock;
}

struct virtual_clock *virtual_clock_free(struct virtual_clock *clock) {
        /* Whoever made a timer frees it first. */
        if (clock && clock->timers)
                abort();
        free(clock);
        return NULL;
}

struct clock *virtual_clock_base(struct virtual_clock *clock) {
        return &clock->base;
}

uint64_t virtual_clock_now(const struct virtual_clock *clock) {
        return clock->now_usec;
}

static bool is_before(const struct virtual_timer *a, const struct virtual_timer *b) {
        if (a->timer->at_usec != b->timer->at_usec)
                return a->timer->at_usec < b->timer->at_usec;
        return a->order < b->order;
}

static struct virtual_timer *next_timer(const struct virtual_clock *clock) {
        struct virtual_timer *next = NULL;

        for (struct virtual_timer *t = clock->timers; t; t = t->next)
                if (clock_timer_armed(t->timer) && (!next || is_before(t, next)))
                        next = t;
        return next;
}

static void set_now(struct virtual_clock *clock, uint64_t now) {
        if (now <= clock->now_usec)
                return;
        clock->now_usec = now;
        clock->fired = 0;
}

void virtual_clock_set_lateness(struct virtual_clock *clock, uint64_t max_usec, uint64_t seed) {
        clock->late_max_usec = max_usec;
        clock->seed = seed;
}

static uint64_t lateness(struct virtual_clock *clock) {
        clock->seed = clock->seed * UINT64_C(6364136223846793005) +
                      UINT64_C(1442695040888963407); /* Knuth's MMIX */
        return clock->late_max_usec > 0 ? (clock->seed >> 33) % (clock->late_max_usec + 1) : 0;
}

/* Fires the next timer if it is due by at_usec. */
static bool fire_next(struct virtual_clock *clock, uint64_t at_usec) {
        struct virtual_timer *next = next_timer(clock);

        if (!next || next->timer->at_usec > at_usec)
                return false;
        set_now(clock, next->timer->at_usec + lateness(clock));
        if (++clock->fired > FIRED_AT_ONE_MOMENT_MAX) {
                fprintf(stderr, "a timer re-arms itself for ever at %llu us\n",
                        (unsigned long long) clock->now_usec);
                abort();
        }
        clock_timer_fire(next->timer);
        return true;
}

void virtual_clock_advance_to(struct virtual_clock *clock, uint64_t at_usec) {
        while (fire_next(clock, at_usec))
                ;
        set_now(clock, at_usec);
}

void virtual_clock_advance(struct virtual_clock *clock, uint64_t by_usec) {
        virtual_clock_advance_to(clock, clock->now_usec + by_usec);
}

void virtual_clock_oversleep(struct virtual_clock *clock, uint64_t by_usec) {
        set_now(clock, clock->now_usec + by_usec);
}

bool virtual_clock_run_until(struct virtual_clock *clock, bool (*condition)(void *userdata), void *userdata,
        uint64_t at_most_usec) {
        uint64_t end = clock->now_usec + at_most_usec;

        while (!condition(userdata))
                if (!fire_next(clock, end)) {
                        set_now(clock, end);
                        return condition(userdata);
                }
        return true;
}

unsigned virtual_clock_armed(const struct virtual_clock *clock) {
        unsigned n = 0;

        for (const struct virtual_timer *t = clock->timers; t; t = t->next)
                n += clock_timer_armed(t->timer);
        return n;
}
