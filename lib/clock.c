/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/clock.h"

uint64_t clock_now(struct clock *clock) {
        return clock->ops->now(clock);
}

int clock_timer_new(struct clock *clock, clock_timer_fn fn, void *userdata, struct clock_timer **ret) {
        _cleanup_free_ struct clock_timer *timer = NULL;
        int r;

        timer = malloc(sizeof(*timer));
        if (!timer)
                return -ENOMEM;
        *timer = (struct clock_timer){
                .clock = clock,
                .fn = fn,
                .userdata = userdata,
                .at_usec = USEC_INFINITY,
        };

        r = clock->ops->timer_new(clock, timer);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(timer);
        return 0;
}

void clock_timer_arm(struct clock_timer *timer, uint64_t at_usec) {
        if (timer->at_usec == at_usec)
                return;
        timer->at_usec = at_usec;
        timer->clock->ops->timer_arm(timer);
}

void clock_timer_arm_in(struct clock_timer *timer, uint64_t in_usec) {
        clock_timer_arm(timer, clock_now(timer->clock) + in_usec);
}

void clock_timer_disarm(struct clock_timer *timer) {
        if (!timer || timer->at_usec == USEC_INFINITY)
                return;
        timer->at_usec = USEC_INFINITY;
        timer->clock->ops->timer_disarm(timer);
}

bool clock_timer_armed(const struct clock_timer *timer) {
        return timer && timer->at_usec != USEC_INFINITY;
}

void clock_timer_fire(struct clock_timer *timer) {
        timer->at_usec = USEC_INFINITY;
        timer->fn(timer, timer->userdata);
}

struct clock_timer *clock_timer_free(struct clock_timer *timer) {
        if (!timer)
                return NULL;
        timer->clock->ops->timer_free(timer);
        free(timer);
        return NULL;
}
