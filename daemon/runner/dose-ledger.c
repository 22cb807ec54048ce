/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/runner/dose-ledger.h"

/* Of one runner. Beyond it, doses of different sessions on one part are added up: gaps and minutes then hold as before, but sessions
 * may be counted too low. There are fewer parts, sides and kinds than that. */
#define DOSES_MAX 512u

struct rest {
        uid_t runner;
        char *routine;
        const struct zone *zone;
        enum side side;
        struct dose_time at;
};

/* When a runner last did a routine. */
struct done {
        uid_t runner;
        char *routine;
        struct dose_time ended;
};

/* Sessions with pads of one runner. */
struct pads {
        uid_t runner;
        unsigned sessions, last_session;
};

struct dose_ledger {
        struct pads *pads;
        size_t n_pads;
        struct zone_dose *doses; /* in the order of their ends */
        size_t n_doses;
        struct rest *rests;
        size_t n_rests;
        struct done *done;
        size_t n_done;
};

static const struct {
        uint64_t gap_usec, day_usec;
        unsigned sessions;
} rules[_ROLE_KIND_MAX] = {
        [ROLE_PERCUSSION] = { DOSE_LEDGER_PERCUSSION_GAP_USEC, DOSE_LEDGER_PERCUSSION_DAY_USEC,
                DOSE_LEDGER_PERCUSSION_SESSIONS },
        [ROLE_ESTIM] = { DOSE_LEDGER_ESTIM_GAP_USEC, USEC_INFINITY, DOSE_LEDGER_ESTIM_SESSIONS },
};

int dose_ledger_new(struct dose_ledger **ret) {
        struct dose_ledger *ledger = calloc(1, sizeof(*ledger));

        if (!ledger)
                return -ENOMEM;
        *ret = ledger;
        return 0;
}

struct dose_ledger *dose_ledger_free(struct dose_ledger *ledger) {
        if (!ledger)
                return NULL;
        for (size_t i = 0; i < ledger->n_rests; i++)
                free(ledger->rests[i].routine);
        for (size_t i = 0; i < ledger->n_done; i++)
                free(ledger->done[i].routine);
        free(ledger->done);
        free(ledger->rests);
        free(ledger->pads);
        free(ledger->doses);
        free(ledger);
        return NULL;
}

/* After some of them got another end. They are nearly in order: what ends now is the last. */
static void sort_doses(struct dose_ledger *ledger) {
        for (size_t i = 1; i < ledger->n_doses; i++) {
                const struct zone_dose dose = ledger->doses[i];
                size_t at = i;

                for (; at > 0 && ledger->doses[at - 1].ended.usec > dose.ended.usec; at--)
                        ledger->doses[at] = ledger->doses[at - 1];
                ledger->doses[at] = dose;
        }
}

static int append_dose(struct dose_ledger *ledger, const struct zone_dose *dose) {
        struct zone_dose *doses = reallocarray(ledger->doses, ledger->n_doses + 1, sizeof(*doses));

        if (!doses)
                return -ENOMEM;
        ledger->doses = doses;
        doses[ledger->n_doses++] = *dose;
        sort_doses(ledger);
        return 0;
}

int dose_ledger_copy(const struct dose_ledger *ledger, struct dose_ledger **ret) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *copy = NULL;
        int r = dose_ledger_new(&copy);

        for (size_t i = 0; r >= 0 && i < ledger->n_pads; i++)
                r = dose_ledger_set_pads_sessions(copy, ledger->pads[i].runner, ledger->pads[i].sessions,
                        ledger->pads[i].last_session);
        for (size_t i = 0; r >= 0 && i < ledger->n_doses; i++)
                r = append_dose(copy, &ledger->doses[i]);
        for (size_t i = 0; r >= 0 && i < ledger->n_rests; i++) {
                const struct rest *rest = &ledger->rests[i];

                r = dose_ledger_hurt(copy, rest->runner, rest->routine, rest->zone, rest->side, rest->at);
        }
        for (size_t i = 0; r >= 0 && i < ledger->n_done; i++)
                r = dose_ledger_done(
                        copy, ledger->done[i].runner, ledger->done[i].routine, ledger->done[i].ended);
        if (r >= 0)
                *ret = TAKE_PTR(copy);
        return r;
}

static void forget_old(struct dose_ledger *ledger, int64_t now_usec) {
        size_t n = 0;

        for (size_t i = 0; i < ledger->n_doses; i++)
                if (dose_time_age(ledger->doses[i].ended.usec, now_usec) < DOSE_LEDGER_KEEP_USEC)
                        ledger->doses[n++] = ledger->doses[i];
        ledger->n_doses = n;
        n = 0;
        for (size_t i = 0; i < ledger->n_rests; i++)
                if (dose_time_age(ledger->rests[i].at.usec, now_usec) < DOSE_LEDGER_ZONE_REST_USEC)
                        ledger->rests[n++] = ledger->rests[i];
                else
                        free(ledger->rests[i].routine);
        ledger->n_rests = n;
}

static bool same_part(const struct zone_dose *a, const struct zone_dose *b) {
        return a->runner == b->runner && a->zone == b->zone && a->kind == b->kind;
}

/* What a has had, b has had. */
static bool same_muscle(const struct zone_dose *a, const struct zone_dose *b) {
        return a->runner == b->runner && a->kind == b->kind && zones_share_muscle(a->zone, b->zone) &&
               sides_meet(a->side, b->side);
}

/* The dose of that part, in that session or in any. */
static struct zone_dose *find_dose(
        const struct dose_ledger *ledger, const struct zone_dose *dose, bool any_session) {
        for (size_t i = 0; i < ledger->n_doses; i++) {
                struct zone_dose *d = &ledger->doses[i];

                if (same_part(d, dose) && d->side == dose->side &&
                        (any_session || d->session == dose->session))
                        return d;
        }
        return NULL;
}

uint64_t dose_ledger_had(const struct dose_ledger *ledger, const struct zone_dose *dose) {
        const struct zone_dose *found = find_dose(ledger, dose, false);

        return found ? found->on_usec : 0;
}

static struct pads *find_pads(const struct dose_ledger *ledger, uid_t runner) {
        for (size_t i = 0; i < ledger->n_pads; i++)
                if (ledger->pads[i].runner == runner)
                        return &ledger->pads[i];
        return NULL;
}

int dose_ledger_set_pads_sessions(
        struct dose_ledger *ledger, uid_t runner, unsigned n, unsigned last_session) {
        struct pads *found = find_pads(ledger, runner), *pads;

        if (!found) {
                pads = reallocarray(ledger->pads, ledger->n_pads + 1, sizeof(*pads));
                if (!pads)
                        return -ENOMEM;
                ledger->pads = pads;
                found = &pads[ledger->n_pads++];
        }
        *found = (struct pads){ runner, n, last_session };
        return 0;
}

unsigned dose_ledger_pads_sessions(const struct dose_ledger *ledger, uid_t runner) {
        const struct pads *pads = find_pads(ledger, runner);

        return pads ? pads->sessions : 0;
}

/* A session with pads counts once, with its first treated part. */
static int count_pads(struct dose_ledger *ledger, const struct zone_dose *dose) {
        const struct pads *pads = find_pads(ledger, dose->runner);

        if (dose->kind != ROLE_ESTIM || dose->on_usec < DOSE_LEDGER_TREATED_USEC ||
                (pads && dose->session <= pads->last_session))
                return 0;
        return dose_ledger_set_pads_sessions(
                ledger, dose->runner, (pads ? pads->sessions : 0) + 1, dose->session);
}

static int add_up(struct dose_ledger *ledger, struct zone_dose *d, const struct zone_dose *dose) {
        int r;

        d->session = MAX(d->session, dose->session);
        d->on_usec += dose->on_usec;
        d->ended = dose_time_later(d->ended, dose->ended);
        d->strength |= dose->strength;
        d->trained |= dose->trained;
        r = count_pads(ledger, d);
        sort_doses(ledger);
        return r;
}

static bool has_many(const struct dose_ledger *ledger, uid_t runner) {
        size_t n = 0;

        for (size_t i = 0; i < ledger->n_doses; i++)
                n += ledger->doses[i].runner == runner;
        return n >= DOSES_MAX;
}

int dose_ledger_add(struct dose_ledger *ledger, const struct zone_dose *dose) {
        struct zone_dose *found = find_dose(ledger, dose, false);
        int r;

        if (found)
                return add_up(ledger, found, dose);
        forget_old(ledger, dose->ended.usec);
        if (has_many(ledger, dose->runner) && (found = find_dose(ledger, dose, true)))
                return add_up(ledger, found, dose);
        r = append_dose(ledger, dose);
        return r < 0 ? r : count_pads(ledger, dose);
}

int dose_ledger_hurt(struct dose_ledger *ledger, uid_t runner, const char *routine, const struct zone *zone,
        enum side side, struct dose_time at) {
        struct rest *rests;
        char *copy = strdup(routine);

        rests = copy ? reallocarray(ledger->rests, ledger->n_rests + 1, sizeof(*rests)) : NULL;
        if (!rests) {
                free(copy);
                return -ENOMEM;
        }
        ledger->rests = rests;
        rests[ledger->n_rests++] = (struct rest){ runner, copy, zone, side, at };
        return 0;
}

/* What a muscle had in the last day: all its output, when the oldest of it leaves the day, and how often and when it was treated in
 * other sessions. */
struct treated {
        unsigned sessions;
        int64_t newest_usec, first_usec; /* ends of treatments */
        int64_t oldest_usec;
        uint64_t on_usec;
};

/* The next dose of that muscle after one, in the order of their ends; NULL: no more. */
static const struct zone_dose *next_dose(
        const struct dose_ledger *ledger, const struct zone_dose *planned, const struct zone_dose *after) {
        for (size_t i = after ? (size_t) (after - ledger->doses) + 1 : 0; i < ledger->n_doses; i++)
                if (same_muscle(&ledger->doses[i], planned))
                        return &ledger->doses[i];
        return NULL;
}

/* What a muscle had in one other session of the last day. */
struct bout {
        const struct zone_dose *last;
        uint64_t on_usec;
};

/* The one after that, in the order of their ends. */
static bool next_bout(const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec,
        struct bout *bout) {
        const struct zone_dose *d = bout->last;
        struct bout next = {};

        while ((d = next_dose(ledger, planned, d))) {
                if (dose_time_age(d->ended.usec, now_usec) >= DOSE_LEDGER_DAY_USEC ||
                        d->session == planned->session)
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
static bool add_bit(struct bits *bits, const struct dose_ledger *ledger, const struct zone_dose *planned,
        int64_t now_usec, const struct bout *bit) {
        const int64_t gap_usec = (int64_t) rules[planned->kind].gap_usec;

        for (struct bout b = bits->gone; next_bout(ledger, planned, now_usec, &b) &&
                                         bit->last->ended.usec - b.last->ended.usec >= gap_usec;
                bits->gone = b)
                if (b.on_usec < DOSE_LEDGER_TREATED_USEC)
                        bits->on_usec -= b.on_usec;
        bits->on_usec += bit->on_usec;
        return bits->on_usec >= DOSE_LEDGER_TREATED_USEC;
}

/* Bits count for one treatment, but rest from the last of them, whichever they were counted with. Times that are not known are later
 * than the true ones and closer together (dose_time): by that treatments become neither fewer nor older. */
static void look_for_treatments(const struct dose_ledger *ledger, const struct zone_dose *planned,
        int64_t now_usec, struct treated *t) {
        struct bits near = {}, uncounted = {};

        for (struct bout b = {}; next_bout(ledger, planned, now_usec, &b);) {
                bool whole = b.on_usec >= DOSE_LEDGER_TREATED_USEC, counts = whole;

                if (!whole && add_bit(&uncounted, ledger, planned, now_usec, &b)) {
                        counts = true;
                        uncounted = (struct bits){ .gone = b };
                }
                if (whole || add_bit(&near, ledger, planned, now_usec, &b))
                        t->newest_usec = MAX(t->newest_usec, b.last->ended.usec);
                if (counts)
                        t->first_usec = MIN(t->first_usec, b.last->ended.usec);
                t->sessions += counts;
        }
}

static struct treated look(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec) {
        struct treated t = { .newest_usec = INT64_MIN, .first_usec = INT64_MAX, .oldest_usec = INT64_MAX };

        for (size_t i = 0; i < ledger->n_doses; i++) {
                const struct zone_dose *d = &ledger->doses[i];

                if (!same_muscle(d, planned) ||
                        dose_time_age(d->ended.usec, now_usec) >= DOSE_LEDGER_DAY_USEC)
                        continue;
                t.on_usec += d->on_usec;
                t.oldest_usec = MIN(t.oldest_usec, d->ended.usec);
        }
        look_for_treatments(ledger, planned, now_usec, &t);
        return t;
}

/* Time until a trained muscle may be trained again. */
static uint64_t strength_wait(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec) {
        uint64_t gap = dose_ledger_pads_sessions(ledger, planned->runner) < DOSE_LEDGER_NEW_SESSIONS
                               ? DOSE_LEDGER_STRENGTH_NEW_GAP_USEC
                               : DOSE_LEDGER_STRENGTH_GAP_USEC;
        uint64_t wait = 0, on_usec = 0;

        /* In sums over time, so that many short ones are not nothing. */
        for (const struct zone_dose *d = NULL; planned->strength && (d = next_dose(ledger, planned, d));) {
                if (!d->strength || d->session == planned->session ||
                        dose_time_left(gap, d->ended.usec, now_usec) == 0)
                        continue;
                on_usec += d->on_usec;
                if (d->trained || on_usec >= DOSE_LEDGER_TREATED_USEC)
                        wait = dose_time_left(gap, d->ended.usec, now_usec);
        }
        return wait;
}

/* Some of what that muscle had may be longer ago, by what the runner says of it. */
static bool may_be_earlier(const struct dose_ledger *ledger, const struct zone_dose *planned) {
        for (size_t i = 0; i < ledger->n_doses; i++)
                if (same_muscle(&ledger->doses[i], planned) && ledger->doses[i].ended.may_be_earlier &&
                        !ledger->doses[i].strength)
                        return true;
        return false;
}

/* Time until training may be begun again that was broken off too often. */
static uint64_t starts_wait(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec) {
        int64_t ends[DOSE_LEDGER_STARTS] = {}; /* of the last ones, as a ring */
        unsigned n = 0, session = planned->session;
        uint64_t wait = 0;

        for (const struct zone_dose *d = NULL; planned->strength && (d = next_dose(ledger, planned, d));) {
                if (!d->strength || d->trained || d->session == session || d->session == planned->session)
                        continue;
                session = d->session;
                ends[n++ % DOSE_LEDGER_STARTS] = d->ended.usec;
                if (n >= DOSE_LEDGER_STARTS &&
                        d->ended.usec - ends[n % DOSE_LEDGER_STARTS] < (int64_t) DOSE_LEDGER_STARTS_USEC)
                        wait = dose_time_left(DOSE_LEDGER_STARTS_USEC, d->ended.usec, now_usec);
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

static void ask_rests(const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec,
        struct dose_answer *longest) {
        for (size_t i = 0; i < ledger->n_rests; i++) {
                const struct rest *r = &ledger->rests[i];

                if (r->runner == planned->runner && zones_share_muscle(r->zone, planned->zone) &&
                        sides_meet(r->side, planned->side))
                        consider(longest, DOSE_ZONE_REST,
                                dose_time_left(DOSE_LEDGER_ZONE_REST_USEC, r->at.usec, now_usec), false);
        }
        consider(longest, DOSE_STRENGTH, strength_wait(ledger, planned, now_usec), false);
        consider(longest, DOSE_STARTS, starts_wait(ledger, planned, now_usec), false);
}

struct dose_answer dose_ledger_ask(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec) {
        struct dose_answer longest = { DOSE_ALLOWED };
        struct treated t = look(ledger, planned, now_usec);
        bool earlier = may_be_earlier(ledger, planned);

        ask_rests(ledger, planned, now_usec, &longest);
        if (t.sessions > 0)
                consider(&longest, DOSE_GAP,
                        dose_time_left(rules[planned->kind].gap_usec, t.newest_usec, now_usec), earlier);
        if (t.sessions >= rules[planned->kind].sessions)
                consider(&longest, DOSE_SESSIONS,
                        dose_time_left(DOSE_LEDGER_DAY_USEC, t.first_usec, now_usec), earlier);
        if (rules[planned->kind].day_usec != USEC_INFINITY && t.on_usec > 0 &&
                t.on_usec + planned->on_usec > rules[planned->kind].day_usec)
                consider(&longest, DOSE_MINUTES,
                        dose_time_left(DOSE_LEDGER_DAY_USEC, t.oldest_usec, now_usec), earlier);
        return longest;
}

static struct done *find_done(const struct dose_ledger *ledger, uid_t runner, const char *routine) {
        for (size_t i = 0; i < ledger->n_done; i++)
                if (ledger->done[i].runner == runner && streq(ledger->done[i].routine, routine))
                        return &ledger->done[i];
        return NULL;
}

static void forget_done(struct dose_ledger *ledger, int64_t now_usec) {
        size_t n = 0;

        for (size_t i = 0; i < ledger->n_done; i++)
                if (dose_time_age(ledger->done[i].ended.usec, now_usec) < DOSE_LEDGER_ROUTINE_KEEP_USEC)
                        ledger->done[n++] = ledger->done[i];
                else
                        free(ledger->done[i].routine);
        ledger->n_done = n;
}

int dose_ledger_done(struct dose_ledger *ledger, uid_t runner, const char *routine, struct dose_time ended) {
        struct done *found = find_done(ledger, runner, routine), *done;
        char *copy;

        if (found) {
                found->ended = dose_time_later(found->ended, ended);
                return 0;
        }
        forget_done(ledger, ended.usec);
        copy = strdup(routine);
        done = copy ? reallocarray(ledger->done, ledger->n_done + 1, sizeof(*done)) : NULL;
        if (!done) {
                free(copy);
                return -ENOMEM;
        }
        ledger->done = done;
        done[ledger->n_done++] = (struct done){ runner, copy, ended };
        return 0;
}

uint64_t dose_ledger_of_session(const struct dose_ledger *ledger, unsigned session) {
        uint64_t on_usec = 0;

        for (size_t i = 0; i < ledger->n_doses; i++)
                if (ledger->doses[i].session == session)
                        on_usec += ledger->doses[i].on_usec;
        return on_usec;
}

struct dose_answer dose_ledger_ask_routine(const struct dose_ledger *ledger, uid_t runner,
        const char *routine, uint64_t min_gap_usec, int64_t now_usec) {
        const struct done *done = find_done(ledger, runner, routine);
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

void dose_ledger_clock_is_right(struct dose_ledger *ledger, uint64_t wall_usec, int64_t now_usec) {
        for (size_t i = 0; i < ledger->n_doses; i++)
                dose_time_settle(&ledger->doses[i].ended, wall_usec, now_usec);
        sort_doses(ledger);
        for (size_t i = 0; i < ledger->n_rests; i++)
                dose_time_settle(&ledger->rests[i].at, wall_usec, now_usec);
        for (size_t i = 0; i < ledger->n_done; i++)
                dose_time_settle(&ledger->done[i].ended, wall_usec, now_usec);
}

bool dose_ledger_said(struct dose_ledger *ledger, uid_t runner, uint64_t ago_usec, struct dose_time at) {
        bool counts = false;

        for (size_t i = 0; i < ledger->n_doses; i++)
                if (ledger->doses[i].runner == runner && !ledger->doses[i].strength)
                        counts |= dose_time_believe(&ledger->doses[i].ended, ago_usec, at);
        sort_doses(ledger);
        for (size_t i = 0; i < ledger->n_done; i++)
                if (ledger->done[i].runner == runner)
                        counts |= dose_time_believe(&ledger->done[i].ended, ago_usec, at);
        return counts;
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
