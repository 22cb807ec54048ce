/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "daemon/runner/feeling-book.h"

struct feeling {
        uid_t runner;
        unsigned session;
        bool over;
        uint64_t at_usec;    /* last event of the session */
        uint64_t ended_usec; /* output was last on; 0: never */
        unsigned scores[_FEELING_OCCASION_MAX];
        struct feeling_part parts[FEELING_PARTS_MAX];
        unsigned n_parts;
};

struct lowered {
        uid_t runner;
        struct feeling_part part;
        unsigned by;
        uint64_t at_usec;
};

struct feeling_book {
        struct feeling *feelings; /* by session, ascending */
        size_t n_feelings;
        struct lowered *lowered;
        size_t n_lowered;
};

static const char *const occasions[_FEELING_OCCASION_MAX] = {
        [FEELING_BASELINE] = "baseline",
        [FEELING_END] = "end",
        [FEELING_MORNING] = "morning",
};

const char *feeling_occasion_to_string(enum feeling_occasion occasion) {
        return (unsigned) occasion < _FEELING_OCCASION_MAX ? occasions[occasion] : "";
}

enum feeling_occasion feeling_occasion_from_string(const char *name) {
        for (unsigned i = 0; i < _FEELING_OCCASION_MAX; i++)
                if (streq(occasions[i], name))
                        return (enum feeling_occasion) i;
        return _FEELING_OCCASION_MAX;
}

int feeling_book_new(struct feeling_book **ret) {
        struct feeling_book *book = calloc(1, sizeof(*book));

        if (!book)
                return -ENOMEM;
        *ret = book;
        return 0;
}

struct feeling_book *feeling_book_free(struct feeling_book *book) {
        if (!book)
                return NULL;
        free(book->feelings);
        free(book->lowered);
        free(book);
        return NULL;
}

uint64_t feeling_morning_after(uint64_t ended_usec) {
        time_t least = (time_t) ((ended_usec + FEELING_MORNING_LEAST_USEC) / USEC_PER_SEC), at;
        struct tm tm;

        if (!localtime_r(&least, &tm))
                return ended_usec + 24 * 3600 * USEC_PER_SEC;
        if (tm.tm_hour >= FEELING_MORNING_HOUR)
                tm.tm_mday++;
        tm.tm_hour = FEELING_MORNING_HOUR;
        tm.tm_min = tm.tm_sec = 0;
        tm.tm_isdst = -1;
        at = mktime(&tm);
        return at <= least ? (uint64_t) least * USEC_PER_SEC : (uint64_t) at * USEC_PER_SEC;
}

static bool is_old(const struct feeling *f, uint64_t now_usec) {
        return f->at_usec + FEELING_KEEP_USEC < now_usec;
}

static void forget_old(struct feeling_book *book, uint64_t now_usec) {
        size_t n = 0;

        for (size_t i = 0; i < book->n_feelings; i++)
                if (!is_old(&book->feelings[i], now_usec))
                        book->feelings[n++] = book->feelings[i];
        book->n_feelings = n;
}

/* Finds the session's entry, or adds one. */
static int find(
        struct feeling_book *book, uid_t runner, unsigned session, uint64_t now_usec, struct feeling **ret) {
        struct feeling *feelings;

        for (size_t i = book->n_feelings; i-- > 0;)
                if (book->feelings[i].session == session) {
                        book->feelings[i].at_usec = MAX(book->feelings[i].at_usec, now_usec);
                        *ret = &book->feelings[i];
                        return 0;
                }
        forget_old(book, now_usec);
        feelings = reallocarray(book->feelings, book->n_feelings + 1, sizeof(*feelings));
        if (!feelings)
                return -ENOMEM;
        book->feelings = feelings;
        feelings[book->n_feelings] = (struct feeling){
                .runner = runner,
                .session = session,
                .at_usec = now_usec,
                .scores = { DISCOMFORT_NONE, DISCOMFORT_NONE, DISCOMFORT_NONE },
        };
        *ret = &feelings[book->n_feelings++];
        return 0;
}

static bool same_part(const struct feeling_part *a, const struct feeling_part *b) {
        return a->zone == b->zone && a->side == b->side;
}

/* Adds the part unless it is there; drops it when there is no room. */
static void add_part(struct feeling_part *parts, unsigned *n, const struct feeling_part *part) {
        for (unsigned i = 0; i < *n; i++)
                if (same_part(&parts[i], part))
                        return;
        if (*n < FEELING_PARTS_MAX)
                parts[(*n)++] = *part;
}

int feeling_book_treated(struct feeling_book *book, uid_t runner, unsigned session,
        const struct feeling_part *part, uint64_t at_usec) {
        struct feeling *f;
        int r;

        r = find(book, runner, session, at_usec, &f);
        if (r < 0)
                return r;
        f->ended_usec = MAX(f->ended_usec, at_usec);
        add_part(f->parts, &f->n_parts, part);
        return 0;
}

int feeling_book_said(struct feeling_book *book, uid_t runner, unsigned session,
        enum feeling_occasion occasion, unsigned score, uint64_t at_usec) {
        struct feeling *f;
        int r;

        if (score > DISCOMFORT_MAX)
                return -EDOM;
        r = find(book, runner, session, at_usec, &f);
        if (r >= 0)
                f->scores[occasion] = score;
        return r;
}

void feeling_book_over(struct feeling_book *book, unsigned session) {
        for (size_t i = 0; i < book->n_feelings; i++)
                if (session == 0 || book->feelings[i].session == session)
                        book->feelings[i].over = true;
}

int feeling_book_set_lowered(struct feeling_book *book, uid_t runner, const struct feeling_part *part,
        unsigned lowered, uint64_t at_usec) {
        struct lowered *all;

        lowered = MIN(lowered, FEELING_LOWERED_MAX);
        for (size_t i = 0; i < book->n_lowered; i++)
                if (book->lowered[i].runner == runner && same_part(&book->lowered[i].part, part)) {
                        book->lowered[i].by = lowered;
                        book->lowered[i].at_usec = at_usec;
                        return 0;
                }
        all = reallocarray(book->lowered, book->n_lowered + 1, sizeof(*all));
        if (!all)
                return -ENOMEM;
        book->lowered = all;
        all[book->n_lowered++] = (struct lowered){ runner, *part, lowered, at_usec };
        return 0;
}

unsigned feeling_book_lowered(
        const struct feeling_book *book, uid_t runner, const struct zone *zone, enum side side) {
        unsigned by = 0;

        for (size_t i = 0; i < book->n_lowered; i++) {
                const struct lowered *l = &book->lowered[i];

                if (l->runner == runner && l->part.zone == zone && sides_meet(l->part.side, side))
                        by = MAX(by, l->by);
        }
        return by;
}

/* When the question about the session is open; false: it is not asked, or was answered. */
static bool window(
        const struct feeling *f, enum feeling_occasion occasion, uint64_t *ret_since, uint64_t *ret_until) {
        if (!f->over || f->ended_usec == 0 || f->scores[occasion] != DISCOMFORT_NONE)
                return false;
        if (occasion == FEELING_END) {
                *ret_since = f->ended_usec;
                *ret_until = f->ended_usec + FEELING_END_USEC;
        } else {
                *ret_since = feeling_morning_after(f->ended_usec);
                *ret_until = *ret_since + FEELING_MORNING_USEC;
        }
        return true;
}

static bool is_open(const struct feeling *f, uid_t runner, enum feeling_occasion occasion, uint64_t now_usec,
        uint64_t *ret_since, uint64_t *ret_until) {
        return f->runner == runner && window(f, occasion, ret_since, ret_until) && now_usec >= *ret_since &&
               now_usec < *ret_until;
}

/* One morning covers all sessions of the day before. */
static void gather_parts(const struct feeling_book *book, uid_t runner, enum feeling_occasion occasion,
        uint64_t now_usec, struct feeling_part *parts, unsigned *n) {
        uint64_t since, until;

        for (size_t i = 0; i < book->n_feelings; i++)
                if (is_open(&book->feelings[i], runner, occasion, now_usec, &since, &until))
                        for (unsigned k = 0; k < book->feelings[i].n_parts; k++)
                                add_part(parts, n, &book->feelings[i].parts[k]);
}

bool feeling_book_question(
        const struct feeling_book *book, uid_t runner, uint64_t now_usec, struct feeling_question *ret) {
        for (size_t i = book->n_feelings; i-- > 0;)
                for (enum feeling_occasion o = FEELING_END; o <= FEELING_MORNING; o++) {
                        const struct feeling *f = &book->feelings[i];
                        struct feeling_question q = { .occasion = o, .session = f->session };

                        if (!is_open(f, runner, o, now_usec, &q.since_usec, &q.until_usec))
                                continue;
                        if (o == FEELING_MORNING)
                                gather_parts(book, runner, o, now_usec, q.parts, &q.n_parts);
                        else
                                for (unsigned k = 0; k < f->n_parts; k++)
                                        add_part(q.parts, &q.n_parts, &f->parts[k]);
                        *ret = q;
                        return true;
                }
        return false;
}

/* A missing score before the session counts as 0, so that any rise is noticed. */
static bool is_bad(const struct feeling *f, unsigned score) {
        unsigned before = f->scores[FEELING_BASELINE] == DISCOMFORT_NONE ? 0 : f->scores[FEELING_BASELINE];

        return score >= FEELING_BAD_SCORE || score > before + FEELING_BAD_RISE;
}

/* Sets the part's target after a morning: one level lower for each bad one in a row, reset after a good one. */
static int set_aim(struct feeling_book *book, uid_t runner, const struct feeling_part *part, bool bad,
        uint64_t now_usec, struct feeling_result *result) {
        unsigned before = feeling_book_lowered(book, runner, part->zone, part->side);
        unsigned by = bad ? MIN(before + 1, FEELING_LOWERED_MAX) : 0;

        for (unsigned i = 0; i < result->n_parts; i++)
                if (same_part(&result->parts[i], part))
                        return 0;
        if ((by == 0 && before == 0) || result->n_parts == FEELING_PARTS_MAX)
                return 0;
        result->parts[result->n_parts] = *part;
        result->lowered[result->n_parts++] = by;
        return feeling_book_set_lowered(book, runner, part, by, now_usec);
}

int feeling_book_answer(struct feeling_book *book, uid_t runner, unsigned session,
        enum feeling_occasion occasion, unsigned score, uint64_t now_usec, struct feeling_result *ret) {
        struct feeling_result result = {};
        struct feeling_question asked;
        int r = 0;

        if (score > DISCOMFORT_MAX)
                return -EDOM;
        if (!feeling_book_question(book, runner, now_usec, &asked) || asked.session != session ||
                asked.occasion != occasion)
                return -ENOENT;
        for (size_t i = 0; i < book->n_feelings; i++) {
                struct feeling *f = &book->feelings[i];
                uint64_t since, until;

                if (!is_open(f, runner, occasion, now_usec, &since, &until) ||
                        (occasion == FEELING_END && f->session != session) ||
                        result.n_sessions == ARRAY_SIZE(result.sessions))
                        continue;
                result.bad |= occasion == FEELING_MORNING && is_bad(f, score);
                result.sessions[result.n_sessions++] = f->session;
        }
        for (unsigned k = 0; r >= 0 && occasion == FEELING_MORNING && k < asked.n_parts; k++)
                r = set_aim(book, runner, &asked.parts[k], result.bad, now_usec, &result);
        for (unsigned i = 0; r >= 0 && i < result.n_sessions; i++)
                r = feeling_book_said(book, runner, result.sessions[i], occasion, score, now_usec);
        if (r < 0)
                return r;
        *ret = result;
        return 0;
}

uint64_t feeling_book_next(const struct feeling_book *book, uint64_t now_usec, uid_t *ret_runner) {
        uint64_t next = USEC_INFINITY, since, until;

        for (size_t i = 0; i < book->n_feelings; i++) {
                const struct feeling *f = &book->feelings[i];

                if (!window(f, FEELING_MORNING, &since, &until) || since <= now_usec || since >= next)
                        continue;
                next = since;
                *ret_runner = f->runner;
        }
        return next;
}
