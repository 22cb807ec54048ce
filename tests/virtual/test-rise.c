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

/* The most that any channel of the pads reached beyond all it had given until half a second before, less a frame; in permille of
 * what they can. Output that only comes back after a gap is no rise. */
static unsigned largest_rise(const struct virtual_peer *peer) {
        unsigned largest = 0;

        for (size_t i = 0; i < peer->n_levels; i++) {
                const struct radio_level *now = &peer->levels[i];
                unsigned most = 0;

                for (size_t k = 0; k < i; k++)
                        if (peer->levels[k].channel == now->channel &&
                                peer->levels[k].t_usec + MSEC(400) <= now->t_usec)
                                most = MAX(most, peer->levels[k].level);
                largest = MAX(largest, now->level - MIN(now->level, most));
        }
        return largest;
}

/* By 2 % at a time, and to where the step wants it. */
static void assert_rose_slowly(const struct world *world) {
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 12);
        assert_in_range(largest_rise(world->pads.peer), 1, 20);
}

/* The socket takes no frames for 300 ms, again and again, while the pads rise; the latest setpoint replaces the one that waits.
 * The ramp is too short to limit the rise. */
static void req5_what_did_not_go_out_is_not_made_up_for_in_one_go(void **state) {
        struct world *world = *state;
        struct routine *routine = world_routine_text(TEXT_PADS);
        const struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .devices = { world->pads.device }
        };

        routine->steps[0].ramp_usec = MSEC(100);
        assert_int_equal(world_start_options(world, routine, &options), 0);
        world_run_into_step(world, 1, SIDE_BOTH);
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
        world_run(world, MSEC(900)); /* a second without an answer, and they would be stopped */
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

/* What the routine allows by now at most: a straight ramp of 3 s to 12 of 200. */
static unsigned ramp_permille(const struct world *world, uint64_t begins) {
        uint64_t t = now_of(world) - begins;

        return (unsigned) (60 * MIN(t, SECONDS(3)) / SECONDS(3));
}

/* Whether a frame since then asked for more than the pads give. */
static bool rise_was_lost(const struct virtual_peer *pads, size_t since) {
        for (size_t i = since; i < pads->n_frames; i++) {
                int strength = coyote_frame(&pads->frames[i]).strength[0];

                if (strength > 0 && 5 * (unsigned) strength > virtual_peer_level_at(pads, 0, UINT64_MAX))
                        return true;
        }
        return false;
}

/* Frames, or their answers, are lost while the pads rise: what comes next says the whole of it, so that they are where they
 * should be, and never for a moment above. Returns how many rises were lost. */
static unsigned rise_with_losses(struct world *world, unsigned seed) {
        struct virtual_peer *pads = world->pads.peer;
        unsigned lost = 0;
        uint64_t begins;

        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_into_step(world, 1, SIDE_BOTH);
        begins = now_of(world);
        world_run(world, MSEC(30));
        for (unsigned i = 0; i < 200; i++) {
                size_t before = pads->n_frames;

                seed = seed * 1664525u + 1013904223u;
                /* Not for so long that they would be stopped: half a second in two is good. */
                pads->loses_commands = i % 20 < 14 && (seed >> 16) % 3 == 0;
                pads->loses_answers = i % 20 < 14 && (seed >> 16) % 3 == 1;
                world_run(world, MSEC(100));
                lost += pads->loses_commands && rise_was_lost(pads, before) ? 1 : 0;
                for (unsigned c = 0; c < 2; c++)
                        assert_in_range(virtual_peer_output(pads, c).amplitude_permille, 0,
                                ramp_permille(world, begins));
        }
        pads->loses_commands = pads->loses_answers = false;
        world_run(world, SECONDS(6));
        for (unsigned c = 0; c < 2; c++)
                assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, 60);
        assert_int_equal(virtual_peer_highest_since(pads, 0), 60);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        return lost;
}

static void req10_levels_lost_on_the_air_are_set_right_by_the_next_ones(void **state) {
        unsigned lost = 0;

        for (unsigned seed = 1; seed <= 8; seed++) {
                void *world = NULL;

                assert_int_equal(world_setup(&world), 0);
                lost += rise_with_losses(world, seed);
                assert_int_equal(world_teardown(&world), 0);
        }
        assert_true(lost >= 8);
}

/* The very frame that carries a new strength is lost: the pads stay where they were, and the same value is sent again. */
static void req10_a_level_that_was_lost_is_sent_again(void **state) {
        static const struct {
                bool frame; /* lost; else its answer, so that the pads have the value already */
                int by;
                unsigned meanwhile;
        } cases[] = { { true, -4, 60 }, { false, -4, 40 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct world *world = NULL;
                struct virtual_peer *pads;
                uint64_t t;

                assert_int_equal(world_setup((void **) &world), 0);
                rising((void **) &world);
                world_run(world, SECONDS(8) + MSEC(30));
                pads = world->pads.peer;
                assert_int_equal(virtual_peer_output(pads, 0).amplitude_permille, 60);
                t = now_of(world);
                *(cases[i].frame ? &pads->loses_commands : &pads->loses_answers) = true;
                assert_int_equal(session_adjust(world->session, WORLD_HOLDER, cases[i].by), 0);
                world_run(world, MSEC(80));
                assert_in_range(virtual_peer_output(pads, 0).amplitude_permille, 0, cases[i].meanwhile);
                pads->loses_commands = pads->loses_answers = false;
                world_run(world, MSEC(700));
                for (unsigned c = 0; c < 2; c++)
                        assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, 40);
                world_run(world, SECONDS(5));
                for (unsigned c = 0; c < 2; c++)
                        assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, 40);
                assert_int_equal(virtual_peer_highest_since(pads, t + MSEC(700)), 40);
                assert_int_equal(world_teardown((void **) &world), 0);
        }
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(req5_what_did_not_go_out_is_not_made_up_for_in_one_go),
                WORLD_TEST(req5_what_the_pads_did_not_answer_is_not_raised),
                cmocka_unit_test(req10_levels_lost_on_the_air_are_set_right_by_the_next_ones),
                cmocka_unit_test(req10_a_level_that_was_lost_is_sent_again),
                WORLD_TEST(a_fall_that_did_not_go_out_is_in_the_next_frame),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
