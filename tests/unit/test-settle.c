/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/settle.h"
#include "tests/test.h"
#include "tests/virtual/virtual-clock.h"

#define MSEC(n) ((n) *USEC_PER_MSEC)

static struct {
        struct virtual_clock *clock;
        struct settle *settle;
        bool so;
        unsigned over, so_at_the_end;
} t;

static bool is_so(void *userdata) {
        return t.so;
}

static void over(bool so, void *userdata) {
        t.over++;
        t.so_at_the_end += so;
}

static int setup(void **state) {
        memset(&t, 0, sizeof(t));
        t.clock = virtual_clock_new();
        assert_non_null(t.clock);
        return settle_new(
                &(struct settle_settings){ virtual_clock_base(t.clock), is_so, over, NULL }, &t.settle);
}

static int teardown(void **state) {
        settle_free(t.settle);
        virtual_clock_free(t.clock);
        return 0;
}

static void what_is_so_already_is_over_at_once(void **state) {
        t.so = true;
        settle_begin(t.settle, MSEC(100));
        assert_int_equal(t.over, 1);
        assert_int_equal(t.so_at_the_end, 1);
        assert_int_equal(virtual_clock_armed(t.clock), 0);
}

static void it_is_noticed_at_once(void **state) {
        settle_begin(t.settle, MSEC(1000));
        virtual_clock_advance(t.clock, MSEC(500));
        assert_int_equal(t.over, 0);
        settle_look(t.settle);
        assert_int_equal(t.over, 0);
        t.so = true;
        settle_look(t.settle);
        assert_int_equal(t.over, 1);
        assert_int_equal(t.so_at_the_end, 1);
        settle_look(t.settle);
        virtual_clock_advance(t.clock, MSEC(5000));
        assert_int_equal(t.over, 1);
}

static void it_gives_up_in_time_and_says_so(void **state) {
        settle_begin(t.settle, MSEC(25));
        virtual_clock_advance(t.clock, MSEC(24));
        assert_int_equal(t.over, 0);
        virtual_clock_advance(t.clock, MSEC(1));
        assert_int_equal(t.over, 1);
        assert_int_equal(t.so_at_the_end, 0);
        assert_int_equal(virtual_clock_armed(t.clock), 0);
}

static void the_last_one_who_waits_counts(void **state) {
        settle_begin(t.settle, MSEC(100));
        virtual_clock_advance(t.clock, MSEC(90));
        settle_begin(t.settle, MSEC(100));
        virtual_clock_advance(t.clock, MSEC(99));
        assert_int_equal(t.over, 0);
        virtual_clock_advance(t.clock, MSEC(1));
        assert_int_equal(t.over, 1);
}

int main(void) {
#define SETTLE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                SETTLE_TEST(what_is_so_already_is_over_at_once),
                SETTLE_TEST(it_is_noticed_at_once),
                SETTLE_TEST(it_gives_up_in_time_and_says_so),
                SETTLE_TEST(the_last_one_who_waits_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
