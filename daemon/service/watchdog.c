/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/watchdog.h"

struct watchdog {
        int (*notify)(const char *state);
        struct clock_timer *timer;
        unsigned outputs;
        bool told; /* the service manager was told to watch */
};

static void tell(struct watchdog *watchdog) {
        char text[64];

        /* A lost message is repeated in full with the next beat. */
        (void) snprintf(text, sizeof(text), "WATCHDOG_USEC=%llu\nWATCHDOG=1",
                (unsigned long long) WATCHDOG_TIMEOUT_USEC);
        if (watchdog->notify(watchdog->told ? "WATCHDOG=1" : text) >= 0)
                watchdog->told = true;
        clock_timer_arm_in(watchdog->timer, WATCHDOG_PERIOD_USEC);
}

static void on_time(struct clock_timer *timer, void *userdata) {
        tell(userdata);
}

int watchdog_new(struct clock *clock, int (*notify)(const char *state), struct watchdog **ret) {
        _cleanup_(watchdog_freep) struct watchdog *watchdog = calloc(1, sizeof(*watchdog));
        int r;

        if (!watchdog)
                return -ENOMEM;
        watchdog->notify = notify;
        r = clock_timer_new(clock, on_time, watchdog, &watchdog->timer);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(watchdog);
        return 0;
}

struct watchdog *watchdog_free(struct watchdog *watchdog) {
        if (!watchdog)
                return NULL;
        clock_timer_free(watchdog->timer);
        free(watchdog);
        return NULL;
}

void watchdog_output(struct watchdog *watchdog, bool on) {
        if (on && watchdog->outputs++ == 0) {
                watchdog->told = false;
                tell(watchdog);
        } else if (!on && watchdog->outputs > 0 && --watchdog->outputs == 0) {
                clock_timer_disarm(watchdog->timer);
                (void) watchdog->notify("WATCHDOG_USEC=0");
        }
}
