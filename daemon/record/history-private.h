/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to history.c (open, create, append) and history-read.c (read, check). */

#include <sqlite3.h>

#include "daemon/record/history.h"

struct history {
        sqlite3 *db;
        char *path;
        struct history_head head;
        uint64_t taken_from; /* the first event whose RECORD_SENT means that the link took the level */
        sqlite3_stmt *add_event, *add_session, *end_session, *count_event, *set_head;
};

static inline void sqlite3_stmt_finalizep(sqlite3_stmt **stmt) {
        (void) sqlite3_finalize(*stmt);
}
#define _cleanup_stmt_ _cleanup_(sqlite3_stmt_finalizep)

/* Conditions of two partial indexes; only queries with the same condition can use them. */
#define HISTORY_IS_FOLLOW_UP \
        "kind = 'target' OR (kind = 'discomfort' AND reason IN ('baseline', 'end', 'morning'))"
#define HISTORY_IS_PADS_OF(usec) \
        "kind = 'dose' AND feature = 'estim' AND given >= " usec " AND reason IS NOT 'calibration'"
/* DOSE_LEDGER_TREATED_USEC */
#define HISTORY_IS_PADS HISTORY_IS_PADS_OF("29000000")

/* Converts an SQLite result to a negative errno. */
int history_errno(int result);
int history_prepare(struct history *history, const char *sql, sqlite3_stmt **ret);
/* Reads between these two see one snapshot. */
int history_begin_reading(struct history *history);
int history_end_reading(struct history *history);
/* Writes between these two are kept as a whole, or (r < 0) not at all. */
int history_begin_writing(struct history *history);
int history_end_writing(struct history *history, int r);
int history_read_head(struct history *history);
/* Extends chain by an event: BLAKE2b over the previous hash and every field, each with its length. */
void history_chain(uint8_t chain[static HISTORY_CHAIN_SIZE], const struct history_event *event);
