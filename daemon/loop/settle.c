/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/settle.h"

#define LOOK_USEC (10 * USEC_PER_MSEC)

struct settle {
        struct settle_settings settings;
        struct clock_timer *timer;
        uint64_t until_usec;
};

static void look(struct clock_timer *timer, void *userdata) {
        struct settle *settle = userdata;
        bool is_so = settle->settings.is_so(settle->settings.userdata);
        uint64_t now = clock_now(settle->settings.clock);

        if (is_so || now >= settle->until_usec)
                settle->settings.over(is_so, settle->settings.userdata);
        else
                clock_timer_arm(timer, MIN(now + LOOK_USEC, settle->until_usec));
}

int settle_new(const struct settle_settings *settings, struct settle **ret) {
        _cleanup_(settle_freep) struct settle *settle = calloc(1, sizeof(*settle));
        int r;

        if (!settle)
                return -ENOMEM;
        settle->settings = *settings;
        r = clock_timer_new(settings->clock, look, settle, &settle->timer);
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
        settle->until_usec = clock_now(settle->settings.clock) + at_most_usec;
        clock_timer_disarm(settle->timer);
        look(settle->timer, settle);
}
