/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The armed file of a device: there before its first output and as long as it may be on, and never left behind. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)

static void the_armed_file_is_there_exactly_while_output_may_be_on(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(1));
        assert_false(world_armed_file_exists(world, &world->gun));
        world_run_into_step(world, 1, SIDE_LEFT);
        assert_true(world_armed_file_exists(world, &world->gun));
        world_run(world, SECONDS(31));
        assert_int_equal(session_phase(world->session), PHASE_LEAD_IN);
        assert_false(world_armed_file_exists(world, &world->gun));
        world_run_into_step(world, 2, SIDE_RIGHT);
        assert_true(world_armed_file_exists(world, &world->gun));
}

/* A disk that takes its time: facts are only counted. */
static void count_fact(struct record *record, const struct record_entry *entry) {
        record->n_put++;
}

/* The device is about to begin, and waits for the record. Its file is written at the same time. */
static void wait_for_the_record(struct world *world, const struct world_device *device) {
        world_run_until_state(world, SESSION_RUNNING, SECONDS(20));
        world_run(world, SECONDS(10));
        assert_true(world_armed_file_exists(world, device));
        assert_int_equal(frames_with_output_since(device, 0), 0);
}

static void assert_nothing_is_left(struct world *world, const struct world_device *device) {
        world_run(world, SECONDS(1));
        assert_false(world_armed_file_exists(world, device));
        assert_int_equal(frames_with_output_since(device, 0), 0);
}

static void what_was_about_to_begin_leaves_no_file(void **state) {
        struct world *world = *state;

        world->record.put = count_fact;
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        wait_for_the_record(world, &world->pads);
        session_pause(world->session, REASON_ASKED);
        assert_nothing_is_left(world, &world->pads);
}

/* Stopped twice within a moment: the gun is not told again, and the file goes all the same. */
static void a_stop_that_is_not_told_again_leaves_no_file(void **state) {
        struct world *world = *state;

        world->record.put = count_fact;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        wait_for_the_record(world, &world->gun);
        (void) device_stop(world->gun.device);
        for (unsigned i = 0; i < 9 && (i == 0 || !world_armed_file_exists(world, &world->gun)); i++)
                world_run(world, 10 * USEC_PER_MSEC);
        assert_true(world_armed_file_exists(world, &world->gun));
        session_end(world->session, REASON_STOPPED);
        assert_nothing_is_left(world, &world->gun);
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(the_armed_file_is_there_exactly_while_output_may_be_on),
                WORLD_TEST(what_was_about_to_begin_leaves_no_file),
                WORLD_TEST(a_stop_that_is_not_told_again_leaves_no_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
