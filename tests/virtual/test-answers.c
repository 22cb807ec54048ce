/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pads that are at a steady level are asked once a second whether they still are: a level is not said to be theirs because they
 * confirmed it ten minutes ago. Nor are they off before they said so. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

static uint64_t now_of(const struct world *world) {
        return virtual_clock_now(world->clock);
}

/* In the first step's run at its aimed level. */
static void run_pads(struct world *world) {
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(12) + MSEC(30));
        assert_int_equal(device_worst_certainty(world->pads.device), CERTAINTY_CONFIRMED);
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 12);
}

static bool is_question(const struct radio_frame *frame) {
        return frame->n == 20 && frame->bytes[0] == 0xb0 && frame->bytes[1] >> 4 > 0 &&
               (frame->bytes[1] & 0xf) == 0;
}

static unsigned questions_since(const struct world *world, uint64_t t) {
        unsigned n = 0;

        for (size_t i = 0; i < world->pads.peer->n_frames; i++)
                n += world->pads.peer->frames[i].t_usec > t && is_question(&world->pads.peer->frames[i]);
        return n;
}

static void pads_at_a_steady_level_are_asked_once_a_second(void **state) {
        struct world *world = *state;
        uint64_t t;

        run_pads(world);
        t = now_of(world);
        world_run(world, SECONDS(10));
        assert_in_range(questions_since(world, t), 9, 10);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_int_equal(device_worst_certainty(world->pads.device), CERTAINTY_CONFIRMED);
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 12);
        assert_int_equal(coyote_strength_at(world->pads.peer, 1, now_of(world)), 12);
}

/* The link stands and takes every frame. */
static void assert_found_deaf(struct world *world) {
        uint64_t t = now_of(world);

        world_run(world, SECONDS(4));
        assert_true(world_has_alert(world, "stop-not-confirmed"));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_not_equal(device_worst_certainty(world->pads.device), CERTAINTY_CONFIRMED);
        world->pads.peer->loses_commands = world->pads.peer->loses_answers = false;
        /* A new link, on which the stop is first; nothing comes back by itself. */
        world_run(world, SECONDS(30));
        assert_true(virtual_peer_is_linked(world->pads.peer));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0);
        assert_int_equal(virtual_peer_highest_since(world->pads.peer, t + SECONDS(4)), 0);
        assert_false(device_output_active(world->pads.device));
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(20));
}

static void pads_that_hear_nothing_are_found_out(void **state) {
        struct world *world = *state;

        run_pads(world);
        world->pads.peer->loses_commands = true;
        assert_found_deaf(world);
}

static void pads_whose_answers_are_lost_are_found_out(void **state) {
        struct world *world = *state;

        run_pads(world);
        world->pads.peer->loses_answers = true;
        assert_found_deaf(world);
}

/* While they rise, too: a change without an answer was sent again for ever. */
static void pads_that_go_deaf_in_a_rise_are_found_out(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, MSEC(1200));
        world->pads.peer->loses_commands = true;
        assert_found_deaf(world);
}

/* A hand on the wheel whose message was lost: the level is not set again. */
static void what_a_question_finds_is_followed(void **state) {
        struct world *world = *state;

        run_pads(world);
        world->pads.peer->loses_answers = true;
        virtual_peer_poke(world->pads.peer, "wheel-a", -5);
        world->pads.peer->loses_answers = false;
        for (unsigned i = 0; i < 120; i++) {
                world_run(world, MSEC(100));
                assert_in_range(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0, 35);
        }
        assert_int_equal(device_channel(world->pads.device, 0)->confirmed.level, 7000);
        assert_int_equal(device_channel(world->pads.device, 1)->confirmed.level, 12000);
        assert_int_equal(virtual_peer_output(world->pads.peer, 1).amplitude_permille, 60);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
}

static void stop_of_pads_is_repeated_until_they_say_that_they_are_at_zero(void **state) {
        struct world *world = *state;
        size_t before;

        run_pads(world);
        before = world->pads.peer->n_frames;
        world->pads.peer->loses_answers = true;
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(1));
        assert_in_range(world->pads.peer->n_frames - before, 10, 11);
        world_run(world, SECONDS(1) / 5);
        assert_true(
                device_output_active(world->pads.device) && world_has_alert(world, "stop-not-confirmed"));
        world->pads.peer->loses_answers = false;
        world_run(world, SECONDS(1));
        assert_false(device_output_active(world->pads.device));
}

/* The session's levels, as everybody sees them, are never above what the product has. */
static void a_level_that_is_shown_is_one_that_the_pads_have(void **state) {
        struct world *world = *state;
        int64_t highest = 0;

        world->pads.peer->notify_usec = MSEC(350);
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        for (unsigned i = 0; i < 1000; i++) {
                struct session_setpoint setpoints[4];
                unsigned n = session_setpoints(world->session, setpoints, ARRAY_SIZE(setpoints));

                for (unsigned k = 0; k < n; k++) {
                        int64_t has =
                                virtual_peer_level_at(world->pads.peer, setpoints[k].feature, UINT64_MAX);

                        assert_in_range(setpoints[k].limit.given, 0, has / 5 * 1000);
                        highest = MAX(highest, setpoints[k].limit.given);
                }
                world_run(world, MSEC(10));
        }
        assert_int_equal(highest, 12000);
}

/* For a moment nothing arrives; what went out of the pads meanwhile comes back slowly, as at a start. */
static void after_a_gap_output_begins_from_zero(void **state) {
        struct world *world = *state;
        uint64_t t;

        run_pads(world);
        world->pads.peer->loses_commands = true;
        world_run(world, MSEC(1500));
        world->pads.peer->loses_commands = false;
        t = now_of(world);
        for (unsigned i = 0; i < 10; i++) {
                world_run(world, MSEC(100));
                assert_in_range(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0, 20 + 4 * i);
        }
        world_run(world, SECONDS(6));
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 60);
        assert_int_equal(virtual_peer_highest_since(world->pads.peer, t), 60);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_false(world_has_alert(world, "stop-not-confirmed"));
}

/* Slow answers make a rise slow, and nothing worse. */
static void answers_may_take_most_of_a_second(void **state) {
        struct world *world = *state;

        world->pads.peer->notify_usec = MSEC(700);
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(15));
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 60);
        assert_int_equal(device_channel(world->pads.device, 0)->confirmed.level, 12000);
}

/* Deaf as soon as they reached their level, when they had not been asked often. */
static void pads_that_go_deaf_at_the_top_are_found_out(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        while (coyote_strength_at(world->pads.peer, 0, now_of(world)) < 12)
                world_run(world, MSEC(100));
        world_run(world, MSEC(300));
        world->pads.peer->loses_commands = true;
        assert_found_deaf(world);
}

#define SHORT(zone)                                                                                       \
        "{ kind = \"estim\"; zone = \"" zone "\"; sides = \"both\"; lead_in = \"1s\"; duration = \"2s\";" \
        " frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"60%\"; ramp = \"500ms\"; }"
#define TEXT_SHORT ROUTINE_HEAD(ROLE_PADS) "steps = (" SHORT("calf") "," SHORT("quads") ");"

/* Steps that are shorter than the time in which silence is noticed: each ends in a stop, and that is not confirmed. */
static void pads_that_never_hear_anything_complete_nothing(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_SHORT), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world->pads.peer->loses_commands = true;
        world_run(world, SECONDS(60));
        assert_true(session_state(world->session) == SESSION_PAUSED ||
                    session_reason(world->session) == REASON_NOT_DONE);
        assert_true(world_has_alert(world, "stop-not-confirmed"));
        assert_int_equal(virtual_peer_highest_since(world->pads.peer, 0), 0);
}

/* The wheel goes down while a rise is on the air: the pads say so, and then take the rise. */
static void a_wheel_that_a_rise_overtakes_is_followed(void **state) {
        struct world *world = *state;

        world->pads.peer->notify_usec = MSEC(30);
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        while (coyote_strength_at(world->pads.peer, 0, now_of(world)) < 5)
                world_run(world, MSEC(1));
        world_run(world, MSEC(490));
        virtual_peer_poke(world->pads.peer, "wheel-a", -2);
        world_run(world, MSEC(20));
        assert_in_range(coyote_strength_at(world->pads.peer, 0, now_of(world)), 6, 7);
        world_run(world, MSEC(250));
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 3);
        for (unsigned i = 0; i < 80; i++) {
                world_run(world, MSEC(100));
                assert_in_range(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0, 15);
        }
        assert_int_equal(virtual_peer_output(world->pads.peer, 1).amplitude_permille, 60);
}

/* --- the engine alone --- */

struct engine_bench {
        const struct protocol_engine *engine;
        void *priv;
        unsigned rx;
};

static void open_engine(const struct world *world, struct engine_bench *bench) {
        const struct device_definition *definition = device_definition(world->pads.device);
        struct setpoint setpoints[2] = { { .level = 5000, .envelope_permille = 1000, .rate_mhz = 50000 } };
        struct frames frames = {};
        const char *error;

        bench->engine = definition->engine;
        bench->priv = calloc(1, bench->engine->private_size);
        assert_non_null(bench->priv);
        assert_int_equal(bench->engine->open(bench->priv, definition, &error), 0);
        assert_int_equal(bench->engine->encode(bench->priv, setpoints, &frames), 0);
        bench->rx = (unsigned) definition_endpoint(definition, "rx");
}

/* The sequence number of the next frame; ret_change: it sets strengths. */
static uint8_t next_frame(struct engine_bench *bench, bool *ret_change) {
        struct frames frames = {};

        assert_int_equal(bench->engine->stream(bench->priv, 0, false, &frames), 0);
        *ret_change = (frames.items[0].bytes[1] & 0xf) != 0;
        return frames.items[0].bytes[1] >> 4;
}

static unsigned answer(struct engine_bench *bench, uint8_t sequence, uint8_t a, uint8_t b) {
        const uint8_t bytes[] = { 0xb1, sequence, a, b };
        struct protocol_events events = {};

        assert_int_equal(bench->engine->decode(bench->priv, bench->rx, bytes, sizeof(bytes), &events), 0);
        return events.n;
}

/* The maker's page does not show an answer to a frame that changes nothing: where none ever came, none is missed. */
static void who_never_answered_a_question_need_not(void **state) {
        struct engine_bench bench;
        bool change;

        open_engine(*state, &bench);
        for (unsigned i = 0; i < 600; i++) {
                uint8_t sequence = next_frame(&bench, &change);

                assert_int_equal(change, i == 0);
                if (change)
                        (void) answer(&bench, sequence, 5, 0);
                assert_true(bench.engine->answers(bench.priv));
        }
        free(bench.priv);
}

static void two_seconds_after_the_last_answer_it_is_missed(void **state) {
        struct engine_bench bench;
        unsigned silent = 0;
        bool change;

        open_engine(*state, &bench);
        for (unsigned i = 0; i < 100; i++) {
                uint8_t sequence = next_frame(&bench, &change);

                if (sequence > 0)
                        (void) answer(&bench, sequence, 5, 0);
        }
        while (bench.engine->answers(bench.priv) && silent < 100) {
                (void) next_frame(&bench, &change);
                silent++;
        }
        assert_in_range(silent, 20, 31); /* the question comes within a second, then two */
        bench.engine->stopped(bench.priv);
        assert_true(bench.engine->answers(bench.priv));
        free(bench.priv);
}

/* It takes a fall, and has what it had. */
static void who_stays_above_what_is_sent_does_not_answer(void **state) {
        struct setpoint setpoints[2] = { { .level = 2000, .envelope_permille = 1000, .rate_mhz = 50000 } };
        struct engine_bench bench;
        struct frames frames = {};
        unsigned sent = 0;
        bool change;

        open_engine(*state, &bench);
        (void) answer(&bench, next_frame(&bench, &change), 5, 0);
        assert_int_equal(bench.engine->encode(bench.priv, setpoints, &frames), 0);
        for (; bench.engine->answers(bench.priv) && sent < 50; sent++)
                (void) answer(&bench, next_frame(&bench, &change), 5, 0);
        assert_int_equal(sent, 5);
        bench.engine->stopped(bench.priv);
        assert_true(bench.engine->answers(bench.priv));
        free(bench.priv);
}

/* It was asked before the change, so it says nothing about what the device has now. */
static void a_late_answer_to_a_question_is_no_report(void **state) {
        struct setpoint setpoints[2] = { { .level = 9000, .envelope_permille = 1000, .rate_mhz = 50000 } };
        struct engine_bench bench;
        struct frames frames = {};
        uint8_t sequence, question = 0;
        bool change;

        open_engine(*state, &bench);
        sequence = next_frame(&bench, &change);
        (void) answer(&bench, sequence, 5, 0);
        while (question == 0)
                question = next_frame(&bench, &change);
        assert_false(change);
        assert_int_equal(bench.engine->encode(bench.priv, setpoints, &frames), 0);
        sequence = next_frame(&bench, &change);
        assert_true(change);
        assert_int_equal(answer(&bench, question, 5, 0), 0);
        assert_false(bench.engine->settled(bench.priv));
        assert_int_equal(answer(&bench, sequence, 9, 0), 2);
        assert_true(bench.engine->settled(bench.priv));
        free(bench.priv);
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(pads_at_a_steady_level_are_asked_once_a_second),
                WORLD_TEST(pads_that_hear_nothing_are_found_out),
                WORLD_TEST(pads_whose_answers_are_lost_are_found_out),
                WORLD_TEST(pads_that_go_deaf_in_a_rise_are_found_out),
                WORLD_TEST(what_a_question_finds_is_followed),
                WORLD_TEST(stop_of_pads_is_repeated_until_they_say_that_they_are_at_zero),
                WORLD_TEST(a_level_that_is_shown_is_one_that_the_pads_have),
                WORLD_TEST(after_a_gap_output_begins_from_zero),
                WORLD_TEST(answers_may_take_most_of_a_second),
                WORLD_TEST(pads_that_go_deaf_at_the_top_are_found_out),
                WORLD_TEST(pads_that_never_hear_anything_complete_nothing),
                WORLD_TEST(a_wheel_that_a_rise_overtakes_is_followed),
                WORLD_TEST(who_never_answered_a_question_need_not),
                WORLD_TEST(two_seconds_after_the_last_answer_it_is_missed),
                WORLD_TEST(who_stays_above_what_is_sent_does_not_answer),
                WORLD_TEST(a_late_answer_to_a_question_is_no_report),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
