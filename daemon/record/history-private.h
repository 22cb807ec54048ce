/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of the history: history.c opens, creates and adds, history-read.c reads and checks. */

#include <sqlite3.h>

#include "daemon/record/history.h"

struct history {
        sqlite3 *db;
        char *path;
        struct history_head head;
        uint64_t taken_from; /* the first event whose RECORD_SENT means that the link took it */
        sqlite3_stmt *add_event, *add_session, *end_session, *count_event, *set_head;
};

static inline void sqlite3_stmt_finalizep(sqlite3_stmt **stmt) {
        (void) sqlite3_finalize(*stmt);
}
#define _cleanup_stmt_ _cleanup_(sqlite3_stmt_finalizep)

/* What two of the indexes hold; a query that says just this may use them. */
#define HISTORY_IS_FEELING \
        "kind = 'target' OR (kind = 'discomfort' AND reason IN ('baseline', 'end', 'morning'))"
#define HISTORY_IS_PADS \
        "kind = 'dose' AND feature = 'estim' AND given >= 30000000 AND reason IS NOT 'calibration'"

/* The negative errno of what SQLite returned. */
int history_errno(int result);
int history_prepare(struct history *history, const char *sql, sqlite3_stmt **ret);
/* What is read between these two is of one moment. */
int history_begin_reading(struct history *history);
int history_end_reading(struct history *history);
int history_read_head(struct history *history);
/* Extends chain by an event: BLAKE2b over the hash before and every field, each with its length. */
void history_chain(uint8_t chain[static HISTORY_CHAIN_SIZE], const struct history_event *event);
