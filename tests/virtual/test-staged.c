/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Staged sessions: prepared, and begun later by somebody else. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)

static void stage(struct world *world) {
        struct session_options options = { .id = 1, .stage = true, .devices = { world->gun.device } };

        assert_int_equal(world_start_options(world, world_routine_text(TEXT_GUN), &options), 0);
}

static void a_staged_session_waits_for_a_holder_and_then_for_the_key(void **state) {
        struct world *world = *state;

        stage(world);
        world_run(world, SECONDS(20));
        assert_int_equal(session_state(world->session), SESSION_STAGED);
        assert_false(virtual_peer_is_linked(world->gun.peer));
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        assert_string_equal(session_holder(world->session), WORLD_HOLDER);
        assert_int_equal(world->challenges, 1);
}

static void count_entry(struct record *record, const struct record_entry *entry) {
        record->n_put++;
}

/* Nobody is beside it: others may use its device, and nothing of it is recorded. */
static void a_staged_session_owns_nothing(void **state) {
        struct world *world = *state;

        world->record.put = count_entry;
        stage(world);
        assert_null(device_owner(world->gun.device));
        assert_int_equal(world->record.n_put, 0);
        session_pause(world->session, REASON_ASKED);
        assert_int_equal(session_state(world->session), SESSION_STAGED);
        assert_int_equal(session_discomfort(world->session, 10, NULL), -ESTALE);
        assert_int_equal(world->gun.peer->n_frames, 0);

        device_set_owner(world->gun.device, world, 2);
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), -EADDRINUSE);
        assert_int_equal(session_state(world->session), SESSION_STAGED);
        session_end(world->session, REASON_STOPPED);
        assert_ptr_equal(device_owner(world->gun.device), world); /* as before */
        assert_int_equal(world->record.n_put, 0);
        device_set_owner(world->gun.device, NULL, 0);
}

static void a_staged_session_whose_device_was_forgotten_cannot_begin(void **state) {
        struct world *world = *state;

        stage(world);
        assert_int_equal(device_set_added(world->gun.device, false, NULL), 0);
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), -ENODEV);
        assert_int_equal(session_state(world->session), SESSION_STAGED);
}

static void a_staged_session_ends_after_two_hours(void **state) {
        struct world *world = *state;

        stage(world);
        world_run(world, SECONDS(7199));
        assert_int_equal(session_state(world->session), SESSION_STAGED);
        world_run(world, SECONDS(1));
        assert_int_equal(session_state(world->session), SESSION_ENDED);
        assert_int_equal(session_reason(world->session), REASON_TIMEOUT);
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(a_staged_session_waits_for_a_holder_and_then_for_the_key),
                WORLD_TEST(a_staged_session_owns_nothing),
                WORLD_TEST(a_staged_session_whose_device_was_forgotten_cannot_begin),
                WORLD_TEST(a_staged_session_ends_after_two_hours),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
