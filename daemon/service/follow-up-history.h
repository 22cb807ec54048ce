/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Fills the follow-up from the history. */

#include "daemon/record/timeline.h"
#include "daemon/runner/follow-up.h"

int follow_ups_load(struct follow_ups *follow_ups, struct history *history, const struct timeline *timeline,
        uint64_t wall_usec);
