/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* REQ12, REQ16: what follows from what a body had. */

#include "daemon/runner/dose-ledger-private.h"

static const struct {
        uint64_t gap_usec, day_usec;
        unsigned sessions;
} rules[_ROLE_KIND_MAX] = {
        [ROLE_PERCUSSION] = { DOSE_LEDGER_PERCUSSION_GAP_USEC, DOSE_LEDGER_PERCUSSION_DAY_USEC,
                DOSE_LEDGER_PERCUSSION_SESSIONS },
        [ROLE_ESTIM] = { DOSE_LEDGER_ESTIM_GAP_USEC, USEC_INFINITY, DOSE_LEDGER_ESTIM_SESSIONS },
};

/* What a has had, b has had. */
static bool same_muscle(const struct zone_dose *a, const struct zone_dose *b) {
        return a->runner == b->runner && a->kind == b->kind && zones_share_muscle(a->zone, b->zone) &&
               sides_meet(a->side, b->side);
}

/* What a question looks at: what the muscle had that is planned for. */
struct question {
        const struct dose_ledger *ledger;
        const struct zone_dose *planned;
        int64_t now_usec;
        bool known; /* without what may be longer ago, by what the runner says of it */
};

/* The next dose of that muscle after one, in the order of their ends; NULL: no more. */
static const struct zone_dose *next_dose(const struct question *q, const struct zone_dose *after) {
        const struct dose_ledger *ledger = q->ledger;

        for (size_t i = after ? (size_t) (after - ledger->doses) + 1 : 0; i < ledger->n_doses; i++) {
                const struct zone_dose *d = &ledger->doses[i];

                if (same_muscle(d, q->planned) && !(q->known && d->ended.may_be_earlier && !d->strength))
                        return d;
        }
        return NULL;
}

/* The same within the last day. */
static const struct zone_dose *next_of_day(const struct question *q, const struct zone_dose *after) {
        while ((after = next_dose(q, after)) &&
                dose_time_age(after->ended.usec, q->now_usec) >= DOSE_LEDGER_DAY_USEC)
                ;
        return after;
}

/* What a muscle had in one other session of the last day. */
struct bout {
        const struct zone_dose *last;
        uint64_t on_usec;
};

/* The one after that, in the order of their ends. */
static bool next_bout(const struct question *q, struct bout *bout) {
        const struct zone_dose *d = bout->last;
        struct bout next = {};

        while ((d = next_of_day(q, d))) {
                if (d->session == q->planned->session)
                        continue;
                /* A runner has one session after the other. */
                if (next.last && d->session != next.last->session)
                        break;
                next.last = d;
                next.on_usec += d->on_usec;
        }
        if (!next.last)
                return false;
        *bout = next;
        return true;
}

/* Short bouts that lie within one gap. */
struct bits {
        struct bout gone; /* the last that no longer belongs to them */
        uint64_t on_usec;
};

/* Adds one, drops those that are a gap older; true: together they are a treatment. */
static bool add_bit(struct bits *bits, const struct question *q, const struct bout *bit) {
        const int64_t gap_usec = (int64_t) rules[q->planned->kind].gap_usec;

        for (struct bout b = bits->gone;
                next_bout(q, &b) && bit->last->ended.usec - b.last->ended.usec >= gap_usec; bits->gone = b)
                if (b.on_usec < DOSE_LEDGER_TREATED_USEC)
                        bits->on_usec -= b.on_usec;
        bits->on_usec += bit->on_usec;
        return bits->on_usec >= DOSE_LEDGER_TREATED_USEC;
}

/* Treatments in other sessions of the last day. */
struct treated {
        unsigned sessions;
        int64_t newest_usec; /* end of the last; INT64_MIN: none */
        int64_t ends
                [DOSE_LEDGER_ESTIM_SESSIONS]; /* of the last ones, as a ring as long as the rule has sessions */
};

/* Bits count for one treatment, but rest from the last of them, whichever they were counted with. Times that are not known are later
 * than the true ones and closer together (dose_time): by that treatments become neither fewer nor older. */
static struct treated look_for_treatments(const struct question *q) {
        struct treated t = { .newest_usec = INT64_MIN };
        struct bits near = {}, uncounted = {};

        for (struct bout b = {}; next_bout(q, &b);) {
                bool whole = b.on_usec >= DOSE_LEDGER_TREATED_USEC, counts = whole;

                if (!whole && add_bit(&uncounted, q, &b)) {
                        counts = true;
                        uncounted = (struct bits){ .gone = b };
                }
                if (whole || add_bit(&near, q, &b))
                        t.newest_usec = MAX(t.newest_usec, b.last->ended.usec);
                if (!counts)
                        continue;
                t.sessions++;
                memmove(&t.ends[1], &t.ends[0], sizeof(t.ends) - sizeof(t.ends[0]));
                t.ends[0] = b.last->ended.usec;
        }
        return t;
}

/* Time until so much of the day has gone that the rest and the plan are within it. */
static uint64_t minutes_wait(const struct question *q) {
        uint64_t day_usec = rules[q->planned->kind].day_usec, on_usec = 0, wait = 0;

        for (const struct zone_dose *d = NULL; (d = next_of_day(q, d));)
                on_usec += d->on_usec;
        for (const struct zone_dose *d = NULL;
                on_usec > 0 && on_usec + q->planned->on_usec > day_usec && (d = next_of_day(q, d));
                on_usec -= d->on_usec)
                wait = dose_time_left(DOSE_LEDGER_DAY_USEC, d->ended.usec, q->now_usec);
        return wait;
}

/* Time until a trained muscle may be trained again. */
static uint64_t strength_wait(const struct question *q) {
        uint64_t gap = dose_ledger_pads_sessions(q->ledger, q->planned->runner) < DOSE_LEDGER_NEW_SESSIONS
                               ? DOSE_LEDGER_STRENGTH_NEW_GAP_USEC
                               : DOSE_LEDGER_STRENGTH_GAP_USEC;
        uint64_t wait = 0, on_usec = 0;

        /* In sums over time, so that many short ones are not nothing. */
        for (const struct zone_dose *d = NULL; q->planned->strength && (d = next_dose(q, d));) {
                if (!d->strength || d->session == q->planned->session ||
                        dose_time_left(gap, d->ended.usec, q->now_usec) == 0)
                        continue;
                on_usec += d->on_usec;
                if (d->trained || on_usec >= DOSE_LEDGER_TREATED_USEC)
                        wait = dose_time_left(gap, d->ended.usec, q->now_usec);
        }
        return wait;
}

/* Time until training may be begun again that was broken off too often. */
static uint64_t starts_wait(const struct question *q) {
        int64_t ends[DOSE_LEDGER_STARTS] = {}; /* of the last ones, as a ring */
        unsigned n = 0, session = q->planned->session;
        uint64_t wait = 0;

        for (const struct zone_dose *d = NULL; q->planned->strength && (d = next_dose(q, d));) {
                if (!d->strength || d->trained || d->session == session || d->session == q->planned->session)
                        continue;
                session = d->session;
                ends[n++ % DOSE_LEDGER_STARTS] = d->ended.usec;
                if (n >= DOSE_LEDGER_STARTS &&
                        d->ended.usec - ends[n % DOSE_LEDGER_STARTS] < (int64_t) DOSE_LEDGER_STARTS_USEC)
                        wait = dose_time_left(DOSE_LEDGER_STARTS_USEC, d->ended.usec, q->now_usec);
        }
        return wait;
}

bool dose_answer_lasts_longer(const struct dose_answer *a, const struct dose_answer *b) {
        if (a->rule == DOSE_ALLOWED || b->rule == DOSE_ALLOWED)
                return a->rule != DOSE_ALLOWED;
        if (a->may_be_over != b->may_be_over)
                return b->may_be_over;
        return a->wait_usec > b->wait_usec;
}

static void consider(
        struct dose_answer *longest, enum dose_rule rule, uint64_t wait_usec, bool may_be_over) {
        const struct dose_answer answer = { rule, wait_usec, may_be_over };

        if (wait_usec > 0 && dose_answer_lasts_longer(&answer, longest))
                *longest = answer;
}

static void ask_rests(const struct question *q, struct dose_answer *longest) {
        for (size_t i = 0; i < q->ledger->n_rests; i++) {
                const struct rest *r = &q->ledger->rests[i];

                if (r->runner == q->planned->runner && zones_share_muscle(r->zone, q->planned->zone) &&
                        sides_meet(r->side, q->planned->side))
                        consider(longest, DOSE_ZONE_REST,
                                dose_time_left(DOSE_LEDGER_ZONE_REST_USEC, r->at.usec, q->now_usec), false);
        }
        consider(longest, DOSE_STRENGTH, strength_wait(q), false);
        consider(longest, DOSE_STARTS, starts_wait(q), false);
}

/* Gap, count and minutes. */
static struct dose_answer ask_day(const struct question *q) {
        const unsigned sessions = rules[q->planned->kind].sessions;
        struct dose_answer longest = { DOSE_ALLOWED };
        struct treated t = look_for_treatments(q);

        if (t.sessions > 0)
                consider(&longest, DOSE_GAP,
                        dose_time_left(rules[q->planned->kind].gap_usec, t.newest_usec, q->now_usec), false);
        if (t.sessions >= sessions)
                consider(&longest, DOSE_SESSIONS,
                        dose_time_left(DOSE_LEDGER_DAY_USEC, t.ends[sessions - 1], q->now_usec), false);
        if (rules[q->planned->kind].day_usec != USEC_INFINITY)
                consider(&longest, DOSE_MINUTES, minutes_wait(q), false);
        return longest;
}

static struct dose_answer ask_side(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec) {
        struct question q = { ledger, planned, now_usec, false };
        struct dose_answer longest = { DOSE_ALLOWED }, day = ask_day(&q);

        ask_rests(&q, &longest);
        q.known = true;
        day.may_be_over = day.rule != DOSE_ALLOWED && ask_day(&q).rule == DOSE_ALLOWED;
        if (dose_answer_lasts_longer(&day, &longest))
                longest = day;
        return longest;
}

struct dose_answer dose_ledger_ask(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec) {
        struct zone_dose one = *planned;
        struct dose_answer left, right;

        if (planned->side != SIDE_BOTH)
                return ask_side(ledger, planned, now_usec);
        /* What one side had is no dose of the other. */
        one.side = SIDE_LEFT;
        left = ask_side(ledger, &one, now_usec);
        one.side = SIDE_RIGHT;
        right = ask_side(ledger, &one, now_usec);
        return dose_answer_lasts_longer(&right, &left) ? right : left;
}

struct dose_answer dose_ledger_ask_routine(const struct dose_ledger *ledger, uid_t runner,
        const char *routine, uint64_t min_gap_usec, int64_t now_usec) {
        const struct done *done = dose_ledger_find_done(ledger, runner, routine);
        struct dose_answer longest = { DOSE_ALLOWED };

        for (size_t i = 0; i < ledger->n_rests; i++) {
                const struct rest *r = &ledger->rests[i];

                if (r->runner == runner && streq(r->routine, routine))
                        consider(&longest, DOSE_ROUTINE_REST,
                                dose_time_left(DOSE_LEDGER_ROUTINE_REST_USEC, r->at.usec, now_usec), false);
        }
        if (done)
                consider(&longest, DOSE_ROUTINE_GAP,
                        dose_time_left(min_gap_usec, done->ended.usec, now_usec),
                        done->ended.may_be_earlier);
        return longest;
}

/* Something of that runner is known of it. */
static bool is_marked(const struct dose_ledger *ledger, uid_t runner, const struct zone *zone) {
        for (size_t i = 0; i < ledger->n_doses; i++)
                if (ledger->doses[i].runner == runner && zones_share_muscle(ledger->doses[i].zone, zone))
                        return true;
        for (size_t i = 0; i < ledger->n_rests; i++)
                if (ledger->rests[i].runner == runner && zones_share_muscle(ledger->rests[i].zone, zone))
                        return true;
        return false;
}

static void rests_of(const struct dose_ledger *ledger, uid_t runner, const struct zone *zone, enum side side,
        int64_t now_usec, void (*fn)(const struct dose_rest *rest, void *userdata), void *userdata) {
        static const struct {
                enum role_kind kind;
                bool strength;
        } kinds[] = { { ROLE_PERCUSSION, false }, { ROLE_ESTIM, false }, { ROLE_ESTIM, true } };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                const struct zone_dose least = { .runner = runner,
                        .zone = zone,
                        .side = side,
                        .kind = kinds[i].kind,
                        .strength = kinds[i].strength,
                        .on_usec = USEC_PER_SEC };
                struct dose_rest rest = { zone, side, kinds[i].kind, kinds[i].strength,
                        dose_ledger_ask(ledger, &least, now_usec) };
                bool of_strength = rest.answer.rule == DOSE_STRENGTH || rest.answer.rule == DOSE_STARTS;

                if (rest.answer.rule != DOSE_ALLOWED && rest.strength == of_strength)
                        fn(&rest, userdata);
        }
}

void dose_ledger_rests(const struct dose_ledger *ledger, uid_t runner, int64_t now_usec,
        void (*fn)(const struct dose_rest *rest, void *userdata), void *userdata) {
        const struct zone *zone;

        for (unsigned i = 0; (zone = zone_at(i)); i++) {
                if (zone->muscle || !is_marked(ledger, runner, zone))
                        continue;
                rests_of(ledger, runner, zone, SIDE_LEFT, now_usec, fn, userdata);
                rests_of(ledger, runner, zone, SIDE_RIGHT, now_usec, fn, userdata);
        }
}

const char *dose_rule_explain(enum dose_rule rule, enum role_kind kind) {
        static const char *const sentences[_DOSE_RULE_MAX][_ROLE_KIND_MAX] = {
                [DOSE_ALLOWED] = { "", "" },
                [DOSE_GAP] = { "it had percussion less than 6 hours ago",
                        "it had e-stim less than 2 hours ago" },
                [DOSE_SESSIONS] = { "it had percussion twice in the last 24 hours",
                        "it had e-stim three times in the last 24 hours" },
                [DOSE_MINUTES] = { "it would have more than 4 min of percussion in 24 hours", "" },
                [DOSE_STRENGTH] = { "",
                        "it was trained by e-stim, and rests for a day (for two while pads are new to you)" },
                [DOSE_STARTS] = { "",
                        "its training was begun three times within an hour, and rests for one" },
                [DOSE_ZONE_REST] = { "it hurt too much there less than a day ago",
                        "it hurt too much there less than a day ago" },
                [DOSE_ROUTINE_REST] = { "it was stopped because it hurt too much",
                        "it was stopped because it hurt too much" },
                [DOSE_ROUTINE_GAP] = { "it was done already, and its file sets a time between two sessions",
                        "it was done already, and its file sets a time between two sessions" },
        };

        return sentences[rule][kind];
}
