/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Loads what earlier daemons recorded into the ledger: doses, rests, and what runners said of them. */

#include "daemon/record/timeline.h"
#include "daemon/runner/dose-ledger.h"

/* now_usec is the timeline's moment, on the clock of lib/clock.h. For a session that its daemon did not survive, steps that had
 * begun count as done in full, since nothing else is known. */
int dose_ledger_load(struct dose_ledger *ledger, struct history *history, const struct timeline *timeline,
        int64_t now_usec);
