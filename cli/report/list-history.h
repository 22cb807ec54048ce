/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What limberd has kept, as tables: sessions, the head of one, and its events. The columns' keys are what programs read
 * (limber(1), HISTORY): never renamed, only added to. All return NULL when there is no memory. */

#include "cli/bus/infos-history.h"
#include "cli/bus/objects.h"
#include "cli/term/table.h"

/* objects says which sessions limberd still has, so that these are not taken for such that never ended; it may be NULL
 * when all have ended. */
struct table *list_history_table(const struct history_infos *infos, const struct objects *objects);
/* runner is what that user is called here, NULL when that is not known. */
struct table *list_history_head(
        const struct history_session_info *session, const struct objects *objects, const char *runner);
/* Devices are called what they are called now, as far as objects has them. */
struct table *list_history_events(const struct history_infos *infos,
        const struct history_session_info *session, const struct objects *objects);

/* How it ended, and why: "the routine is complete", "not ended yet". */
const char *list_history_end(const struct history_session_info *session, const struct objects *objects);
