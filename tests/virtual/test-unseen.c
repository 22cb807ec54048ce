/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Output that went on when nobody could see it is a dose, too: of the place that it was on, once, and within reason. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

static int64_t recorded_dose_usec;

static char recorded_side[8]; /* of the last one */

static void add_dose(struct record *record, const struct record_entry *entry) {
        if (entry->kind != RECORD_DOSE)
                return;
        recorded_dose_usec += entry->given;
        (void) snprintf(recorded_side, sizeof(recorded_side), "%s", entry->side);
}

/* Eight seconds into the first step. */
static struct world *running(void **state, const char *text) {
        struct world *world = *state;

        recorded_dose_usec = 0;
        world->record.put = add_dose;
        assert_int_equal(world_start_text(world, text), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(8) + MSEC(30));
        assert_true(session_output_active(world->session));
        return world;
}

static void lose_gun(struct world *world) {
        world->gun.peer->out_of_reach = true;
        virtual_peer_drop(world->gun.peer);
        world_run(world, SECONDS(10));
        session_end(world->session, REASON_STOPPED);
}

static void find_gun(struct world *world) {
        world->gun.peer->out_of_reach = false;
        world_run(world, SECONDS(60));
        assert_false(device_output_active(world->gun.device));
        assert_false(world_armed_file_exists(world, &world->gun));
        assert_int_equal(virtual_peer_output(world->gun.peer, 0).amplitude_permille, 0);
}

static void a_gun_that_stays_away_is_tried_for_as_long_as_it_may_run(void **state) {
        struct world *world = running(state, TEXT_GUN);

        lose_gun(world);
        world_run(world, SECONDS(300));
        assert_true(world->gun.peer->setting > 0);
        assert_true(device_output_active(world->gun.device));
        assert_true(world_armed_file_exists(world, &world->gun));
        find_gun(world);
        /* All of it is a dose. */
        assert_in_range(recorded_dose_usec, SECONDS(310), SECONDS(340));
        /* And then its owner's phone may have it. */
        world_run(world, SECONDS(200));
        assert_false(virtual_peer_is_linked(world->gun.peer));
}

/* Whoever takes the gun since counts only what it gives itself. */
static void another_owner_does_not_end_the_count(void **state) {
        struct world *world = running(state, TEXT_GUN);

        lose_gun(world);
        device_set_owner(world->gun.device, world, 9);
        world_run(world, SECONDS(300));
        assert_true(session_is_counting(world->session));
        find_gun(world);
        device_set_owner(world->gun.device, NULL, 0);
        assert_in_range(recorded_dose_usec, SECONDS(310), SECONDS(340));
        assert_false(session_is_counting(world->session));
        /* What the other one gives is its own. */
        world_run(world, SECONDS(10));
        world->by_hand = true;
        virtual_peer_poke(world->gun.peer, "speed", 1865);
        world_run(world, SECONDS(60));
        assert_false(session_output_active(world->session));
        assert_in_range(recorded_dose_usec, SECONDS(310), SECONDS(340));
}

/* limberd ends, or needs the place for another one. */
static void a_session_that_is_freed_counts_up_to_then(void **state) {
        struct world *world = running(state, TEXT_GUN);

        lose_gun(world);
        world_run(world, SECONDS(45));
        world->session = session_free(world->session);
        assert_in_range(recorded_dose_usec, SECONDS(60), SECONDS(66));
}

/* A crash then loses a minute at most. */
static void what_goes_on_for_long_is_told_on_the_way(void **state) {
        struct world *world = running(state, TEXT_GUN);

        lose_gun(world);
        world_run(world, SECONDS(100));
        (void) session_is_counting(world->session); /* as it is looked at every minute */
        assert_in_range(recorded_dose_usec, SECONDS(60), SECONDS(120));
        world_run(world, SECONDS(100));
        (void) session_is_counting(world->session);
        assert_in_range(recorded_dose_usec, SECONDS(150), SECONDS(220));
        find_gun(world);
        assert_in_range(recorded_dose_usec, SECONDS(210), SECONDS(250));
}

/* The stop is answered, and the motor runs on all the same. */
static void a_gun_that_only_says_that_it_stopped_is_counted(void **state) {
        struct world *world = running(state, TEXT_GUN);

        session_end(world->session, REASON_STOPPED);
        world_run(world, MSEC(400));
        assert_false(session_output_active(world->session));
        world->by_hand = true;
        virtual_peer_poke(world->gun.peer, "speed", 1865);
        world->gun.peer->ignores_requests = true;
        world_run(world, SECONDS(30));
        assert_true(session_output_active(world->session));
        world->gun.peer->ignores_requests = false;
        world_run(world, SECONDS(30));
        assert_false(device_output_active(world->gun.device));
        assert_in_range(recorded_dose_usec, SECONDS(37), SECONDS(62));
}

/* Somebody switched it off by hand; nobody knows when. A gun gives no more than a quarter of an hour in a session. */
static void a_night_out_of_reach_is_no_night_of_percussion(void **state) {
        struct world *world = running(state, TEXT_GUN);

        lose_gun(world);
        world_run(world, SECONDS(12 * 3600));
        assert_int_equal(device_connect(world->gun.device), 0);
        find_gun(world);
        assert_in_range(recorded_dose_usec, SECONDS(905), SECONDS(910));
}

/* The stop at the end of a step does not get through. */
static void what_goes_on_after_its_step_is_counted(void **state) {
        struct world *world = running(state, TEXT_GUN);

        world->gun.peer->ignores_requests = true;
        assert_int_equal(session_skip(world->session), 0);
        world_run(world, SECONDS(40));
        assert_true(world->gun.peer->setting > 0);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        world->gun.peer->ignores_requests = false;
        world_run(world, SECONDS(20));
        assert_false(device_output_active(world->gun.device));
        session_end(world->session, REASON_STOPPED);
        assert_in_range(recorded_dose_usec, SECONDS(44), SECONDS(62));
}

/* Nor does one that a limit asks for. */
static void what_goes_on_after_a_limit_is_counted(void **state) {
        struct world *world = running(state, TEXT_GUN);

        world->gun.peer->ignores_requests = true;
        world->record.failed = true;
        world_run(world, SECONDS(40));
        assert_true(world->gun.peer->setting > 0);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        world->record.failed = world->gun.peer->ignores_requests = false;
        world_run(world, SECONDS(20));
        assert_false(device_output_active(world->gun.device));
        session_end(world->session, REASON_STOPPED);
        assert_in_range(recorded_dose_usec, SECONDS(44), SECONDS(62));
}

/* Of two sides one gives nothing: two thirds of one step of the first sessions are none. */
static void a_side_that_gave_nothing_is_not_done_and_no_dose(void **state) {
        const struct gate_person little = {
                .cap = GATE_NO_CAP, .sessions_done = 0, .comfort = 1000, .bearable = 1000
        };
        struct world *world = *state;

        recorded_dose_usec = 0;
        world->record.put = add_dose;
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world->left = &little; /* known when output begins */
        world_run_until_state(world, SESSION_ENDED, SECONDS(120));
        assert_int_equal(session_reason(world->session), REASON_NOT_DONE);
        assert_true(world_has_alert(world, "not-done"));
        assert_non_null(strstr(world_alert_sentence(world, "not-done"), "left gave nothing"));
        assert_true(recorded_dose_usec > (int64_t) SECONDS(20));
        assert_string_equal(recorded_side, "right");
}

/* The round in which a device is found deaf pauses the session: the pause is no output. */
static void a_pause_that_began_within_a_round_is_not_counted(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t output;

        world_run(world, SECONDS(4));
        world->pads.peer->loses_commands = true;
        world_run(world, SECONDS(4));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        world->pads.peer->loses_commands = false;
        world_run(world, SECONDS(600));
        output = (uint64_t) recorded_dose_usec;
        assert_in_range(output, SECONDS(11), SECONDS(25));
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(20));
        world_run(world, SECONDS(5));
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(5));
        assert_in_range((uint64_t) recorded_dose_usec - output, SECONDS(2), SECONDS(6));
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(a_gun_that_stays_away_is_tried_for_as_long_as_it_may_run),
                WORLD_TEST(a_night_out_of_reach_is_no_night_of_percussion),
                WORLD_TEST(another_owner_does_not_end_the_count),
                WORLD_TEST(a_session_that_is_freed_counts_up_to_then),
                WORLD_TEST(what_goes_on_for_long_is_told_on_the_way),
                WORLD_TEST(a_gun_that_only_says_that_it_stopped_is_counted),
                WORLD_TEST(what_goes_on_after_its_step_is_counted),
                WORLD_TEST(what_goes_on_after_a_limit_is_counted),
                WORLD_TEST(a_side_that_gave_nothing_is_not_done_and_no_dose),
                WORLD_TEST(a_pause_that_began_within_a_round_is_not_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
