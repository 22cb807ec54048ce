/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/lease.h"

struct lease {
        struct clock *clock;
        struct clock_timer *timer;
        void (*lost)(enum lease_loss loss, void *userdata);
        void *userdata;
        char *holder;
        uint64_t beat_usec; /* last beat; 0: none yet */
        uint64_t grace_usec;
        unsigned disagreements;
        bool watched;
};

static uint64_t expiry_of(const struct lease *lease) {
        return lease->beat_usec + LEASE_BEAT_USEC + lease->grace_usec;
}

/* Only while watched: beat intervals do not matter during a pause. */
static void update_grace(struct lease *lease, uint64_t now) {
        uint64_t gap = now - lease->beat_usec;

        if (!lease->watched)
                lease->grace_usec = LEASE_GRACE_USEC;
        else if (gap > LEASE_BEAT_USEC)
                lease->grace_usec -= MIN(lease->grace_usec, gap - LEASE_BEAT_USEC);
        else
                lease->grace_usec = MIN(LEASE_GRACE_USEC, lease->grace_usec + gap / 4);
}

static void on_silence(struct clock_timer *timer, void *userdata) {
        struct lease *lease = userdata;

        lease->watched = false;
        lease->lost(LEASE_SILENT, lease->userdata);
}

int lease_new(struct clock *clock, void (*lost)(enum lease_loss loss, void *userdata), void *userdata,
        struct lease **ret) {
        _cleanup_(lease_freep) struct lease *lease = calloc(1, sizeof(*lease));
        int r;

        if (!lease)
                return -ENOMEM;
        lease->clock = clock;
        lease->lost = lost;
        lease->userdata = userdata;
        r = clock_timer_new(clock, on_silence, lease, &lease->timer);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(lease);
        return 0;
}

struct lease *lease_free(struct lease *lease) {
        if (!lease)
                return NULL;
        clock_timer_free(lease->timer);
        free(lease->holder);
        free(lease);
        return NULL;
}

int lease_take(struct lease *lease, const char *holder) {
        int r;

        r = free_and_strdup(&lease->holder, holder);
        if (r < 0)
                return r;
        lease->beat_usec = 0;
        lease->disagreements = 0;
        return 0;
}

void lease_drop(struct lease *lease) {
        lease_watch(lease, false);
        (void) free_and_strdup(&lease->holder, NULL);
}

const char *lease_holder(const struct lease *lease) {
        return strnull(lease->holder);
}

int lease_beat(struct lease *lease, const char *sender, bool agrees) {
        if (!lease->holder || !streq(lease->holder, sender))
                return -EPERM;

        lease->disagreements = agrees ? 0 : lease->disagreements + 1;
        if (lease->disagreements >= LEASE_DISAGREEMENTS_MAX) {
                lease->disagreements = 0;
                if (lease->watched) {
                        lease_watch(lease, false);
                        lease->lost(LEASE_DISAGREED, lease->userdata);
                        return 0;
                }
        }
        /* A beat after expiry but before the timer ran (the machine slept) does not revive the lease. */
        if (lease->watched && !lease_is_alive(lease)) {
                lease_watch(lease, false);
                lease->lost(LEASE_SILENT, lease->userdata);
                return 0;
        }
        update_grace(lease, clock_now(lease->clock));
        lease->beat_usec = clock_now(lease->clock);
        if (lease->watched)
                clock_timer_arm(lease->timer, expiry_of(lease));
        return 0;
}

void lease_holder_gone(struct lease *lease, const char *name) {
        if (!lease->holder || !streq(lease->holder, name))
                return;
        lease_drop(lease);
        lease->lost(LEASE_HOLDER_GONE, lease->userdata);
}

bool lease_is_alive(const struct lease *lease) {
        return lease->holder && lease->beat_usec > 0 && clock_now(lease->clock) < expiry_of(lease);
}

void lease_watch(struct lease *lease, bool on) {
        lease->watched = on;
        if (on)
                clock_timer_arm(lease->timer, expiry_of(lease));
        else
                clock_timer_disarm(lease->timer);
}
