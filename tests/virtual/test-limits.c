/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The limits, where they count: what the products give at most, and for how long. */

#include "protocols/definition.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MINUTES(n) SECONDS(60 * (n))

/* Of 200, what the pads give now. */
static unsigned strength_now(const struct world *world, unsigned channel) {
        return virtual_peer_output(world->pads.peer, channel).amplitude_permille * 200 / 1000;
}

/* How long a product gave anything on its first channel. */
static uint64_t time_on(const struct virtual_peer *peer) {
        uint64_t since = USEC_INFINITY, sum = 0;

        for (size_t i = 0; i < peer->n_levels; i++) {
                const struct radio_level *l = &peer->levels[i];

                if (l->channel != 0)
                        continue;
                if (l->level > 0 && since == USEC_INFINITY)
                        since = l->t_usec;
                else if (l->level == 0 && since != USEC_INFINITY) {
                        sum += l->t_usec - since;
                        since = USEC_INFINITY;
                }
        }
        assert_int_equal(since, USEC_INFINITY);
        return sum;
}

static int start(struct world *world, struct routine *routine, struct device *device) {
        const struct session_options options = { .id = 1, .holder = WORLD_HOLDER, .devices = { device } };

        return world_start_options(world, routine, &options);
}

/* A routine and a gun that both go to sixty, as no file can say. */
static void req7_a_gun_beats_no_faster_than_forty_hertz(void **state) {
        struct world *world = *state;
        struct feature *motor = &world->gun.definition->features[0];
        struct routine *routine = world_routine_text(TEXT_GUN);
        unsigned fastest_mhz = 0;

        motor->max = motor->uncalibrated_max = 60000;
        motor->native_max = 3600;
        routine->steps[0].frequency_mhz.min = 30000;
        routine->steps[0].frequency_mhz.max = 60000;
        assert_int_equal(start(world, routine, world->gun.device), 0);
        world_run_into_step(world, 1, SIDE_LEFT);
        for (unsigned i = 0; i < 100; i++)
                (void) session_adjust(world->session, WORLD_HOLDER, 1);
        world_run(world, SECONDS(25));
        for (size_t i = 0; i < world->gun.peer->n_outputs; i++)
                fastest_mhz = MAX(fastest_mhz, world->gun.peer->outputs[i].output.rate_mhz);
        assert_in_range(fastest_mhz, 39900, 40000);
        assert_int_equal(virtual_peer_highest_since(world->gun.peer, 0), 2400);
}

/* Each limit in turn is the lowest: what the pads give is that one, on either channel. */
static void req8_the_pads_give_the_lowest_of_all_limits(void **state) {
#define USED_TO_IT .sessions_done = GATE_SESSIONS_UNKNOWN
        static const struct {
                struct gate_person person;
                unsigned strength;
        } cases[] = {
                { { GATE_NO_CAP, USED_TO_IT }, 12 }, /* the routine: 60 % of 20 */
                { { .cap = 7000, USED_TO_IT }, 7 },  /* their own cap */
                { { GATE_NO_CAP, USED_TO_IT, .comfort = 30000, .bearable = 10000 },
                        10 }, /* what they can bear */
                { { .cap = 3000, USED_TO_IT, .comfort = 30000, .bearable = 10000 },
                        3 }, /* the lower of both */
                { { .cap = 3000, USED_TO_IT, .comfort = 30000, .bearable = 2000 }, 2 },
                { { .cap = 0, USED_TO_IT }, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct world *world = NULL;

                assert_int_equal(world_setup((void **) &world), 0);
                world->person = cases[i].person;
                assert_int_equal(world_start_text(world, TEXT_PADS), 0);
                world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
                world_run(world, SECONDS(20));
                for (unsigned c = 0; c < 2; c++)
                        assert_int_equal(strength_now(world, c), cases[i].strength);
                assert_int_equal(
                        virtual_peer_highest_since(world->pads.peer, 0), 1000 * cases[i].strength / 200);
                assert_int_equal(world_teardown((void **) &world), 0);
        }
}

/* A hand lowers one channel: it holds that one, and not the other. */
static void req8_a_limit_of_one_channel_holds_that_channel(void **state) {
        struct world *world = *state;
        uint64_t t;

        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(8));
        virtual_peer_poke(world->pads.peer, "wheel-a", -5);
        t = virtual_clock_now(world->clock);
        world_run(world, SECONDS(10));
        for (size_t i = 0; i < world->pads.peer->n_levels; i++) {
                const struct radio_level *l = &world->pads.peer->levels[i];

                if (l->channel == 0 && l->t_usec > t)
                        assert_in_range(l->level, 1, 1000 * 7 / 200);
        }
        assert_int_equal(strength_now(world, 0), 7);
        assert_int_equal(strength_now(world, 1), 12);
}

/* Pads that no longer say at which strength they are rise no further. */
static void req8_nothing_rises_while_the_strength_is_unknown(void **state) {
        struct world *world = *state;
        unsigned before, highest;

        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_into_step(world, 1, SIDE_BOTH);
        world_run(world, SECONDS(1) + 30 * USEC_PER_MSEC);
        before = strength_now(world, 0);
        assert_in_range(before, 1, 11);
        world->pads.peer->loses_answers = true;
        /* One rise may be on its way. */
        world_run(world, 700 * USEC_PER_MSEC);
        highest = strength_now(world, 0);
        assert_in_range(highest, before, before + 4);
        /* After a second they are stopped. */
        world_run(world, SECONDS(10));
        assert_int_equal(strength_now(world, 0), 0);
        assert_true(virtual_peer_highest_since(world->pads.peer, 0) <= 5 * highest);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
}

/* A session that goes on for longer than any file may say. */
static void req12_a_session_gives_no_more_than_its_time(void **state) {
        static const struct {
                const char *text;
                bool pads;
                uint64_t most;
        } cases[] = { { TEXT_PADS, true, MINUTES(30) }, { TEXT_GUN, false, MINUTES(15) } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct world *world = NULL;
                struct world_device *device;
                struct routine *routine;

                assert_int_equal(world_setup((void **) &world), 0);
                device = cases[i].pads ? &world->pads : &world->gun;
                routine = world_routine_text(cases[i].text);
                routine->max_motor_usec = MINUTES(60);
                for (unsigned k = 0; k < routine->n_steps; k++)
                        routine->steps[k].duration_usec = MINUTES(25);
                assert_int_equal(start(world, routine, device->device), 0);
                world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
                world_run(world, MINUTES(52));
                session_end(world->session, REASON_STOPPED);
                world_run(world, SECONDS(5));
                assert_in_range(
                        time_on(device->peer), cases[i].most - SECONDS(5), cases[i].most + USEC_PER_SEC / 2);
                assert_int_equal(world_teardown((void **) &world), 0);
        }
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(req7_a_gun_beats_no_faster_than_forty_hertz),
                cmocka_unit_test(req8_the_pads_give_the_lowest_of_all_limits),
                WORLD_TEST(req8_a_limit_of_one_channel_holds_that_channel),
                WORLD_TEST(req8_nothing_rises_while_the_strength_is_unknown),
                cmocka_unit_test(req12_a_session_gives_no_more_than_its_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
