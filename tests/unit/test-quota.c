/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/quota.h"
#include "tests/test.h"

#define SECOND UINT64_C(1000000)

static void a_burst_passes_and_then_no_more(void **state) {
        struct quota quota = {};
        uint64_t now = 100 * SECOND;

        for (unsigned i = 0; i < QUOTA_BURST; i++)
                assert_true(quota_take(&quota, ":1.1", 1, now));
        assert_false(quota_take(&quota, ":1.1", 1, now));
}

static void it_fills_again_at_its_rate(void **state) {
        struct quota quota = {};
        uint64_t now = 100 * SECOND;

        for (unsigned i = 0; i < QUOTA_BURST; i++)
                (void) quota_take(&quota, ":1.1", 1, now);
        now += SECOND;
        for (unsigned i = 0; i < QUOTA_RATE; i++)
                assert_true(quota_take(&quota, ":1.1", 1, now));
        assert_false(quota_take(&quota, ":1.1", 1, now));
}

static void one_client_does_not_use_up_anothers(void **state) {
        struct quota quota = {};

        for (unsigned i = 0; i < 10000; i++)
                (void) quota_take(&quota, ":1.1", 1, SECOND);
        assert_true(quota_take(&quota, ":1.2", 1, SECOND));
}

/* Names that come and go push out those that were quiet, not the flood. */
static void a_flood_is_remembered_among_many_names(void **state) {
        struct quota quota = {};
        char name[24];

        for (unsigned i = 0; i < 10000; i++)
                (void) quota_take(&quota, ":1.1", 1, SECOND);
        for (unsigned i = 0; i < 1000; i++) {
                (void) snprintf(name, sizeof(name), ":2.%u", i);
                (void) quota_take(&quota, name, 1, SECOND);
        }
        assert_false(quota_take(&quota, ":1.1", 1, SECOND));
}

static void large_calls_count_as_several(void **state) {
        struct quota quota = { .rate = 400 };

        for (unsigned i = 0; i < 18; i++)
                assert_true(quota_take(&quota, "1000", 65, SECOND));
        assert_false(quota_take(&quota, "1000", 65, SECOND));
        /* What was refused took nothing. */
        assert_true(quota_take(&quota, "1000", 30, SECOND));
        assert_false(quota_take(&quota, "1001", 1201, SECOND));
        assert_true(quota_take(&quota, "1001", 1200, SECOND));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_burst_passes_and_then_no_more),
                cmocka_unit_test(it_fills_again_at_its_rate),
                cmocka_unit_test(one_client_does_not_use_up_anothers),
                cmocka_unit_test(a_flood_is_remembered_among_many_names),
                cmocka_unit_test(large_calls_count_as_several),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
