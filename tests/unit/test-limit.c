/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/limit.h"
#include "tests/test.h"

static void a_limit_only_narrows(void **state) {
        struct limit limit = limit_of(100);

        assert_int_equal(limit.given, 100);
        limit_narrow(&limit, 200, LIMIT_DEVICE, LIMIT_FROM_DEVICE);
        assert_int_equal(limit.given, 100);
        assert_int_equal(limit.n_reasons, 0);
        limit_narrow(&limit, 60, LIMIT_ROUTINE, LIMIT_FROM_ROUTINE);
        limit_narrow(&limit, 80, LIMIT_DEVICE, LIMIT_FROM_DEVICE);
        assert_int_equal(limit.given, 60);
        assert_int_equal(limit.asked, 100);
}

static void the_tightest_reason_is_named_and_all_are_kept(void **state) {
        struct limit limit = limit_of(100);

        assert_int_equal(limit.tightest.rule, LIMIT_NONE);
        limit_narrow(&limit, 60, LIMIT_ROUTINE, LIMIT_FROM_ROUTINE);
        limit_narrow(&limit, 80, LIMIT_DEVICE, LIMIT_FROM_DEVICE);
        limit_narrow(&limit, 100, LIMIT_CEILING, LIMIT_FROM_LIMBER);
        limit_narrow(&limit, 60, LIMIT_KNOB, LIMIT_FROM_DEVICE);
        assert_int_equal(limit.tightest.rule, LIMIT_ROUTINE);
        assert_int_equal(limit.tightest.source, LIMIT_FROM_ROUTINE);
        assert_int_equal(limit.n_reasons, 3);
        assert_int_equal(limit.reasons[1].rule, LIMIT_DEVICE);
        assert_int_equal(limit.reasons[1].max, 80);
}

static void negative_is_zero(void **state) {
        struct limit limit = limit_of(-5);

        assert_int_equal(limit.asked, 0);
        limit = limit_of(100);
        limit_narrow(&limit, INT64_MIN, LIMIT_LEASE, LIMIT_FROM_LIMBER);
        assert_int_equal(limit.given, 0);
        assert_int_equal(limit.reasons[0].max, 0);
}

static void what_is_forbidden_is_zero(void **state) {
        struct limit limit = limit_of(100);

        limit_forbid(&limit, LIMIT_LEASE, LIMIT_FROM_SESSION);
        assert_int_equal(limit.given, 0);
        assert_int_equal(limit.tightest.rule, LIMIT_LEASE);
        assert_int_equal(limit.tightest.max, 0);
        assert_int_equal(limit.tightest.source, LIMIT_FROM_SESSION);
}

static void more_reasons_than_fit_still_narrow(void **state) {
        struct limit limit = limit_of(1000);

        for (int i = 0; i < 100; i++)
                limit_narrow(&limit, 999 - i, LIMIT_DEVICE, LIMIT_FROM_LIMBER);
        assert_int_equal(limit.given, 900);
        assert_int_equal(limit.tightest.max, 900);
        assert_int_equal(limit.n_reasons, LIMIT_REASONS_MAX);
}

static void every_rule_has_a_word_and_a_sentence(void **state) {
        for (int i = LIMIT_NONE + 1; i < _LIMIT_MAX; i++) {
                assert_true(strlen(limit_rule_to_string((enum limit_rule) i)) > 0);
                assert_true(strlen(limit_rule_explain((enum limit_rule) i)) > 0);
        }
        assert_string_equal(limit_rule_to_string(_LIMIT_MAX), "");
        /* One of each can be kept. */
        assert_true(LIMIT_REASONS_MAX >= _LIMIT_MAX - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_limit_only_narrows),
                cmocka_unit_test(the_tightest_reason_is_named_and_all_are_kept),
                cmocka_unit_test(negative_is_zero),
                cmocka_unit_test(what_is_forbidden_is_zero),
                cmocka_unit_test(more_reasons_than_fit_still_narrow),
                cmocka_unit_test(every_rule_has_a_word_and_a_sentence),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
