/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* REQ12: each rule just inside, at, and just past its limit; and what is said of a rest: that it is over then, which dose it is about, and
 * that one side is not the other. */

#include <inttypes.h>

#include "daemon/runner/dose-ledger.h"
#include "tests/test.h"

#define SECOND ((int64_t) USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define P ROLE_PERCUSSION
#define E ROLE_ESTIM
#define L SIDE_LEFT
#define R SIDE_RIGHT

static struct zone_dose part(
        unsigned session, enum role_kind kind, const char *zone, enum side side, int64_t on, int64_t ended) {
        struct zone_dose dose = { .runner = 1000,
                .session = session,
                .zone = zone_by_id(zone),
                .side = side,
                .kind = kind,
                .on_usec = (uint64_t) on,
                .ended = dose_time_at(ended) };

        assert_non_null(dose.zone);
        return dose;
}

/* What was done, then what is asked for at that time. */
struct row {
        const char *what;
        struct {
                unsigned session;
                enum role_kind kind;
                const char *zone;
                enum side side;
                int64_t on_usec, ended_usec;
        } done[4];
        enum role_kind kind;
        const char *zone;
        enum side side;
        int64_t planned_usec, now_usec;
        enum dose_rule rule;
        int64_t wait_usec;
};

static const struct row rows[] = {
        { "nothing was done", {}, P, "calf", L, MINUTE, DAY, DOSE_ALLOWED, 0 },
        { "gap of percussion, just inside", { { 1, P, "calf", L, MINUTE, 0 } }, P, "calf", L, MINUTE,
                6 * HOUR - 1, DOSE_GAP, 1 },
        { "gap of percussion, at", { { 1, P, "calf", L, MINUTE, 0 } }, P, "calf", L, MINUTE, 6 * HOUR,
                DOSE_ALLOWED, 0 },
        { "gap of percussion, just past", { { 1, P, "calf", L, MINUTE, 0 } }, P, "calf", L, MINUTE,
                6 * HOUR + 1, DOSE_ALLOWED, 0 },
        { "gap of e-stim, just inside", { { 1, E, "calf", L, MINUTE, 0 } }, E, "calf", L, MINUTE,
                2 * HOUR - 1, DOSE_GAP, 1 },
        { "gap of e-stim, at", { { 1, E, "calf", L, MINUTE, 0 } }, E, "calf", L, MINUTE, 2 * HOUR,
                DOSE_ALLOWED, 0 },
        { "the newest counts for the gap",
                { { 1, E, "calf", L, MINUTE, 0 }, { 2, E, "calf", L, MINUTE, HOUR } }, E, "calf", L, MINUTE,
                2 * HOUR, DOSE_GAP, HOUR },
        { "of two rests the longer one is told",
                { { 1, P, "calf", L, MINUTE, 0 }, { 2, P, "calf", L, MINUTE, 6 * HOUR } }, P, "calf", L,
                MINUTE, 7 * HOUR, DOSE_SESSIONS, 17 * HOUR },
        { "the other side", { { 1, P, "calf", L, MINUTE, 0 } }, P, "calf", R, MINUTE, HOUR, DOSE_ALLOWED,
                0 },
        { "both sides meet one", { { 1, P, "calf", SIDE_BOTH, MINUTE, 0 } }, P, "calf", R, MINUTE, HOUR,
                DOSE_GAP, 5 * HOUR },
        { "one side meets both", { { 1, P, "calf", R, MINUTE, 0 } }, P, "calf", SIDE_BOTH, MINUTE, HOUR,
                DOSE_GAP, 5 * HOUR },
        { "another part", { { 1, P, "calf", L, MINUTE, 0 } }, P, "quads", L, MINUTE, HOUR, DOSE_ALLOWED, 0 },
        { "another kind", { { 1, E, "calf", L, MINUTE, 0 } }, P, "calf", L, MINUTE, HOUR, DOSE_ALLOWED, 0 },
        { "too little to be a treatment, just inside", { { 1, P, "calf", L, 29 * SECOND - 1, 0 } }, P,
                "calf", L, MINUTE, HOUR, DOSE_ALLOWED, 0 },
        { "two parts of a muscle in one session are one treatment",
                { { 1, P, "calf", L, MINUTE, 0 }, { 1, P, "soleus", L, MINUTE, MINUTE } }, P, "calf", L,
                MINUTE, 7 * HOUR, DOSE_ALLOWED, 0 },
        { "seconds on two parts of a muscle",
                { { 1, P, "calf", L, 20 * SECOND, 0 }, { 1, P, "soleus", L, 20 * SECOND, MINUTE } }, P,
                "soleus", L, MINUTE, HOUR, DOSE_GAP, 5 * HOUR + MINUTE },
        { "a part counts for its whole", { { 1, P, "vastus_lateralis", L, MINUTE, 0 } }, P, "quads", L,
                MINUTE, HOUR, DOSE_GAP, 5 * HOUR },
        { "the whole counts for a part", { { 1, P, "hamstrings", L, MINUTE, 0 } }, P, "hamstring_lateral", L,
                MINUTE, HOUR, DOSE_GAP, 5 * HOUR },
        { "near is not the same", { { 1, P, "glutes", L, MINUTE, 0 } }, P, "tfl", L, MINUTE, HOUR,
                DOSE_ALLOWED, 0 },
        { "minutes of a muscle", { { 1, P, "calf", L, 2 * MINUTE, 0 } }, P, "soleus", L, 2 * MINUTE + 1,
                7 * HOUR, DOSE_MINUTES, 17 * HOUR },
        { "a treatment, at", { { 1, P, "calf", L, 29 * SECOND, 0 } }, P, "calf", L, MINUTE, HOUR, DOSE_GAP,
                5 * HOUR },
        { "twice a day, just inside",
                { { 1, P, "calf", L, MINUTE, 0 }, { 2, P, "calf", L, MINUTE, 7 * HOUR } }, P, "calf", L,
                MINUTE, DAY - 1, DOSE_SESSIONS, 1 },
        { "twice a day, at", { { 1, P, "calf", L, MINUTE, 0 }, { 2, P, "calf", L, MINUTE, 7 * HOUR } }, P,
                "calf", L, MINUTE, DAY, DOSE_ALLOWED, 0 },
        { "three times a day e-stim, just inside",
                { { 1, E, "calf", L, MINUTE, 0 }, { 2, E, "calf", L, MINUTE, 3 * HOUR },
                        { 3, E, "calf", L, MINUTE, 6 * HOUR } },
                E, "calf", L, MINUTE, DAY - 1, DOSE_SESSIONS, 1 },
        { "three times a day e-stim, at",
                { { 1, E, "calf", L, MINUTE, 0 }, { 2, E, "calf", L, MINUTE, 3 * HOUR },
                        { 3, E, "calf", L, MINUTE, 6 * HOUR } },
                E, "calf", L, MINUTE, DAY, DOSE_ALLOWED, 0 },
        { "four minutes a day, at", { { 1, P, "calf", L, 2 * MINUTE, 0 } }, P, "calf", L, 2 * MINUTE,
                7 * HOUR, DOSE_ALLOWED, 0 },
        { "four minutes a day, just past", { { 1, P, "calf", L, 2 * MINUTE, 0 } }, P, "calf", L,
                2 * MINUTE + 1, 7 * HOUR, DOSE_MINUTES, 17 * HOUR },
        { "minutes of what was no treatment count too",
                { { 1, P, "calf", L, 28 * SECOND, 0 }, { 2, P, "soleus", L, 28 * SECOND, 7 * HOUR } }, P,
                "calf", L, 3 * MINUTE + 5 * SECOND, 8 * HOUR, DOSE_MINUTES, 16 * HOUR },
        { "bits of e-stim that come to a treatment",
                { { 1, E, "calf", L, 15 * SECOND, 0 }, { 2, E, "soleus", L, 14 * SECOND, HOUR } }, E, "calf",
                L, MINUTE, 2 * HOUR, DOSE_GAP, HOUR },
        { "bits of e-stim, just less",
                { { 1, E, "calf", L, 15 * SECOND, 0 }, { 2, E, "calf", L, 14 * SECOND - 1, 1 } }, E, "calf",
                L, MINUTE, 2, DOSE_ALLOWED, 0 },
        { "bits of e-stim, a gap between",
                { { 1, E, "calf", L, 28 * SECOND, 0 }, { 2, E, "calf", L, 28 * SECOND, 2 * HOUR } }, E,
                "calf", L, MINUTE, 2 * HOUR, DOSE_ALLOWED, 0 },
        { "bits of e-stim, just less than a gap between",
                { { 1, E, "calf", L, 28 * SECOND, 0 }, { 2, E, "calf", L, 28 * SECOND, 2 * HOUR - 1 } }, E,
                "calf", L, MINUTE, 2 * HOUR, DOSE_GAP, 2 * HOUR - 1 },
        { "who broke off begins again", { { 1, E, "calf", L, 5 * SECOND, 0 } }, E, "calf", L, 30 * MINUTE, 1,
                DOSE_ALLOWED, 0 },
        { "bits of e-stim are one of three treatments",
                { { 1, E, "calf", L, MINUTE, 0 }, { 2, E, "calf", L, MINUTE, 3 * HOUR },
                        { 3, E, "calf", L, 20 * SECOND, 6 * HOUR },
                        { 4, E, "calf", L, 20 * SECOND, 7 * HOUR } },
                E, "calf", L, MINUTE, 10 * HOUR, DOSE_SESSIONS, 14 * HOUR },
        { "bits are counted once",
                { { 1, E, "calf", L, MINUTE, 0 }, { 2, E, "calf", L, 20 * SECOND, 6 * HOUR },
                        { 3, E, "calf", L, 20 * SECOND, 7 * HOUR },
                        { 4, E, "calf", L, 5 * SECOND, 7 * HOUR + 1 } },
                E, "calf", L, MINUTE, 10 * HOUR, DOSE_ALLOWED, 0 },
        { "what was no treatment leaves the day and frees nothing",
                { { 1, E, "calf", L, SECOND, 0 }, { 2, E, "calf", L, MINUTE, 3 * HOUR },
                        { 3, E, "calf", L, MINUTE, 6 * HOUR }, { 4, E, "calf", L, MINUTE, 9 * HOUR } },
                E, "calf", L, MINUTE, 12 * HOUR, DOSE_SESSIONS, 15 * HOUR },
        { "bits of percussion that come to a treatment",
                { { 1, P, "calf", L, 28 * SECOND, 0 }, { 2, P, "soleus", L, SECOND, 5 * HOUR } }, P, "calf",
                L, MINUTE, 6 * HOUR, DOSE_GAP, 5 * HOUR },
        { "bits of the other side",
                { { 1, E, "calf", L, 20 * SECOND, 0 }, { 2, E, "calf", R, 20 * SECOND, 1 } }, E, "calf", L,
                MINUTE, 2, DOSE_ALLOWED, 0 },
        { "one long session is the gate's business", {}, P, "calf", L, 5 * MINUTE, DAY, DOSE_ALLOWED, 0 },
        { "its own session is not in its way", { { 9, P, "calf", L, MINUTE, 0 } }, P, "calf", L, MINUTE,
                HOUR, DOSE_ALLOWED, 0 },
        { "what lies ahead happened now", { { 1, P, "calf", L, MINUTE, 3 * DAY } }, P, "calf", L, MINUTE,
                HOUR, DOSE_GAP, 6 * HOUR },
};

static enum dose_rule ask(const struct dose_ledger *ledger, const struct zone_dose *planned,
        int64_t now_usec, uint64_t *ret_wait_usec) {
        struct dose_answer answer = dose_ledger_ask(ledger, planned, now_usec);

        assert_false(answer.may_be_over);
        if (ret_wait_usec && answer.rule != DOSE_ALLOWED)
                *ret_wait_usec = answer.wait_usec;
        return answer.rule;
}

static void req12_the_table(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
                const struct row *row = &rows[i];
                struct zone_dose planned = part(9, row->kind, row->zone, row->side, row->planned_usec, 0);
                uint64_t wait = 0;
                enum dose_rule rule;

                assert_int_equal(dose_ledger_new(&ledger), 0);
                for (size_t k = 0; k < ARRAY_SIZE(row->done) && row->done[k].zone; k++) {
                        struct zone_dose done =
                                part(row->done[k].session, row->done[k].kind, row->done[k].zone,
                                        row->done[k].side, row->done[k].on_usec, row->done[k].ended_usec);

                        assert_int_equal(dose_ledger_add(ledger, &done), 0);
                }
                rule = ask(ledger, &planned, row->now_usec, &wait);
                if (rule != row->rule || wait != (uint64_t) row->wait_usec)
                        fail_msg("%s: rule %u, wait %llu us", row->what, rule, (unsigned long long) wait);
        }
}

/* Of a calf. */
static struct zone_dose dose(
        unsigned session, enum role_kind kind, enum side side, int64_t on_usec, int64_t ended_usec) {
        return part(session, kind, "calf", side, on_usec, ended_usec);
}

static struct dose_ledger *ledger_of(const struct zone_dose *doses, size_t n) {
        struct dose_ledger *ledger = NULL;

        assert_int_equal(dose_ledger_new(&ledger), 0);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(dose_ledger_add(ledger, &doses[i]), 0);
        return ledger;
}

/* The planned one is allowed from then on, and where nothing is added up of short ones not before. */
static void check_wait(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec, bool exact) {
        struct dose_answer answer = dose_ledger_ask(ledger, planned, now_usec), then;
        int64_t end = now_usec + (int64_t) answer.wait_usec;

        if (answer.rule == DOSE_ALLOWED)
                return;
        then = dose_ledger_ask(ledger, planned, end);
        if (then.rule != DOSE_ALLOWED)
                fail_msg("after %" PRIu64 " min it is refused again: %s", answer.wait_usec / MINUTE,
                        dose_rule_explain(then.rule, planned->kind));
        if (exact)
                assert_int_not_equal(dose_ledger_ask(ledger, planned, end - 1).rule, DOSE_ALLOWED);
}

/* Whatever was done when: "again in 6 h 30 min" is true. */
static void the_time_that_is_named_is_enough(void **state) {
        static const int64_t lengths[] = { 20 * SECOND, MINUTE, 3 * MINUTE };
        static const int64_t hours[] = { 0, 1, 7, 11, 20 };

        for (unsigned n = 0; n < 3 * 3 * 3 * 5 * 5; n++) {
                unsigned a = n % 3, b = n / 3 % 3, planned_length = n / 9 % 3;
                int64_t first = hours[n / 27 % 5] * HOUR, second = first + (1 + hours[n / 135]) * HOUR;
                const struct zone_dose doses[] = {
                        dose(1, ROLE_PERCUSSION, SIDE_LEFT, lengths[a], first),
                        dose(2, ROLE_PERCUSSION, SIDE_LEFT, lengths[b], second),
                        dose(3, ROLE_PERCUSSION, SIDE_LEFT, lengths[2 - a], second + 2 * HOUR),
                };
                const struct zone_dose planned =
                        dose(9, ROLE_PERCUSSION, SIDE_LEFT, lengths[planned_length], 0);
                _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = ledger_of(doses, 3);

                check_wait(ledger, &planned, second + 3 * HOUR, a == 1 && b > 0);
                check_wait(ledger, &planned, second + 9 * HOUR, a == 1 && b > 0);
        }
}

/* 60 s at seven, 180 s at eighteen: the second has to leave the day, too. */
static void minutes_rest_until_all_of_it_fits(void **state) {
        const struct zone_dose doses[] = {
                dose(1, ROLE_PERCUSSION, SIDE_LEFT, MINUTE, 7 * HOUR),
                dose(2, ROLE_PERCUSSION, SIDE_LEFT, 28 * SECOND, 10 * HOUR),
                dose(2, ROLE_PERCUSSION, SIDE_LEFT, 152 * SECOND, 18 * HOUR),
        };
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = ledger_of(doses, 3);
        struct zone_dose planned = dose(9, ROLE_PERCUSSION, SIDE_LEFT, 3 * MINUTE, 0);
        struct dose_answer answer = dose_ledger_ask(ledger, &planned, DAY + HOUR / 2);

        assert_int_equal(answer.rule, DOSE_MINUTES);
        assert_int_equal(answer.wait_usec, 17 * HOUR + HOUR / 2);
        /* A minute fits as soon as the first has left. */
        planned.on_usec = (uint64_t) MINUTE;
        answer = dose_ledger_ask(ledger, &planned, DAY + HOUR / 2);
        assert_int_equal(answer.wait_usec, 6 * HOUR + HOUR / 2);
}

/* Of an old dose nobody knows how old it is; that is no reason to ask about one of an hour ago. */
static void what_is_known_to_forbid_it_is_not_asked_about(void **state) {
        struct zone_dose doses[] = {
                dose(1, ROLE_PERCUSSION, SIDE_LEFT, MINUTE, 0),
                dose(2, ROLE_PERCUSSION, SIDE_LEFT, MINUTE, 7 * HOUR),
        };
        struct zone_dose planned = dose(9, ROLE_PERCUSSION, SIDE_LEFT, MINUTE, 0);
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct dose_answer answer;

        doses[0].ended = (struct dose_time){ .may_be_earlier = true, .run = 1 };
        ledger = ledger_of(doses, 2);
        answer = dose_ledger_ask(ledger, &planned, 8 * HOUR);
        assert_int_not_equal(answer.rule, DOSE_ALLOWED);
        assert_false(answer.may_be_over);
        /* Once that has gone by, the other one is what is left: twice a day, unless it was longer ago. */
        answer = dose_ledger_ask(ledger, &planned, 14 * HOUR);
        assert_int_equal(answer.rule, DOSE_SESSIONS);
        assert_true(answer.may_be_over);
}

static void what_one_side_had_is_no_dose_of_the_other(void **state) {
        const struct zone_dose bits[] = {
                dose(1, ROLE_ESTIM, SIDE_LEFT, 16 * SECOND, 0),
                dose(1, ROLE_ESTIM, SIDE_RIGHT, 16 * SECOND, MINUTE),
        };
        const struct zone_dose treatments[] = {
                dose(1, ROLE_ESTIM, SIDE_LEFT, MINUTE, 0),
                dose(2, ROLE_ESTIM, SIDE_RIGHT, MINUTE, 3 * HOUR),
                dose(3, ROLE_ESTIM, SIDE_LEFT, MINUTE, 6 * HOUR),
                dose(4, ROLE_ESTIM, SIDE_LEFT, MINUTE, 9 * HOUR),
        };
        struct zone_dose planned = dose(9, ROLE_ESTIM, SIDE_BOTH, MINUTE, 0);

        for (size_t n = 2; n <= 4; n++) {
                _cleanup_(dose_ledger_freep) struct dose_ledger *ledger =
                        n == 2 ? ledger_of(bits, 2) : ledger_of(treatments, n);
                struct dose_answer answer = dose_ledger_ask(ledger, &planned, (int64_t) n * 3 * HOUR);

                /* Three times on the left are three times. */
                assert_int_equal(answer.rule, n == 4 ? DOSE_SESSIONS : DOSE_ALLOWED);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req12_the_table),
                cmocka_unit_test(the_time_that_is_named_is_enough),
                cmocka_unit_test(minutes_rest_until_all_of_it_fits),
                cmocka_unit_test(what_is_known_to_forbid_it_is_not_asked_about),
                cmocka_unit_test(what_one_side_had_is_no_dose_of_the_other),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
