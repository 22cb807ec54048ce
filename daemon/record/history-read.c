/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/record/history-private.h"

static const char *text_of(sqlite3_stmt *stmt, int column) {
        return (const char *) sqlite3_column_text(stmt, column);
}

#define SESSION_COLUMNS \
        "id, runner, routine, began_usec, ended_usec, reason, events, began_up_usec, lasted_usec"

static void read_session(sqlite3_stmt *stmt, struct history_session *ret) {
        *ret = (struct history_session){
                .id = (unsigned) sqlite3_column_int64(stmt, 0),
                .runner = (uid_t) sqlite3_column_int64(stmt, 1),
                .routine = text_of(stmt, 2),
                .began_usec = (uint64_t) sqlite3_column_int64(stmt, 3),
                .ended_usec = (uint64_t) sqlite3_column_int64(stmt, 4),
                .reason = text_of(stmt, 5),
                .events = (uint64_t) sqlite3_column_int64(stmt, 6),
                .began_up_usec = (uint64_t) sqlite3_column_int64(stmt, 7),
                .lasted_usec = (uint64_t) sqlite3_column_int64(stmt, 8),
        };
}

static int each_session(sqlite3_stmt *stmt, int (*fn)(const struct history_session *session, void *userdata),
        void *userdata) {
        struct history_session session;
        int r, n = 0;

        while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
                read_session(stmt, &session);
                r = fn(&session, userdata);
                if (r < 0)
                        return r;
                n++;
        }
        return r == SQLITE_DONE ? n : history_errno(r);
}

int history_sessions(struct history *history, const struct history_query *query,
        int (*fn)(const struct history_session *session, void *userdata), void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history,
                "SELECT " SESSION_COLUMNS " FROM session"
                " WHERE began_usec >= ?1 AND (?2 OR runner = ?3) AND (ended_usec = 0 OR NOT ?4)"
                " AND (?6 = 0 OR id = ?6)"
                " ORDER BY id DESC LIMIT ?5",
                &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, (int64_t) MIN(query->since_usec, (uint64_t) INT64_MAX));
        (void) sqlite3_bind_int(stmt, 2, query->any_runner);
        (void) sqlite3_bind_int64(stmt, 3, query->runner);
        (void) sqlite3_bind_int(stmt, 4, query->without_end);
        (void) sqlite3_bind_int64(stmt, 5, query->limit > 0 ? (int64_t) query->limit : -1);
        (void) sqlite3_bind_int64(stmt, 6, query->session);
        r = each_session(stmt, fn, userdata);
        return r < 0 ? r : 0;
}

int history_session(struct history *history, unsigned id,
        int (*fn)(const struct history_session *session, void *userdata), void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history, "SELECT " SESSION_COLUMNS " FROM session WHERE id = ?1", &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, id);
        r = each_session(stmt, fn, userdata);
        return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

#define EVENT_COLUMNS \
        "seq, session, at_usec, kind, runner, routine, device, feature, zone, side, asked, given, reason, text, unit, up_usec"
#define EVENT_N_COLUMNS 16

static void read_event(sqlite3_stmt *stmt, struct history_event *ret) {
        *ret = (struct history_event){
                .seq = (uint64_t) sqlite3_column_int64(stmt, 0),
                .at_usec = (uint64_t) sqlite3_column_int64(stmt, 2),
                .up_usec = (uint64_t) sqlite3_column_int64(stmt, 15),
                .entry = {
                        .kind = record_kind_from_string(strnull(text_of(stmt, 3))),
                        .session = (unsigned) sqlite3_column_int64(stmt, 1),
                        .runner = (uid_t) sqlite3_column_int64(stmt, 4),
                        .routine = text_of(stmt, 5),
                        .device = text_of(stmt, 6),
                        .feature = text_of(stmt, 7),
                        .zone = text_of(stmt, 8),
                        .side = text_of(stmt, 9),
                        .asked = sqlite3_column_int64(stmt, 10),
                        .given = sqlite3_column_int64(stmt, 11),
                        .reason = text_of(stmt, 12),
                        .text = text_of(stmt, 13),
                        .unit = text_of(stmt, 14),
                },
        };
}

/* What an event is called today. Rows keep their name, which is part of the hash chain. */
static enum record_kind kind_today(const struct history *history, const struct history_event *event) {
        switch (event->entry.kind) {
        case RECORD_SENT:
                return event->seq < history->taken_from ? RECORD_QUEUED : RECORD_SENT;
        case RECORD_UNENDED:
                return RECORD_ABANDONED;
        case RECORD_NONSENSE:
                return RECORD_MALFORMED;
        default:
                return event->entry.kind;
        }
}

static int each_event(struct history *history, sqlite3_stmt *stmt,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata) {
        struct history_event event;
        int r;

        while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
                read_event(stmt, &event);
                event.entry.kind = kind_today(history, &event);
                r = fn(&event, userdata);
                if (r < 0)
                        return r;
        }
        return r == SQLITE_DONE ? 0 : history_errno(r);
}

int history_clocks(struct history *history, int (*fn)(const struct history_event *event, void *userdata),
        void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history,
                "SELECT " EVENT_COLUMNS
                " FROM event INDEXED BY event_clock WHERE kind = 'clock' ORDER BY seq",
                &stmt);
        return r < 0 ? r : each_event(history, stmt, fn, userdata);
}

int history_up_before(struct history *history, uint64_t seq, uint64_t *ret_up_usec) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(
                history, "SELECT up_usec FROM event WHERE seq < ?1 ORDER BY seq DESC LIMIT 1", &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, (int64_t) MIN(seq, (uint64_t) INT64_MAX));
        r = sqlite3_step(stmt);
        if (r != SQLITE_ROW && r != SQLITE_DONE)
                return history_errno(r);
        *ret_up_usec = r == SQLITE_ROW ? (uint64_t) sqlite3_column_int64(stmt, 0) : 0;
        return 0;
}

int history_seq_at_up(struct history *history, uint64_t since_seq, uint64_t up_usec, uint64_t *ret_seq) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history,
                "SELECT seq FROM event WHERE seq >= ?1 AND up_usec >= ?2 ORDER BY seq LIMIT 1", &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, (int64_t) MIN(since_seq, (uint64_t) INT64_MAX));
        (void) sqlite3_bind_int64(stmt, 2, (int64_t) MIN(up_usec, (uint64_t) INT64_MAX));
        r = sqlite3_step(stmt);
        if (r != SQLITE_ROW && r != SQLITE_DONE)
                return history_errno(r);
        *ret_seq =
                r == SQLITE_ROW ? (uint64_t) sqlite3_column_int64(stmt, 0) : history_head(history)->seq + 1;
        return 0;
}

int history_doses(struct history *history, uint64_t since_seq,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history,
                "SELECT " EVENT_COLUMNS " FROM event INDEXED BY event_dose"
                " WHERE kind IN ('step', 'dose', 'rest') AND seq >= ?1"
                " ORDER BY seq",
                &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, (int64_t) since_seq);
        return each_event(history, stmt, fn, userdata);
}

int history_follow_ups(struct history *history, uint64_t since_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history,
                "SELECT " EVENT_COLUMNS " FROM event INDEXED BY event_feeling"
                " WHERE (" HISTORY_IS_FOLLOW_UP ") AND at_usec >= ?1 ORDER BY seq",
                &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, (int64_t) since_usec);
        return each_event(history, stmt, fn, userdata);
}

int history_events(struct history *history, unsigned session,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history,
                "SELECT " EVENT_COLUMNS " FROM event WHERE session = ?1 AND session > 0 ORDER BY seq",
                &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, session);
        return each_event(history, stmt, fn, userdata);
}

int history_done(struct history *history, uint64_t since_seq, uint64_t output_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        /* Of each session the last event of its own: not the answers of the next morning, nor the next start of a limberd that died. */
        r = history_prepare(history,
                "SELECT session.runner, session.routine, event.seq, event.at_usec, event.up_usec"
                " FROM session JOIN event ON event.seq ="
                " (SELECT max(seq) FROM event WHERE event.session = session.id AND session > 0"
                " AND kind NOT IN ('abandoned', 'unended') AND (" HISTORY_IS_FOLLOW_UP ") IS NOT TRUE)"
                " WHERE event.seq >= ?1 AND (session.reason = 'completed' OR ?2 <="
                " (SELECT coalesce(sum(given), 0) FROM event WHERE event.session = session.id AND session > 0"
                " AND kind = 'dose' AND event.reason IS NOT 'calibration')"
                /* Nobody knows how long the last step of such a session went on. */
                " OR (ended_usec = 0 OR session.reason = 'daemon-died') AND EXISTS (SELECT 1 FROM event"
                " WHERE event.session = session.id AND session > 0 AND kind = 'step' AND feature <> ''"
                " AND event.reason IS NOT 'calibration'))"
                " ORDER BY event.seq",
                &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, (int64_t) since_seq);
        (void) sqlite3_bind_int64(stmt, 2, (int64_t) output_usec);
        while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
                struct history_event event = {
                        .seq = (uint64_t) sqlite3_column_int64(stmt, 2),
                        .at_usec = (uint64_t) sqlite3_column_int64(stmt, 3),
                        .up_usec = (uint64_t) sqlite3_column_int64(stmt, 4),
                        .entry = { .runner = (uid_t) sqlite3_column_int64(stmt, 0),
                                .routine = strnull(text_of(stmt, 1)) },
                };

                r = fn(&event, userdata);
                if (r < 0)
                        return r;
        }
        return r == SQLITE_DONE ? 0 : history_errno(r);
}

int history_pads(struct history *history,
        int (*fn)(uid_t runner, unsigned sessions, unsigned last_session, void *userdata), void *userdata) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history,
                "SELECT runner, count(DISTINCT session), max(session) FROM event INDEXED BY event_pads"
                " WHERE " HISTORY_IS_PADS " GROUP BY runner",
                &stmt);
        if (r < 0)
                return r;
        while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
                r = fn((uid_t) sqlite3_column_int64(stmt, 0), (unsigned) sqlite3_column_int64(stmt, 1),
                        (unsigned) sqlite3_column_int64(stmt, 2), userdata);
                if (r < 0)
                        return r;
        }
        return r == SQLITE_DONE ? 0 : history_errno(r);
}

static bool is_next(sqlite3_stmt *stmt, uint64_t seq, uint8_t chain[static HISTORY_CHAIN_SIZE]) {
        struct history_event event;

        read_event(stmt, &event);
        if (event.seq != seq || event.entry.kind == _RECORD_KIND_MAX)
                return false;
        history_chain(chain, &event);
        return sqlite3_column_bytes(stmt, EVENT_N_COLUMNS) == HISTORY_CHAIN_SIZE &&
               memcmp(sqlite3_column_blob(stmt, EVENT_N_COLUMNS), chain, HISTORY_CHAIN_SIZE) == 0;
}

/* Where the chain begins: at nothing, or behind what was removed. */
static int read_checkpoint(
        struct history *history, uint64_t *ret_seq, uint8_t chain[static HISTORY_CHAIN_SIZE]) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r = history_prepare(history, "SELECT seq, chain FROM checkpoint", &stmt);

        if (r < 0)
                return r;
        if (sqlite3_step(stmt) != SQLITE_ROW || sqlite3_column_bytes(stmt, 1) != HISTORY_CHAIN_SIZE)
                return -EBADMSG;
        *ret_seq = (uint64_t) sqlite3_column_int64(stmt, 0);
        memcpy(chain, sqlite3_column_blob(stmt, 1), HISTORY_CHAIN_SIZE);
        return 0;
}

/* Walks from the first event to the head; *ret_seq as in history_check(). */
static int walk(struct history *history, uint64_t *ret_seq) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        uint8_t chain[HISTORY_CHAIN_SIZE] = {};
        uint64_t seq = 0;
        int r;

        r = read_checkpoint(history, &seq, chain);
        if (r < 0)
                return r;
        seq++;
        r = history_prepare(history, "SELECT " EVENT_COLUMNS ", chain FROM event ORDER BY seq", &stmt);
        if (r < 0)
                return r;
        for (; (r = sqlite3_step(stmt)) == SQLITE_ROW; seq++)
                if (!is_next(stmt, seq, chain)) {
                        *ret_seq = seq;
                        return -EBADMSG;
                }
        if (r != SQLITE_DONE)
                return history_errno(r);
        if (seq - 1 != history->head.seq || memcmp(chain, history->head.chain, HISTORY_CHAIN_SIZE) != 0) {
                *ret_seq = seq;
                return -EBADMSG;
        }
        return 0;
}

int history_check(struct history *history, uint64_t *ret_seq) {
        struct history_head head = history->head;
        int r;

        r = history_begin_reading(history);
        if (r < 0)
                return r;
        r = history_read_head(history);
        if (r >= 0)
                r = walk(history, ret_seq);
        else if (r == -EBADMSG)
                *ret_seq = head.seq;
        (void) history_end_reading(history);
        history->head = head;
        return r;
}
