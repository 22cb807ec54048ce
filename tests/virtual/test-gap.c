/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device that wants long pauses between frames: they are kept, but no stop waits for one. */

#include "daemon/device/device-private.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

/* A gun that runs, with five seconds between two frames. */
static struct world *running(void **state, uint64_t usec) {
        struct world *world = *state;
        struct world_device *gun = &world->gun;
        const struct device_environment environment = gun->device->environment;
        struct radio_advert advert = {
                .address = "AA:AA:AA:AA:AA:01", .address_type = "random", .name = "Pro"
        };
        const struct match_rule *rule = gun->device->rule;

        gun->device = device_unref(gun->device);
        gun->definition->min_gap_usec = SECONDS(5);
        assert_int_equal(device_new(&environment, gun->definition, rule, &advert, &gun->device), 0);
        assert_int_equal(device_set_added(gun->device, true, NULL), 0);
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(40));
        world_run(world, usec);
        assert_true(gun->peer->setting > 0);
        return world;
}

/* bluetoothd is busy for a moment: org.bluez.Error.InProgress. */
static void a_stop_that_was_refused_once_does_not_wait_for_the_gap(void **state) {
        struct world *world = running(state, SECONDS(20));
        struct virtual_peer *peer = world->gun.peer;

        peer->write_error = -EAGAIN;
        assert_int_equal(device_stop(world->gun.device), -EAGAIN);
        peer->write_error = 0;
        world_run(world, MSEC(150));
        assert_int_equal(peer->setting, 0);
}

/* It was doubted after five seconds instead of one. */
static void a_link_that_refuses_the_stop_is_made_anew_after_a_second(void **state) {
        struct world *world = running(state, SECONDS(20));
        struct virtual_peer *peer = world->gun.peer;
        uint64_t t;

        peer->refused_byte = 0xaa;
        peer->refusals = 1000;
        assert_true(device_stop(world->gun.device) < 0);
        for (t = 0; t < SECONDS(3) && virtual_peer_is_linked(peer); t += MSEC(50))
                world_run(world, MSEC(50));
        assert_in_range(t, SECONDS(1), MSEC(1300));
}

/* It answers nothing, and is told until its gap has passed; that nothing was answered is no fault of the link. */
static void commands_alone_are_no_reason_for_an_alarm(void **state) {
        struct world *world = *state;
        struct virtual_peer *peer = world->gun.peer;
        uint64_t stopped;

        for (unsigned i = 0; i < world->gun.definition->n_templates; i++)
                world->gun.definition->templates[i].request = false;
        world = running(state, SECONDS(30)); /* the stop of the new link is told for its gap, too */
        peer->loses_answers = true;
        stopped = virtual_clock_now(world->clock);
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(12));
        assert_int_equal(peer->setting, 0);
        assert_true(virtual_peer_is_linked(peer));
        assert_false(world_has_alert(world, "stop-not-confirmed"));
        assert_false(device_output_active(world->gun.device));
        assert_true(peer->frames[peer->n_frames - 1].t_usec >= stopped + SECONDS(5));
}

/* limber-allstop has two seconds. */
static void the_armed_file_has_a_short_gap(void **state) {
        struct world *world = running(state, SECONDS(20));
        _cleanup_free_ char *path = NULL;
        struct armed armed;

        assert_true(asprintf(&path, "%s/AA_AA_AA_AA_AA_01", world->armed_directory) > 0);
        assert_int_equal(armed_read(path, &armed), 0);
        assert_int_equal(armed.gap_usec, ARMED_GAP_MAX_USEC);
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(a_stop_that_was_refused_once_does_not_wait_for_the_gap),
                WORLD_TEST(a_link_that_refuses_the_stop_is_made_anew_after_a_second),
                WORLD_TEST(commands_alone_are_no_reason_for_an_alarm),
                WORLD_TEST(the_armed_file_has_a_short_gap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
