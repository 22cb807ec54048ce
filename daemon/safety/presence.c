/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/presence.h"

struct presence {
        struct clock_timer *timer;
        const struct presence_handler *handler;
        void *userdata;
        bool alive, asking;
};

static void on_time(struct clock_timer *timer, void *userdata) {
        struct presence *presence = userdata;

        if (!presence->asking) {
                presence->asking = true;
                clock_timer_arm_in(timer, PRESENCE_ANSWER_USEC);
                presence->handler->ask(presence->userdata);
                return;
        }
        presence_end(presence);
        presence->handler->lost(presence->userdata);
}

int presence_new(
        struct clock *clock, const struct presence_handler *handler, void *userdata, struct presence **ret) {
        _cleanup_(presence_freep) struct presence *presence = calloc(1, sizeof(*presence));
        int r;

        if (!presence)
                return -ENOMEM;
        presence->handler = handler;
        presence->userdata = userdata;
        r = clock_timer_new(clock, on_time, presence, &presence->timer);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(presence);
        return 0;
}

struct presence *presence_free(struct presence *presence) {
        if (!presence)
                return NULL;
        clock_timer_free(presence->timer);
        free(presence);
        return NULL;
}

void presence_seen(struct presence *presence) {
        presence->alive = true;
        presence->asking = false;
        clock_timer_arm_in(presence->timer, PRESENCE_ASK_USEC);
}

void presence_end(struct presence *presence) {
        presence->alive = presence->asking = false;
        clock_timer_disarm(presence->timer);
}

bool presence_is_alive(const struct presence *presence) {
        return presence->alive;
}

bool presence_is_asking(const struct presence *presence) {
        return presence->asking;
}
