/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/runner/dose-time.h"

struct dose_time dose_time_later(struct dose_time a, struct dose_time b) {
        return b.usec >= a.usec ? b : a;
}

uint64_t dose_time_age(int64_t at_usec, int64_t now_usec) {
        return at_usec < now_usec ? (uint64_t) (now_usec - at_usec) : 0;
}

uint64_t dose_time_left(uint64_t whole_usec, int64_t since_usec, int64_t now_usec) {
        uint64_t gone = dose_time_age(since_usec, now_usec);

        return gone < whole_usec ? whole_usec - gone : 0;
}

void dose_time_settle(struct dose_time *at, uint64_t wall_usec, int64_t now_usec) {
        int64_t usec;

        if (at->wall_usec == 0)
                return;
        /* It lies ahead: one of the two clocks was wrong. */
        if (at->wall_usec > wall_usec) {
                if (!at->may_be_earlier)
                        at->usec = at->latest_usec;
                at->may_be_earlier = true;
                at->wall_usec = 0;
                return;
        }
        usec = MIN(now_usec - (int64_t) (wall_usec - at->wall_usec), at->latest_usec);
        at->usec = at->may_be_earlier ? usec : MAX(usec, at->usec);
        at->may_be_earlier = false;
}

bool dose_time_believe(struct dose_time *ended, uint64_t ago_usec, struct dose_time said) {
        if (!ended->may_be_earlier || ended->run >= said.run)
                return false;
        ended->usec = MIN(ended->usec, said.usec - (int64_t) ago_usec);
        ended->may_be_earlier = said.may_be_earlier;
        return true;
}
