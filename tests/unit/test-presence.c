/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/presence.h"
#include "tests/test.h"
#include "tests/virtual/virtual-clock.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)

struct bench {
        struct virtual_clock *clock;
        struct presence *presence;
        unsigned asked, lost;
        uint64_t asked_usec, lost_usec;
};

static void on_ask(void *userdata) {
        struct bench *b = userdata;

        b->asked++;
        b->asked_usec = virtual_clock_now(b->clock);
        assert_true(presence_is_asking(b->presence));
        assert_true(presence_is_alive(b->presence));
}

static void on_lost(void *userdata) {
        struct bench *b = userdata;

        b->lost++;
        b->lost_usec = virtual_clock_now(b->clock);
        /* Whoever is told can ask already. */
        assert_false(presence_is_alive(b->presence));
}

static const struct presence_handler handler = { .ask = on_ask, .lost = on_lost };

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        b->clock = virtual_clock_new();
        assert_int_equal(presence_new(virtual_clock_base(b->clock), &handler, b, &b->presence), 0);
        *state = b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        presence_free(b->presence);
        virtual_clock_free(b->clock);
        free(b);
        return 0;
}

static void nobody_is_there_before_somebody_did_something(void **state) {
        struct bench *b = *state;

        assert_false(presence_is_alive(b->presence));
        virtual_clock_advance(b->clock, SECONDS(1000));
        assert_int_equal(b->asked, 0);
        assert_int_equal(b->lost, 0);
        assert_int_equal(virtual_clock_armed(b->clock), 0);
}

static void silence_is_asked_about_and_then_lost(void **state) {
        struct bench *b = *state;
        uint64_t t = virtual_clock_now(b->clock);

        presence_seen(b->presence);
        virtual_clock_advance(b->clock, SECONDS(150) - 1);
        assert_int_equal(b->asked, 1);
        assert_int_equal(b->asked_usec, t + SECONDS(120));
        assert_int_equal(b->lost, 0);
        assert_true(presence_is_alive(b->presence));
        virtual_clock_advance(b->clock, 1);
        assert_int_equal(b->lost, 1);
        assert_int_equal(b->lost_usec, t + SECONDS(150));
        assert_false(presence_is_asking(b->presence));
        virtual_clock_advance(b->clock, SECONDS(1000));
        assert_int_equal(b->asked, 1);
        assert_int_equal(b->lost, 1);
}

static void an_answer_is_good_for_another_round(void **state) {
        struct bench *b = *state;

        presence_seen(b->presence);
        for (unsigned i = 1; i <= 5; i++) {
                virtual_clock_advance(b->clock, SECONDS(149));
                assert_int_equal(b->asked, i);
                presence_seen(b->presence);
                assert_false(presence_is_asking(b->presence));
        }
        assert_int_equal(b->lost, 0);
}

/* Whoever does something is not asked. */
static void who_acts_is_not_asked(void **state) {
        struct bench *b = *state;

        for (unsigned i = 0; i < 10; i++) {
                presence_seen(b->presence);
                virtual_clock_advance(b->clock, SECONDS(119));
        }
        assert_int_equal(b->asked, 0);
        assert_true(presence_is_alive(b->presence));
}

static void after_the_end_nobody_is_asked(void **state) {
        struct bench *b = *state;

        presence_seen(b->presence);
        virtual_clock_advance(b->clock, SECONDS(130));
        assert_true(presence_is_asking(b->presence));
        presence_end(b->presence);
        assert_false(presence_is_alive(b->presence));
        assert_false(presence_is_asking(b->presence));
        assert_int_equal(virtual_clock_armed(b->clock), 0);
        virtual_clock_advance(b->clock, SECONDS(1000));
        assert_int_equal(b->lost, 0);
        /* And it can begin again. */
        presence_seen(b->presence);
        virtual_clock_advance(b->clock, SECONDS(120));
        assert_int_equal(b->asked, 2);
}

int main(void) {
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BENCH_TEST(nobody_is_there_before_somebody_did_something),
                BENCH_TEST(silence_is_asked_about_and_then_lost),
                BENCH_TEST(an_answer_is_good_for_another_round),
                BENCH_TEST(who_acts_is_not_asked),
                BENCH_TEST(after_the_end_nobody_is_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
