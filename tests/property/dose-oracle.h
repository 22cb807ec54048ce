/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a body may have, from the table of time and intensity limits and the requirements that docs/SAFETY.md names, and from nothing else:
 * all that was ever done, at the time when it really was, and rules that look at the whole of it each time. */

#include "lib/zones.h"

#define ORACLE_DOSES_MAX 512u

struct oracle_dose {
        unsigned session;
        const struct zone *zone;
        unsigned side; /* 0 left, 1 right */
        bool pads, trains;
        uint64_t seconds;
        uint64_t at_usec; /* its end, true time */
};

struct oracle {
        struct oracle_dose doses[ORACLE_DOSES_MAX];
        unsigned n;
};

/* That much more may be had now. */
bool oracle_allows(const struct oracle *oracle, const struct oracle_dose *planned, uint64_t now_usec);
