/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/watchdog.h"
#include "tests/test.h"
#include "tests/virtual/virtual-clock.h"

#define MSEC(n) ((n) *USEC_PER_MSEC)
#define WHOLE "WATCHDOG_USEC=1500000\nWATCHDOG=1"
#define BEAT "WATCHDOG=1"
#define ENOUGH "WATCHDOG_USEC=0"

/* What the service manager was told, and whether it hears. */
static char last[64];
static unsigned told;
static int answer;

static int notify(const char *state) {
        told++;
        (void) snprintf(last, sizeof(last), "%s", state);
        return answer;
}

struct bench {
        struct virtual_clock *clock;
        struct watchdog *watchdog;
};

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        last[0] = '\0';
        told = 0;
        answer = 1;
        b->clock = virtual_clock_new();
        assert_int_equal(watchdog_new(virtual_clock_base(b->clock), notify, &b->watchdog), 0);
        *state = b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        watchdog_free(b->watchdog);
        virtual_clock_free(b->clock);
        free(b);
        return 0;
}

static void req17_it_is_armed_with_the_first_output_and_fed_in_time(void **state) {
        struct bench *b = *state;

        watchdog_output(b->watchdog, true);
        assert_string_equal(last, WHOLE);
        assert_int_equal(told, 1);
        for (unsigned i = 0; i < 20; i++) {
                virtual_clock_advance(b->clock, WATCHDOG_PERIOD_USEC);
                assert_string_equal(last, BEAT);
                assert_int_equal(told, i + 2);
        }
        /* Three beats may be lost. */
        assert_true(WATCHDOG_PERIOD_USEC * 4 <= WATCHDOG_TIMEOUT_USEC);
}

static void an_idle_daemon_never_wakes(void **state) {
        struct bench *b = *state;

        assert_int_equal(virtual_clock_armed(b->clock), 0);
        assert_int_equal(told, 0);
        watchdog_output(b->watchdog, true);
        watchdog_output(b->watchdog, false);
        assert_string_equal(last, ENOUGH);
        assert_int_equal(virtual_clock_armed(b->clock), 0);
        virtual_clock_advance(b->clock, MSEC(10000));
        assert_int_equal(told, 2);
}

static void it_goes_on_until_the_last_device_is_off(void **state) {
        struct bench *b = *state;

        watchdog_output(b->watchdog, true);
        watchdog_output(b->watchdog, true);
        assert_int_equal(told, 1);
        watchdog_output(b->watchdog, false);
        assert_int_equal(told, 1);
        virtual_clock_advance(b->clock, WATCHDOG_PERIOD_USEC);
        assert_string_equal(last, BEAT);
        watchdog_output(b->watchdog, false);
        assert_string_equal(last, ENOUGH);
        watchdog_output(b->watchdog, true);
        assert_string_equal(last, WHOLE);
}

static void a_word_that_was_lost_is_said_again(void **state) {
        struct bench *b = *state;

        answer = -ENOTCONN;
        watchdog_output(b->watchdog, true);
        virtual_clock_advance(b->clock, WATCHDOG_PERIOD_USEC);
        assert_string_equal(last, WHOLE);
        answer = 1;
        virtual_clock_advance(b->clock, WATCHDOG_PERIOD_USEC);
        assert_string_equal(last, WHOLE);
        virtual_clock_advance(b->clock, WATCHDOG_PERIOD_USEC);
        assert_string_equal(last, BEAT);
}

static void one_off_too_many_is_nothing(void **state) {
        struct bench *b = *state;

        watchdog_output(b->watchdog, false);
        assert_int_equal(told, 0);
        watchdog_output(b->watchdog, true);
        assert_string_equal(last, WHOLE);
}

int main(void) {
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BENCH_TEST(req17_it_is_armed_with_the_first_output_and_fed_in_time),
                BENCH_TEST(an_idle_daemon_never_wakes),
                BENCH_TEST(it_goes_on_until_the_last_device_is_off),
                BENCH_TEST(a_word_that_was_lost_is_said_again),
                BENCH_TEST(one_off_too_many_is_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
