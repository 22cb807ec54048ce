/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What arrives at the body while it rises, when some of what was sent does not arrive. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

static uint64_t now_of(const struct world *world) {
        return virtual_clock_now(world->clock);
}

/* The pads have just begun to rise, to a strength of 12. */
static struct world *rising(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(2));
        return world;
}

/* The most that any channel of the pads reached beyond all it had given before, in one go, in permille of what they can. */
static unsigned largest_rise(const struct virtual_peer *peer) {
        unsigned most[2] = {}, largest = 0;

        for (size_t i = 0; i < peer->n_outputs; i++) {
                const struct radio_output *o = &peer->outputs[i];

                if (o->output.amplitude_permille <= most[o->channel])
                        continue;
                largest = MAX(largest, o->output.amplitude_permille - most[o->channel]);
                most[o->channel] = o->output.amplitude_permille;
        }
        return largest;
}

/* By 2 % at a time, and to where the step wants it. */
static void assert_rose_slowly(const struct world *world) {
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 12);
        assert_in_range(largest_rise(world->pads.peer), 1, 20);
}

/* Whoever carries the frames takes none for 300 ms, again and again while the pads rise: the latest replaces what waits. */
static void req5_what_did_not_go_out_is_not_made_up_for_in_one_go(void **state) {
        struct world *world = rising(state);

        for (unsigned i = 0; i < 40; i++) {
                world->pads.peer->queued = 20;
                world_run(world, MSEC(300));
                world->pads.peer->queued = 0;
                world_run(world, MSEC(70));
        }
        world_run(world, SECONDS(8));
        assert_rose_slowly(world);
}

/* Frames that the air swallows are not missed by anybody but the pads, which do not answer them. */
static void req5_what_the_pads_did_not_answer_is_not_raised(void **state) {
        struct world *world = rising(state);

        world->pads.peer->loses_commands = true;
        world_run(world, SECONDS(4));
        world->pads.peer->loses_commands = false;
        world_run(world, SECONDS(8));
        assert_rose_slowly(world);
}

/* What goes down may be replaced before it went out; what replaces it says it, too. */
static void a_fall_that_did_not_go_out_is_in_the_next_frame(void **state) {
        struct world *world = rising(state);
        int before;

        world_run(world, SECONDS(6));
        before = coyote_strength_at(world->pads.peer, 0, now_of(world));
        world->pads.peer->queued = 20;
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, -4), 0);
        world_run(world, MSEC(320));
        world->pads.peer->queued = 0;
        world_run(world, MSEC(10));
        assert_in_range(coyote_strength_at(world->pads.peer, 0, now_of(world)), 1, before - 1);
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(req5_what_did_not_go_out_is_not_made_up_for_in_one_go),
                WORLD_TEST(req5_what_the_pads_did_not_answer_is_not_raised),
                WORLD_TEST(a_fall_that_did_not_go_out_is_in_the_next_frame),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
