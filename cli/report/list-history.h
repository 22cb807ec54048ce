/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The history as tables: sessions, the head of one, and its events. Programs read the column keys (limber(1), HISTORY):
 * never rename them, only add. All return NULL when there is no memory. */

#include "cli/bus/infos-history.h"
#include "cli/bus/objects.h"
#include "cli/term/table.h"

/* objects lists the sessions that limberd still has, so that these are not shown as having no end; may be NULL when all have
 * ended. */
struct table *list_history_table(const struct history_infos *infos, const struct objects *objects);
/* runner is the local name of that user, NULL when unknown. */
struct table *list_history_head(
        const struct history_session_info *session, const struct objects *objects, const char *runner);
/* Devices are shown by their current labels, as far as objects has them. */
struct table *list_history_events(const struct history_infos *infos,
        const struct history_session_info *session, const struct objects *objects);

/* How and why it ended: "the routine is complete", "not ended yet". */
const char *list_history_end(const struct history_session_info *session, const struct objects *objects);
