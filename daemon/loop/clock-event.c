/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/clock-event.h"

#include <time.h>

/* A period of 100 ms must be kept within 2 ms, so sd-event may not coalesce wake-ups. */
#define ACCURACY_USEC 1

struct clock_event {
        struct clock base;
        sd_event *event;
};

static uint64_t event_now(struct clock *base) {
        struct timespec ts;

        /* Not the loop's cached time: a beat or a frame late in an iteration must not look early. */
        (void) clock_gettime(CLOCK_BOOTTIME, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        clock_timer_fire(userdata);
        return 0;
}

static int event_timer_new(struct clock *base, struct clock_timer *timer) {
        struct clock_event *clock = (struct clock_event *) base;
        sd_event_source *source;
        int r;

        r = sd_event_add_time(
                clock->event, &source, CLOCK_BOOTTIME, UINT64_MAX, ACCURACY_USEC, on_time, timer);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        timer->backend = source;
        return 0;
}

static void event_timer_arm(struct clock_timer *timer) {
        (void) sd_event_source_set_time(timer->backend, timer->at_usec);
        (void) sd_event_source_set_enabled(timer->backend, SD_EVENT_ONESHOT);
}

static void event_timer_disarm(struct clock_timer *timer) {
        (void) sd_event_source_set_enabled(timer->backend, SD_EVENT_OFF);
}

static void event_timer_free(struct clock_timer *timer) {
        (void) sd_event_source_disable_unref(timer->backend);
}

static const struct clock_ops event_ops = {
        .now = event_now,
        .timer_new = event_timer_new,
        .timer_arm = event_timer_arm,
        .timer_disarm = event_timer_disarm,
        .timer_free = event_timer_free,
};

int clock_event_new(sd_event *event, struct clock **ret) {
        struct clock_event *clock = malloc(sizeof(*clock));

        if (!clock)
                return -ENOMEM;
        *clock = (struct clock_event){ .base = { &event_ops }, .event = sd_event_ref(event) };
        *ret = &clock->base;
        return 0;
}

struct clock *clock_event_free(struct clock *base) {
        struct clock_event *clock = (struct clock_event *) base;

        if (!clock)
                return NULL;
        sd_event_unref(clock->event);
        free(clock);
        return NULL;
}
