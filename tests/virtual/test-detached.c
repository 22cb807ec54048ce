/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Percussion that goes on without its terminal: it lives on answers. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)

#define TEXT_LONG                                                            \
        ROUTINE_HEAD(ROLE_GUN)                                               \
        "steps = (" PERCUSSION("calf", "left", "0s", "170s") "," PERCUSSION( \
                "quads", "left", "0s", "170s") ");"

#define TEXT_9S PERCUSSION("quads", "left", "0s", "9s") "," PERCUSSION("quads", "right", "0s", "9s")
/* Nobody is asked how it feels: every step is over before. */
#define TEXT_UNASKED                                                                                    \
        ROUTINE_HEAD(ROLE_GUN)                                                                          \
        "steps = (" TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S     \
        "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S "," TEXT_9S \
        ");"

/* Armed, and the terminal is gone. */
static struct world *left_alone(void **state, const char *text) {
        struct world *world = *state;
        const struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .detach = true, .devices = { world->gun.device }
        };

        world->answers = false;
        assert_int_equal(world_start_options(world, world_routine_text(text), &options), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world->beats = world->arms = false;
        session_holder_gone(world->session, WORLD_HOLDER);
        return world;
}

static void it_goes_on_when_its_terminal_is_gone(void **state) {
        struct world *world = left_alone(state, TEXT_LONG);

        world_run(world, SECONDS(160));
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_true(device_output_active(world->gun.device));
        /* Who says how it feels is there. */
        assert_int_equal(world->prompts, 0);
        assert_in_range(world->questions, 1 + 5, 1 + 6);
}

static void req4_who_does_not_say_how_it_feels_is_not_there(void **state) {
        struct world *world = left_alone(state, TEXT_LONG);
        uint64_t t = virtual_clock_now(world->clock);

        world->replies = false;
        world_run(world, SECONDS(99));
        assert_true(device_output_active(world->gun.device));
        world_run(world, SECONDS(2));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), REASON_UNANSWERED);
        assert_true(world_has_alert(world, "unanswered"));
        assert_in_range(first_zero_since(&world->gun, t), t + SECONDS(99), t + SECONDS(101));
}

static void req4_without_an_answer_it_is_zero(void **state) {
        struct world *world = left_alone(state, TEXT_UNASKED);
        uint64_t t = virtual_clock_now(world->clock);

        world_run(world, PRESENCE_ASK_USEC);
        assert_int_equal(world->prompts, 1);
        assert_string_equal(session_prompt(world->session), "here");
        assert_true(device_output_active(world->gun.device));
        world_run(world, PRESENCE_ANSWER_USEC);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), REASON_LEASE_LOST);
        assert_true(world_has_alert(world, "nobody-answered"));
        /* The step it was in had begun six seconds before. */
        t += PRESENCE_ASK_USEC + PRESENCE_ANSWER_USEC;
        assert_in_range(first_zero_since(&world->gun, t - SECONDS(4)), t, t + USEC_PER_MSEC * 50);
}

static void an_answer_keeps_it_alive_for_another_round(void **state) {
        struct world *world = left_alone(state, TEXT_UNASKED);

        world_run(world, PRESENCE_ASK_USEC + SECONDS(10));
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "here", "no"), -EDOM);
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "here", "yes"), 0);
        assert_string_equal(session_prompt(world->session), "");
        world_run(world, PRESENCE_ASK_USEC - SECONDS(1));
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_true(device_output_active(world->gun.device));
        assert_int_equal(world->prompts, 1);
        world_run(world, SECONDS(1));
        assert_int_equal(world->prompts, 2);
}

static void after_silence_it_does_not_resume_by_itself(void **state) {
        struct world *world = left_alone(state, TEXT_UNASKED);

        world_run(world, PRESENCE_ASK_USEC + PRESENCE_ANSWER_USEC + SECONDS(1));
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "here", "yes"), -ESTALE);
        world_run(world, SECONDS(60));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_false(device_output_active(world->gun.device));
}

static void pads_are_never_left_alone(void **state) {
        struct world *world = *state;
        const struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .detach = true, .devices = { world->pads.device }
        };

        assert_int_equal(world_start_options(world, world_routine_text(TEXT_PADS), &options), -EOPNOTSUPP);
        assert_non_null(strstr(world->refusal, "only percussion"));
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(it_goes_on_when_its_terminal_is_gone),
                WORLD_TEST(req4_who_does_not_say_how_it_feels_is_not_there),
                WORLD_TEST(req4_without_an_answer_it_is_zero),
                WORLD_TEST(an_answer_keeps_it_alive_for_another_round),
                WORLD_TEST(after_silence_it_does_not_resume_by_itself),
                WORLD_TEST(pads_are_never_left_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
