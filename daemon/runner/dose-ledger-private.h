/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to dose-ledger.c (what is known) and dose-rule.c (what follows from it). */

#include "daemon/runner/dose-ledger.h"

struct rest {
        uid_t runner;
        char *routine;
        const struct zone *zone;
        enum side side;
        struct dose_time at;
};

/* When a runner last did a routine. */
struct done {
        uid_t runner;
        char *routine;
        struct dose_time ended;
};

/* Sessions with pads of one runner. */
struct pads {
        uid_t runner;
        unsigned sessions, last_session;
};

struct dose_ledger {
        struct pads *pads;
        size_t n_pads;
        struct zone_dose *doses; /* in the order of their ends */
        size_t n_doses;
        struct rest *rests;
        size_t n_rests;
        struct done *done;
        size_t n_done;
};

/* When that runner last did that routine, or NULL. */
struct done *dose_ledger_find_done(const struct dose_ledger *ledger, uid_t runner, const char *routine);
