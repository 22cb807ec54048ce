/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A battery that loses one percent per percent_usec of running time. */

#include "lib/clock.h"
#include "lib/macros.h"

struct battery {
        unsigned percent;
        uint64_t percent_usec; /* running time that one percent lasts */
        uint64_t used_usec;    /* used of the current percent */
};

/* The product ran for usec. Returns true when the level changed. */
static inline bool battery_drain(struct battery *battery, uint64_t usec) {
        unsigned before = battery->percent;

        battery->used_usec += usec;
        while (battery->percent > 0 && battery->used_usec >= battery->percent_usec) {
                battery->used_usec -= battery->percent_usec;
                battery->percent--;
        }
        return battery->percent != before;
}

/* Running time until the level changes next. */
static inline uint64_t battery_left_usec(const struct battery *battery) {
        return battery->percent > 0 ? battery->percent_usec - battery->used_usec : USEC_INFINITY;
}

/* Returns -ERANGE, 1 when the level changed, or 0 when it was the same. */
static inline int battery_set(struct battery *battery, int percent) {
        if (percent < 0 || percent > 100)
                return -ERANGE;
        battery->used_usec = 0;
        if (battery->percent == (unsigned) percent)
                return 0;
        battery->percent = (unsigned) percent;
        return 1;
}
