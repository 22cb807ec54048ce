/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is said of a rest: that it is over then, which dose it is about, and that one side is not the other. */

#include <inttypes.h>

#include "daemon/runner/dose-ledger.h"
#include "tests/test.h"

#define SECOND ((int64_t) USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct zone_dose dose(
        unsigned session, enum role_kind kind, enum side side, int64_t on_usec, int64_t ended_usec) {
        return (struct zone_dose){ .runner = 1000,
                .session = session,
                .zone = zone_by_id("calf"),
                .side = side,
                .kind = kind,
                .on_usec = (uint64_t) on_usec,
                .ended = dose_time_at(ended_usec) };
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
                cmocka_unit_test(the_time_that_is_named_is_enough),
                cmocka_unit_test(minutes_rest_until_all_of_it_fits),
                cmocka_unit_test(what_is_known_to_forbid_it_is_not_asked_about),
                cmocka_unit_test(what_one_side_had_is_no_dose_of_the_other),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
