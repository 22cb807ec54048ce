/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/settle.h"

struct settle {
        struct settle_settings settings;
        struct clock_timer *timer; /* the timeout */
        bool waiting;
};

static void end(struct settle *settle, bool is_so) {
        settle->waiting = false;
        clock_timer_disarm(settle->timer);
        settle->settings.over(is_so, settle->settings.userdata);
}

static void on_time(struct clock_timer *timer, void *userdata) {
        struct settle *settle = userdata;

        end(settle, settle->settings.is_so(settle->settings.userdata));
}

int settle_new(const struct settle_settings *settings, struct settle **ret) {
        _cleanup_(settle_freep) struct settle *settle = calloc(1, sizeof(*settle));
        int r;

        if (!settle)
                return -ENOMEM;
        settle->settings = *settings;
        r = clock_timer_new(settings->clock, on_time, settle, &settle->timer);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(settle);
        return 0;
}

struct settle *settle_free(struct settle *settle) {
        if (!settle)
                return NULL;
        clock_timer_free(settle->timer);
        free(settle);
        return NULL;
}

void settle_begin(struct settle *settle, uint64_t at_most_usec) {
        settle->waiting = true;
        clock_timer_arm_in(settle->timer, at_most_usec);
        settle_look(settle);
}

void settle_look(struct settle *settle) {
        if (settle && settle->waiting && settle->settings.is_so(settle->settings.userdata))
                end(settle, true);
}
