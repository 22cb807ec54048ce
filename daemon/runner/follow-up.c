/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "daemon/runner/follow-up.h"

struct follow_up {
        uid_t runner;
        unsigned session;
        bool over;
        uint64_t at_usec;    /* last event of the session */
        uint64_t ended_usec; /* output was last on; 0: never */
        unsigned scores[_FOLLOW_UP_OCCASION_MAX];
        struct follow_up_part parts[FOLLOW_UP_PARTS_MAX];
        unsigned n_parts;
};

struct lowered {
        uid_t runner;
        struct follow_up_part part;
        unsigned by;
        uint64_t at_usec;
};

struct follow_ups {
        struct follow_up *items; /* by session, ascending */
        size_t n_items;
        struct lowered *lowered;
        size_t n_lowered;
};

static const char *const occasions[_FOLLOW_UP_OCCASION_MAX] = {
        [FOLLOW_UP_BASELINE] = "baseline",
        [FOLLOW_UP_END] = "end",
        [FOLLOW_UP_MORNING] = "morning",
};

const char *follow_up_occasion_to_string(enum follow_up_occasion occasion) {
        return (unsigned) occasion < _FOLLOW_UP_OCCASION_MAX ? occasions[occasion] : "";
}

enum follow_up_occasion follow_up_occasion_from_string(const char *name) {
        for (unsigned i = 0; i < _FOLLOW_UP_OCCASION_MAX; i++)
                if (streq(occasions[i], name))
                        return (enum follow_up_occasion) i;
        return _FOLLOW_UP_OCCASION_MAX;
}

int follow_ups_new(struct follow_ups **ret) {
        struct follow_ups *follow_ups = calloc(1, sizeof(*follow_ups));

        if (!follow_ups)
                return -ENOMEM;
        *ret = follow_ups;
        return 0;
}

struct follow_ups *follow_ups_free(struct follow_ups *follow_ups) {
        if (!follow_ups)
                return NULL;
        free(follow_ups->items);
        free(follow_ups->lowered);
        free(follow_ups);
        return NULL;
}

uint64_t follow_up_morning_after(uint64_t ended_usec) {
        time_t least = (time_t) ((ended_usec + FOLLOW_UP_MORNING_LEAST_USEC) / USEC_PER_SEC), at;
        struct tm tm;

        if (!localtime_r(&least, &tm))
                return ended_usec + 24 * 3600 * USEC_PER_SEC;
        if (tm.tm_hour >= FOLLOW_UP_MORNING_HOUR)
                tm.tm_mday++;
        tm.tm_hour = FOLLOW_UP_MORNING_HOUR;
        tm.tm_min = tm.tm_sec = 0;
        tm.tm_isdst = -1;
        at = mktime(&tm);
        return at <= least ? (uint64_t) least * USEC_PER_SEC : (uint64_t) at * USEC_PER_SEC;
}

static bool is_old(const struct follow_up *f, uint64_t now_usec) {
        return f->at_usec + FOLLOW_UP_KEEP_USEC < now_usec;
}

static void forget_old(struct follow_ups *follow_ups, uint64_t now_usec) {
        size_t n = 0;

        for (size_t i = 0; i < follow_ups->n_items; i++)
                if (!is_old(&follow_ups->items[i], now_usec))
                        follow_ups->items[n++] = follow_ups->items[i];
        follow_ups->n_items = n;
}

/* Finds the session's entry, or adds one. */
static int find(struct follow_ups *follow_ups, uid_t runner, unsigned session, uint64_t now_usec,
        struct follow_up **ret) {
        struct follow_up *items;

        for (size_t i = follow_ups->n_items; i-- > 0;)
                if (follow_ups->items[i].session == session) {
                        follow_ups->items[i].at_usec = MAX(follow_ups->items[i].at_usec, now_usec);
                        *ret = &follow_ups->items[i];
                        return 0;
                }
        forget_old(follow_ups, now_usec);
        items = reallocarray(follow_ups->items, follow_ups->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        follow_ups->items = items;
        items[follow_ups->n_items] = (struct follow_up){
                .runner = runner,
                .session = session,
                .at_usec = now_usec,
                .scores = { DISCOMFORT_NONE, DISCOMFORT_NONE, DISCOMFORT_NONE },
        };
        *ret = &items[follow_ups->n_items++];
        return 0;
}

static bool same_part(const struct follow_up_part *a, const struct follow_up_part *b) {
        return a->zone == b->zone && a->side == b->side;
}

/* Adds the part unless it is there; drops it when there is no room. */
static void add_part(struct follow_up_part *parts, unsigned *n, const struct follow_up_part *part) {
        for (unsigned i = 0; i < *n; i++)
                if (same_part(&parts[i], part))
                        return;
        if (*n < FOLLOW_UP_PARTS_MAX)
                parts[(*n)++] = *part;
}

int follow_ups_treated(struct follow_ups *follow_ups, uid_t runner, unsigned session,
        const struct follow_up_part *part, uint64_t at_usec) {
        struct follow_up *f;
        int r;

        r = find(follow_ups, runner, session, at_usec, &f);
        if (r < 0)
                return r;
        f->ended_usec = MAX(f->ended_usec, at_usec);
        add_part(f->parts, &f->n_parts, part);
        return 0;
}

int follow_ups_said(struct follow_ups *follow_ups, uid_t runner, unsigned session,
        enum follow_up_occasion occasion, unsigned score, uint64_t at_usec) {
        struct follow_up *f;
        int r;

        if (score > DISCOMFORT_MAX)
                return -EDOM;
        r = find(follow_ups, runner, session, at_usec, &f);
        if (r >= 0)
                f->scores[occasion] = score;
        return r;
}

void follow_ups_over(struct follow_ups *follow_ups, unsigned session) {
        for (size_t i = 0; i < follow_ups->n_items; i++)
                if (session == 0 || follow_ups->items[i].session == session)
                        follow_ups->items[i].over = true;
}

int follow_ups_set_lowered(struct follow_ups *follow_ups, uid_t runner, const struct follow_up_part *part,
        unsigned lowered, uint64_t at_usec) {
        struct lowered *all;

        lowered = MIN(lowered, FOLLOW_UP_LOWERED_MAX);
        for (size_t i = 0; i < follow_ups->n_lowered; i++)
                if (follow_ups->lowered[i].runner == runner &&
                        same_part(&follow_ups->lowered[i].part, part)) {
                        follow_ups->lowered[i].by = lowered;
                        follow_ups->lowered[i].at_usec = at_usec;
                        return 0;
                }
        all = reallocarray(follow_ups->lowered, follow_ups->n_lowered + 1, sizeof(*all));
        if (!all)
                return -ENOMEM;
        follow_ups->lowered = all;
        all[follow_ups->n_lowered++] = (struct lowered){ runner, *part, lowered, at_usec };
        return 0;
}

unsigned follow_ups_lowered(
        const struct follow_ups *follow_ups, uid_t runner, const struct zone *zone, enum side side) {
        unsigned by = 0;

        for (size_t i = 0; i < follow_ups->n_lowered; i++) {
                const struct lowered *l = &follow_ups->lowered[i];

                if (l->runner == runner && l->part.zone == zone && sides_meet(l->part.side, side))
                        by = MAX(by, l->by);
        }
        return by;
}

/* When the question about the session is open; false: it is not asked, or was answered. */
static bool window(const struct follow_up *f, enum follow_up_occasion occasion, uint64_t *ret_since,
        uint64_t *ret_until) {
        if (!f->over || f->ended_usec == 0 || f->scores[occasion] != DISCOMFORT_NONE)
                return false;
        if (occasion == FOLLOW_UP_END) {
                *ret_since = f->ended_usec;
                *ret_until = f->ended_usec + FOLLOW_UP_END_USEC;
        } else {
                *ret_since = follow_up_morning_after(f->ended_usec);
                *ret_until = *ret_since + FOLLOW_UP_MORNING_USEC;
        }
        return true;
}

static bool is_open(const struct follow_up *f, uid_t runner, enum follow_up_occasion occasion,
        uint64_t now_usec, uint64_t *ret_since, uint64_t *ret_until) {
        return f->runner == runner && window(f, occasion, ret_since, ret_until) && now_usec >= *ret_since &&
               now_usec < *ret_until;
}

/* One morning covers all sessions of the day before. */
static void gather_parts(const struct follow_ups *follow_ups, uid_t runner, enum follow_up_occasion occasion,
        uint64_t now_usec, struct follow_up_part *parts, unsigned *n) {
        uint64_t since, until;

        for (size_t i = 0; i < follow_ups->n_items; i++)
                if (is_open(&follow_ups->items[i], runner, occasion, now_usec, &since, &until))
                        for (unsigned k = 0; k < follow_ups->items[i].n_parts; k++)
                                add_part(parts, n, &follow_ups->items[i].parts[k]);
}

bool follow_ups_question(const struct follow_ups *follow_ups, uid_t runner, uint64_t now_usec,
        struct follow_up_question *ret) {
        for (size_t i = follow_ups->n_items; i-- > 0;)
                for (enum follow_up_occasion o = FOLLOW_UP_END; o <= FOLLOW_UP_MORNING; o++) {
                        const struct follow_up *f = &follow_ups->items[i];
                        struct follow_up_question q = { .occasion = o, .session = f->session };

                        if (!is_open(f, runner, o, now_usec, &q.since_usec, &q.until_usec))
                                continue;
                        if (o == FOLLOW_UP_MORNING)
                                gather_parts(follow_ups, runner, o, now_usec, q.parts, &q.n_parts);
                        else
                                for (unsigned k = 0; k < f->n_parts; k++)
                                        add_part(q.parts, &q.n_parts, &f->parts[k]);
                        *ret = q;
                        return true;
                }
        return false;
}

/* A missing score before the session counts as 0, so that any rise is noticed. */
static bool is_bad(const struct follow_up *f, unsigned score) {
        unsigned before =
                f->scores[FOLLOW_UP_BASELINE] == DISCOMFORT_NONE ? 0 : f->scores[FOLLOW_UP_BASELINE];

        return score >= FOLLOW_UP_BAD_SCORE || score > before + FOLLOW_UP_BAD_RISE;
}

/* Sets the part's target after a morning: one level lower for each bad one in a row, reset after a good one. */
static int set_aim(struct follow_ups *follow_ups, uid_t runner, const struct follow_up_part *part, bool bad,
        uint64_t now_usec, struct follow_up_result *result) {
        unsigned before = follow_ups_lowered(follow_ups, runner, part->zone, part->side);
        unsigned by = bad ? MIN(before + 1, FOLLOW_UP_LOWERED_MAX) : 0;

        for (unsigned i = 0; i < result->n_parts; i++)
                if (same_part(&result->parts[i], part))
                        return 0;
        if ((by == 0 && before == 0) || result->n_parts == FOLLOW_UP_PARTS_MAX)
                return 0;
        result->parts[result->n_parts] = *part;
        result->lowered[result->n_parts++] = by;
        return follow_ups_set_lowered(follow_ups, runner, part, by, now_usec);
}

int follow_ups_answer(struct follow_ups *follow_ups, uid_t runner, unsigned session,
        enum follow_up_occasion occasion, unsigned score, uint64_t now_usec, struct follow_up_result *ret) {
        struct follow_up_result result = {};
        struct follow_up_question asked;
        int r = 0;

        if (score > DISCOMFORT_MAX)
                return -EDOM;
        if (!follow_ups_question(follow_ups, runner, now_usec, &asked) || asked.session != session ||
                asked.occasion != occasion)
                return -ENOENT;
        for (size_t i = 0; i < follow_ups->n_items; i++) {
                struct follow_up *f = &follow_ups->items[i];
                uint64_t since, until;

                if (!is_open(f, runner, occasion, now_usec, &since, &until) ||
                        (occasion == FOLLOW_UP_END && f->session != session) ||
                        result.n_sessions == ARRAY_SIZE(result.sessions))
                        continue;
                result.bad |= occasion == FOLLOW_UP_MORNING && is_bad(f, score);
                result.sessions[result.n_sessions++] = f->session;
        }
        for (unsigned k = 0; r >= 0 && occasion == FOLLOW_UP_MORNING && k < asked.n_parts; k++)
                r = set_aim(follow_ups, runner, &asked.parts[k], result.bad, now_usec, &result);
        for (unsigned i = 0; r >= 0 && i < result.n_sessions; i++)
                r = follow_ups_said(follow_ups, runner, result.sessions[i], occasion, score, now_usec);
        if (r < 0)
                return r;
        *ret = result;
        return 0;
}

uint64_t follow_ups_next(const struct follow_ups *follow_ups, uint64_t now_usec, uid_t *ret_runner) {
        uint64_t next = USEC_INFINITY, since, until;

        for (size_t i = 0; i < follow_ups->n_items; i++) {
                const struct follow_up *f = &follow_ups->items[i];

                if (!window(f, FOLLOW_UP_MORNING, &since, &until) || since <= now_usec || since >= next)
                        continue;
                next = since;
                *ret_runner = f->runner;
        }
        return next;
}
