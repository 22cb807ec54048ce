/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is true of one output, from what was allowed to what the device says. */

#include "daemon/safety/channel.h"
#include "tests/test.h"

static void sent_is_what_the_link_took(void **state) {
        struct channel c = {};

        channel_queue(&c, 3000, 10);
        assert_true(channel_is_behind(&c));
        assert_int_equal(channel_taken(&c, false), 0);
        /* Replaced before it went out: it was never sent. */
        channel_queue(&c, 5000, 20);
        assert_true(channel_hand_over(&c, true, true, 30));
        assert_false(channel_is_behind(&c));
        assert_int_equal(c.handed.level, 5000);
        assert_int_equal(c.handed.at_usec, 30);
        assert_int_equal(channel_taken(&c, false), 5000);
        assert_false(channel_hand_over(&c, true, true, 40)); /* the same once more */
        /* It may have been at the highest that was ever queued. */
        channel_queue(&c, 1000, 50);
        assert_int_equal(c.certainty.worst, 5000);
}

static void half_of_the_frames_are_not_a_level_but_may_be_output(void **state) {
        struct channel c = {};

        channel_queue(&c, 3000, 10);
        assert_false(channel_hand_over(&c, true, false, 20));
        assert_true(channel_is_behind(&c));
        /* Zero from before it began is no proof of being off. */
        assert_int_equal(channel_report(&c, 0, false, false, 30), CHANNEL_REPORT_STALE);
        channel_stop(&c, 40);
        assert_int_equal(channel_report(&c, 0, false, false, 50), CHANNEL_REPORT_STALE);
        channel_stopped(&c, true, 60);
        assert_int_equal(channel_report(&c, 0, false, false, 70), CHANNEL_REPORT_TAKEN);
        assert_int_equal(c.certainty.state, CERTAINTY_OFF);
}

/* Two frames carry it, and the level changed between them: it is neither, until both carry the same. */
static void frames_of_two_levels_are_neither(void **state) {
        struct channel c = {};

        channel_queue(&c, 3000, 10);
        assert_false(channel_hand_over(&c, true, false, 20));
        channel_queue(&c, 2000, 30);
        assert_false(channel_hand_over(&c, false, true, 40));
        assert_int_equal(channel_taken(&c, false), 0);
        assert_false(channel_hand_over(&c, true, false, 50));
        assert_true(channel_hand_over(&c, false, true, 60));
        assert_int_equal(channel_taken(&c, false), 2000);
}

static void a_level_is_confirmed_once(void **state) {
        struct channel c = {};

        channel_queue(&c, 3000, 10);
        assert_true(channel_hand_over(&c, true, true, 20));
        assert_int_equal(channel_taken(&c, true), 0);
        assert_int_equal(channel_report(&c, 3000, false, true, 30), CHANNEL_REPORT_CONFIRMS);
        assert_int_equal(channel_report(&c, 3000, false, true, 40), CHANNEL_REPORT_TAKEN);
        assert_int_equal(channel_taken(&c, true), 3000);
        channel_queue(&c, 4000, 50);
        assert_true(channel_hand_over(&c, true, true, 60));
        assert_int_equal(channel_report(&c, 3000, false, false, 70), CHANNEL_REPORT_TAKEN);
        assert_int_equal(channel_taken(&c, true), 3000);
        assert_int_equal(channel_report(&c, 4000, false, true, 80), CHANNEL_REPORT_CONFIRMS);
}

static void a_device_that_stays_lower_is_held(void **state) {
        struct channel c = {};

        channel_queue(&c, 21000, 10);
        assert_true(channel_hand_over(&c, true, true, 20));
        /* Of an answer to something older it is not known. */
        (void) channel_report(&c, 20000, false, false, 30);
        assert_int_equal(c.held_max, 0);
        (void) channel_report(&c, 20000, false, true, 40);
        assert_int_equal(c.held_max, 20000);
        /* Told what it takes, it still takes no more. */
        channel_queue(&c, 20000, 50);
        (void) channel_hand_over(&c, true, true, 60);
        assert_int_equal(c.held_max, 20000);
        channel_queue(&c, 15000, 70);
        (void) channel_hand_over(&c, true, true, 80);
        assert_int_equal(c.held_max, 0);
}

static void a_hand_turns_to_zero(void **state) {
        struct channel c = {};

        channel_queue(&c, 3000, 10);
        (void) channel_hand_over(&c, true, true, 20);
        assert_int_equal(channel_report(&c, 0, true, false, 30), CHANNEL_REPORT_TAKEN);
        assert_int_equal(c.certainty.state, CERTAINTY_OFF);
}

static void a_link_that_is_gone_leaves_nothing_to_rise_from(void **state) {
        struct channel c = {};

        channel_queue(&c, 3000, 10);
        (void) channel_hand_over(&c, true, true, 20);
        (void) channel_report(&c, 3000, false, true, 30);
        channel_doubt(&c, 40);
        assert_int_equal(c.certainty.state, CERTAINTY_UNCERTAIN);
        assert_int_equal(channel_taken(&c, true), 0);
        assert_false(channel_is_behind(&c));
        channel_lose(&c, false, 50);
        assert_int_equal(c.certainty.state, CERTAINTY_UNREACHABLE);
        assert_int_equal(c.certainty.worst, 3000);
}

/* What was given behind a stop is not the stop's to answer for. */
static void a_stop_says_nothing_of_what_came_after_it(void **state) {
        struct channel c = {};

        channel_queue(&c, 3000, 10);
        (void) channel_hand_over(&c, true, true, 20);
        channel_stop(&c, 30);
        channel_queue(&c, 1000, 40);
        channel_stopped(&c, true, 50);
        assert_int_equal(c.certainty.worst, 1000);
        assert_true(certainty_may_be_on(&c.certainty));
        assert_int_equal(channel_report(&c, 0, false, false, 60), CHANNEL_REPORT_STALE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sent_is_what_the_link_took),
                cmocka_unit_test(half_of_the_frames_are_not_a_level_but_may_be_output),
                cmocka_unit_test(frames_of_two_levels_are_neither),
                cmocka_unit_test(a_level_is_confirmed_once),
                cmocka_unit_test(a_device_that_stays_lower_is_held),
                cmocka_unit_test(a_hand_turns_to_zero),
                cmocka_unit_test(a_link_that_is_gone_leaves_nothing_to_rise_from),
                cmocka_unit_test(a_stop_says_nothing_of_what_came_after_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
