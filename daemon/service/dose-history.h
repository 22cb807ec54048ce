/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Loads the doses of earlier daemons in the last day into the ledger. */

#include "daemon/record/history.h"
#include "daemon/runner/dose-ledger.h"

/* wall_usec and now_usec are the same moment, in wall time and on the clock of lib/clock.h. For a session that its daemon
 * did not survive, steps that had begun count as done in full, since nothing else is known. */
int dose_ledger_load(
        struct dose_ledger *ledger, struct history *history, uint64_t wall_usec, int64_t now_usec);
