/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Retention: the oldest sessions go, whole, and a checkpoint stays from which the rest is verified. */

#include "daemon/record/history-private.h"

static int number(struct history *history, const char *sql, int64_t a, int64_t b, int64_t *ret) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history, sql, &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, a);
        (void) sqlite3_bind_int64(stmt, 2, b);
        r = sqlite3_step(stmt);
        if (r != SQLITE_ROW)
                return r == SQLITE_DONE ? -EBADMSG : history_errno(r);
        *ret = sqlite3_column_int64(stmt, 0);
        return 0;
}

/* The last event that may go: it and all before it are old enough, and the newest session stays, whose number is not to come again. */
static int find_last(struct history *history, const struct history_limit *limit, int64_t *ret) {
        int64_t old = 0, newest = 0;
        int r;

        r = number(history, "SELECT coalesce(min(seq), ?2) FROM event WHERE at_usec >= ?1",
                (int64_t) MIN(limit->before_usec, (uint64_t) INT64_MAX), (int64_t) history->head.seq, &old);
        if (r >= 0)
                r = number(history,
                        "SELECT coalesce((SELECT min(seq) FROM event WHERE session ="
                        " (SELECT max(id) FROM session) AND session > 0), ?1)",
                        (int64_t) history->head.seq, 0, &newest);
        if (r >= 0)
                *ret = MIN(MIN(old, newest), (int64_t) MIN(limit->before_seq, (uint64_t) INT64_MAX)) - 1;
        return r;
}

/* Back to where no session is cut in two. */
static int make_whole(struct history *history, int64_t first, int64_t *last) {
        int64_t cut = 0;
        int r;

        for (;;) {
                r = number(history,
                        "SELECT coalesce(min(seq), 0) FROM event WHERE seq > ?2 AND seq <= ?1 AND session > 0 AND EXISTS"
                        " (SELECT 1 FROM event AS later WHERE later.session = event.session AND later.session > 0"
                        " AND later.seq > ?1)",
                        *last, first, &cut);
                if (r < 0 || cut == 0)
                        return r;
                *last = cut - 1;
        }
}

static int execute(struct history *history, const char *sql, int64_t last) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history, sql, &stmt);
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(stmt, 1, last);
        r = sqlite3_step(stmt);
        return r == SQLITE_DONE || r == SQLITE_ROW ? 0 : history_errno(r);
}

static int remove_up_to(struct history *history, int64_t last) {
        static const char *const steps[] = {
                ("UPDATE checkpoint SET seq = ?1, chain = (SELECT chain FROM event WHERE seq = ?1), sessions = sessions +"
                 " (SELECT count(DISTINCT session) FROM event WHERE seq <= ?1 AND session > 0)"),
                "DELETE FROM session WHERE id IN (SELECT session FROM event WHERE seq <= ?1 AND session > 0)",
                "DELETE FROM event WHERE seq <= ?1",
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(steps); i++)
                r = execute(history, steps[i], last);
        return r;
}

/* The end of what goes now: so many events, or more where they are a single session. */
static int choose_last(
        struct history *history, const struct history_limit *limit, int64_t first, int64_t *ret_last) {
        int64_t end = 0, last = first;
        int r = find_last(history, limit, &end);

        for (int64_t n = MAX(limit->max_events, 1u); r >= 0 && last <= first && end > first; n *= 4) {
                last = MIN(end, first + n);
                r = make_whole(history, first, &last);
                if (first + n >= end)
                        break;
        }
        *ret_last = last;
        return r;
}

int history_prune(struct history *history, const struct history_limit *limit) {
        int64_t last = 0, first = 0;
        int r;

        r = number(history, "SELECT seq FROM checkpoint", 0, 0, &first);
        if (r >= 0)
                r = choose_last(history, limit, first, &last);
        if (r < 0 || last <= first)
                return r < 0 ? r : 0;
        r = history_begin_writing(history);
        if (r >= 0)
                r = history_end_writing(history, remove_up_to(history, last));
        return r < 0 ? r : (int) (last - first);
}
