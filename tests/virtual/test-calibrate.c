/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A calibration: the level goes where single presses take it, no further, and what is found is what e-stim then runs by. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define PRESS_USEC (600 * USEC_PER_MSEC)

#define TEXT_WHOLE_RANGE                                                                                          \
        ROUTINE_HEAD(ROLE_PADS)                                                                                   \
        "steps = ({ kind = \"estim\"; zone = \"calf\"; sides = \"left\"; lead_in = \"0s\"; duration = \"10min\";" \
        " frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"100%\"; ramp = \"1s\"; pad_area = \"25cm2\"; });"

/* Of the 200 that the pads can, by what they give. */
static int level_now(const struct world *world) {
        return (int) virtual_peer_output(world->pads.peer, 0).amplitude_permille * 200 / 1000;
}

static struct world *calibrating(void **state) {
        struct world *world = *state;
        const struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .calibrate = true, .devices = { world->pads.device }
        };

        assert_int_equal(world_start_options(world, world_routine_text(TEXT_WHOLE_RANGE), &options), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        /* Not at the very moment of a frame, so that "since now" means one thing. */
        world_run(world, SECONDS(2) + 30 * USEC_PER_MSEC);
        assert_int_equal(level_now(world), 0);
        return world;
}

/* As a person does: one press, and wait for what it does. */
static void press(struct world *world, unsigned times) {
        for (unsigned i = 0; i < times; i++) {
                int before = level_now(world);

                assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), 0);
                world_run(world, PRESS_USEC);
                assert_int_equal(level_now(world), before + 1);
        }
}

static int here(struct world *world) {
        return session_answer(world->session, WORLD_HOLDER, session_prompt(world->session), "here");
}

static void three_levels_are_found_and_it_ends_at_zero(void **state) {
        struct world *world = calibrating(state);
        uint64_t t;

        assert_non_null(startswith(session_prompt(world->session), "sensation-"));
        assert_string_equal(session_prompt_answer(world->session, 0), "here");
        press(world, 4);
        assert_int_equal(here(world), 0);
        assert_non_null(startswith(session_prompt(world->session), "comfort-"));
        press(world, 8);
        assert_int_equal(here(world), 0);
        assert_non_null(startswith(session_prompt(world->session), "maximum-"));
        press(world, 3);
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, -1), 0);
        world_run(world, PRESS_USEC + 30 * USEC_PER_MSEC);
        assert_int_equal(level_now(world), 14);
        t = virtual_clock_now(world->clock);
        assert_int_equal(here(world), 0);
        assert_int_equal(session_state(world->session), SESSION_ENDED);
        assert_int_equal(session_reason(world->session), REASON_COMPLETED);
        assert_int_equal(first_zero_since(&world->pads, t), t);
        world_run(world, SECONDS(5));
        assert_int_equal(frames_with_output_since(&world->pads, t), 0);

        assert_int_equal(world->calibrations, 1);
        assert_false(world_has_alert(world, "not-calibrated"));
        assert_int_equal(world->marks.sensation, 4000);
        assert_int_equal(world->marks.comfort, 12000);
        assert_int_equal(world->marks.maximum, 14000);
        assert_int_equal(world->marks.side, SIDE_LEFT);
        assert_string_equal(world->marks.stage->step->zone->id, "calf");
        assert_int_equal(world->marks.stage->step->pad_area_mm2, 2500);
}

/* The last limits (BF) on the wire: of channel A. */
static unsigned own_limit(const struct virtual_peer *pads) {
        for (size_t i = pads->n_frames; i > 0; i--)
                if (pads->frames[i - 1].n == 7 && pads->frames[i - 1].bytes[0] == 0xbf)
                        return pads->frames[i - 1].bytes[1];
        return 0;
}

/* Or everything above the device's own limit would be found in vain; and afterwards nobody's limit is left in the device. */
static void the_devices_own_limit_lets_a_calibration_pass_and_comes_back(void **state) {
        struct world *world = calibrating(state);

        assert_int_equal(own_limit(world->pads.peer), 20);
        press(world, 25);
        assert_int_equal(level_now(world), 25);
        assert_true(own_limit(world->pads.peer) > 25);
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(2));
        assert_int_equal(own_limit(world->pads.peer), 20);
}

static void a_key_that_repeats_runs_one_press_ahead_at_most(void **state) {
        struct world *world = calibrating(state);

        for (unsigned i = 0; i < 100; i++)
                assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), 0);
        /* The first had not arrived when the second came, nor had any other. */
        world_run(world, SECONDS(10));
        assert_int_equal(level_now(world), 1);
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 50), 0);
        world_run(world, SECONDS(10));
        assert_int_equal(level_now(world), 2);
        /* Held down for ten seconds: a step in half a second at most. */
        for (unsigned i = 0; i < 100; i++) {
                (void) session_adjust(world->session, WORLD_HOLDER, 1);
                world_run(world, 100 * USEC_PER_MSEC);
        }
        assert_in_range(level_now(world), 10, 24);
}

static void down_is_as_far_as_is_wanted_and_at_once(void **state) {
        struct world *world = calibrating(state);

        press(world, 9);
        assert_int_equal(session_adjust(world->session, WORLD_OTHER, -100), 0);
        world_run(world, 200 * USEC_PER_MSEC);
        assert_int_equal(level_now(world), 0);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
}

static void what_nobody_calibrated_before_is_no_limit_to_it(void **state) {
        struct world *world = calibrating(state);

        press(world, 23); /* 20 is what goes without */
        assert_int_equal(level_now(world), 23);
}

static void a_mark_is_no_mark_without_output_or_below_the_last(void **state) {
        struct world *world = calibrating(state);

        assert_int_equal(here(world), -ENODATA);
        press(world, 3);
        assert_int_equal(
                session_answer(world->session, WORLD_HOLDER, session_prompt(world->session), "there"),
                -EDOM);
        assert_int_equal(
                session_answer(world->session, WORLD_OTHER, session_prompt(world->session), "here"), -EPERM);
        assert_int_equal(here(world), 0);
        (void) session_adjust(world->session, WORLD_HOLDER, -1);
        world_run(world, PRESS_USEC);
        assert_int_equal(here(world), -ERANGE);
        assert_non_null(startswith(session_prompt(world->session), "comfort-"));
        assert_int_equal(world->calibrations, 0);
}

static void a_pause_begins_it_again(void **state) {
        struct world *world = calibrating(state);

        press(world, 5);
        assert_int_equal(here(world), 0);
        session_pause(world->session, REASON_ASKED);
        assert_string_equal(session_prompt(world->session), "");
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(5));
        assert_int_equal(level_now(world), 0);
        assert_non_null(startswith(session_prompt(world->session), "sensation-"));
}

static void what_hurts_ends_it_and_nothing_is_kept(void **state) {
        static const char *const words[] = { "burning", NULL };
        struct world *world = calibrating(state);

        press(world, 5);
        assert_int_equal(here(world), 0);
        assert_int_equal(session_discomfort(world->session, 2, NULL), 0);
        assert_non_null(startswith(session_prompt(world->session), "comfort-"));
        assert_int_equal(session_discomfort(world->session, 1, words), 0);
        world_run(world, SECONDS(1));
        assert_int_equal(session_state(world->session), SESSION_ENDED);
        assert_int_equal(world->calibrations, 0);
        assert_int_equal(level_now(world), 0);
}

static void nobody_is_asked_how_much_it_hurts_meanwhile(void **state) {
        struct world *world = calibrating(state);

        press(world, 3);
        world_run(world, SECONDS(200));
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_non_null(startswith(session_prompt(world->session), "sensation-"));
}

static void estim_then_runs_by_what_was_found(void **state) {
        static const struct {
                int64_t comfort, bearable;
                int level;
        } cases[] = {
                { 0, 0, 12 },        /* 60 % of the 20 that go without */
                { 16000, 18000, 9 }, /* 60 % of 16, rounded down */
                { 30000, 40000, 18 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct world *world = NULL;

                assert_int_equal(world_setup((void **) &world), 0);
                world->person.comfort = cases[i].comfort;
                world->person.bearable = cases[i].bearable;
                assert_int_equal(world_start_text(world, TEXT_PADS), 0);
                world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
                world_run(world, SECONDS(20));
                assert_int_equal(level_now(world), cases[i].level);
                assert_int_equal(world_teardown((void **) &world), 0);
        }
}

/* What holds when output begins holds until it ends: nothing that gets to be known meanwhile lets it rise. */
static void what_becomes_known_meanwhile_raises_nothing(void **state) {
#define USED_TO_IT .cap = GATE_NO_CAP, .sessions_done = GATE_SESSIONS_UNKNOWN
        static const struct {
                struct gate_person before, after;
                int level;
        } cases[] = {
                /* The third session with pads begins to count while it runs: 60 % of the 20 it asks for. */
                { { GATE_NO_CAP, .sessions_done = 2 }, { GATE_NO_CAP, .sessions_done = 3 }, 12 },
                /* What was found grows too old, and 20 is what goes without. */
                { { USED_TO_IT, .comfort = 10000, .bearable = 10000 }, { USED_TO_IT }, 10 },
                /* It was found anew. */
                { { USED_TO_IT, .comfort = 10000, .bearable = 10000 },
                        { USED_TO_IT, .comfort = 30000, .bearable = 40000 }, 10 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct world *world = NULL;

                assert_int_equal(world_setup((void **) &world), 0);
                world->person = cases[i].before;
                assert_int_equal(world_start_text(world, TEXT_WHOLE_RANGE), 0);
                world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
                world_run(world, SECONDS(20));
                assert_int_equal(level_now(world), cases[i].level);
                world->person = cases[i].after;
                world_run(world, SECONDS(20));
                assert_int_equal(level_now(world), cases[i].level);
                /* Nor after a pause, which is the same session. */
                session_pause(world->session, REASON_ASKED);
                assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
                world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
                world_run(world, SECONDS(20));
                assert_int_equal(level_now(world), cases[i].level);
                /* A cap holds from the moment it is set. */
                world->person.cap = 3000;
                world_run(world, SECONDS(1));
                assert_int_equal(level_now(world), 3);
                assert_int_equal(world_teardown((void **) &world), 0);
        }
}

static void who_stops_before_the_third_is_told_that_nothing_is_kept(void **state) {
        struct world *world = calibrating(state);

        press(world, 4);
        assert_int_equal(here(world), 0);
        assert_int_equal(session_skip(world->session), 0);
        world_run(world, SECONDS(1));
        assert_int_equal(session_state(world->session), SESSION_ENDED);
        assert_int_equal(world->calibrations, 0);
        assert_true(world_has_alert(world, "not-calibrated"));
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(three_levels_are_found_and_it_ends_at_zero),
                WORLD_TEST(the_devices_own_limit_lets_a_calibration_pass_and_comes_back),
                WORLD_TEST(a_key_that_repeats_runs_one_press_ahead_at_most),
                WORLD_TEST(down_is_as_far_as_is_wanted_and_at_once),
                WORLD_TEST(what_nobody_calibrated_before_is_no_limit_to_it),
                WORLD_TEST(a_mark_is_no_mark_without_output_or_below_the_last),
                WORLD_TEST(a_pause_begins_it_again),
                WORLD_TEST(what_hurts_ends_it_and_nothing_is_kept),
                WORLD_TEST(nobody_is_asked_how_much_it_hurts_meanwhile),
                WORLD_TEST(who_stops_before_the_third_is_told_that_nothing_is_kept),
                cmocka_unit_test(estim_then_runs_by_what_was_found),
                cmocka_unit_test(what_becomes_known_meanwhile_raises_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
