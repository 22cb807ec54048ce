/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a device hears on a new link, and what is believed of it until then. */

#include <sys/stat.h>

#include "tests/test.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

static bool is_gun_stop(const struct radio_frame *frame) {
        return theragun_speed(frame) == 0;
}

static bool is_question(const struct radio_frame *frame) {
        return frame->n >= 3 && frame->bytes[0] == 0xaa &&
               (frame->bytes[2] == 0x10 || frame->bytes[2] == 0x20);
}

static struct world *linked(void **state) {
        struct world *world = *state;

        assert_int_equal(device_connect(world->gun.device), 0);
        for (unsigned i = 0; i < 10000 && !virtual_peer_is_linked(world->gun.peer); i++)
                world_run(world, MSEC(1));
        assert_true(virtual_peer_is_linked(world->gun.peer));
        return world;
}

static void req23_a_stop_goes_before_the_questions_and_behind_them(void **state) {
        struct world *world = linked(state);
        const struct virtual_peer *gun = world->gun.peer;
        unsigned questions = 0;

        world_run(world, SECONDS(2));
        assert_true(gun->n_frames >= 4);
        assert_true(is_gun_stop(&gun->frames[0]));
        assert_true(is_gun_stop(&gun->frames[gun->n_frames - 1]));
        for (size_t i = 1; i + 1 < gun->n_frames; i++)
                questions += is_question(&gun->frames[i]);
        assert_int_equal(questions, 2);
        assert_true(is_question(&gun->frames[gun->n_frames - 2]));
}

/* The pads have limits, but no questions: one stop is enough, and output need not wait for another. */
static void limits_alone_need_no_second_stop(void **state) {
        struct world *world = *state;
        const struct virtual_peer *pads = world->pads.peer;

        assert_int_equal(device_connect(world->pads.device), 0);
        world_run(world, SECONDS(2));
        assert_true(pads->n_frames >= 2);
        assert_true(coyote_frame_is_stop(&pads->frames[0]));
        assert_false(coyote_frame_is_stop(&pads->frames[pads->n_frames - 1]));
        assert_int_equal(device_worst_certainty(world->pads.device), CERTAINTY_OFF);
}

/* Off already, they may have nothing to say to a stop: it is sent twice, and the link stays. */
static void pads_that_were_off_need_not_answer_the_first_stop(void **state) {
        struct world *world = *state;
        const struct virtual_peer *pads = world->pads.peer;
        unsigned stops = 0;

        world->pads.peer->loses_answers = true;
        assert_int_equal(device_connect(world->pads.device), 0);
        world_run(world, SECONDS(20));
        for (size_t i = 0; i < pads->n_frames; i++)
                stops += coyote_frame_is_stop(&pads->frames[i]);
        assert_int_equal(stops, 2);
        assert_true(virtual_peer_is_linked(pads));
        assert_int_equal(device_worst_certainty(world->pads.device), CERTAINTY_OFF);
}

static void req23_uncertain_until_the_first_stop_is_delivered(void **state) {
        struct world *world = *state;

        world->gun.peer->ignores_requests = true;
        linked(state);
        world_run(world, MSEC(500));
        assert_int_equal(device_worst_certainty(world->gun.device), CERTAINTY_UNCERTAIN);
        assert_false(certainty_allows_raise(&device_channel(world->gun.device, 0)->certainty));
        /* Nothing of ours is on. */
        assert_false(device_output_active(world->gun.device));
        world->gun.peer->ignores_requests = false;
        world_run(world, SECONDS(10));
        assert_int_equal(device_worst_certainty(world->gun.device), CERTAINTY_OFF);

        /* A link that was lost meanwhile says nothing of it either. */
        virtual_peer_drop(world->gun.peer);
        world_run(world, MSEC(1));
        assert_int_equal(device_worst_certainty(world->gun.device), CERTAINTY_OFF);
}

/* What nobody has tried: limber-allstop could stop it before it has heard anything but the stop. */
static void req23_an_untried_device_is_armed_before_it_hears_anything_but_the_stop(void **state) {
        struct world *world = *state;
        const struct virtual_peer *gun = world->gun.peer;

        virtual_jobs_take(world->armed_jobs, SECONDS(1));
        linked(state);
        world_run(world, MSEC(900));
        assert_true(gun->n_frames > 0);
        for (size_t i = 0; i < gun->n_frames; i++)
                assert_true(is_gun_stop(&gun->frames[i]));
        for (unsigned i = 0; i < 1000 && is_gun_stop(&gun->frames[gun->n_frames - 1]); i++)
                world_run(world, MSEC(1));
        assert_false(is_gun_stop(&gun->frames[gun->n_frames - 1]));
        assert_true(world_armed_file_exists(world, &world->gun));
        world_run(world, SECONDS(3));
        assert_true(is_gun_stop(&gun->frames[gun->n_frames - 1]));
        assert_false(world_armed_file_exists(world, &world->gun));
}

static void req23_an_untried_device_that_cannot_be_armed_hears_the_stop_alone(void **state) {
        struct world *world = *state;
        const struct virtual_peer *gun = world->gun.peer;

        assert_int_equal(rmdir(world->armed_directory), 0);
        linked(state);
        world_run(world, SECONDS(2));
        for (size_t i = 0; i < gun->n_frames; i++)
                assert_true(is_gun_stop(&gun->frames[i]));
        assert_int_equal(mkdir(world->armed_directory, 0700), 0);
}

/* Let go while the questions are on their way: the stop behind them goes out first. */
static void letting_go_waits_for_the_stop_behind_the_questions(void **state) {
        struct world *world = linked(state);
        const struct virtual_peer *gun = world->gun.peer;

        for (unsigned i = 0; i < 1000 && !is_question(&gun->frames[gun->n_frames - 1]); i++)
                world_run(world, MSEC(1));
        assert_true(is_question(&gun->frames[gun->n_frames - 1]));
        device_disconnect(world->gun.device);
        world_run(world, SECONDS(3));
        assert_false(virtual_peer_is_linked(gun));
        assert_true(is_gun_stop(&gun->frames[gun->n_frames - 1]));
        assert_false(world_armed_file_exists(world, &world->gun));
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(req23_a_stop_goes_before_the_questions_and_behind_them),
                WORLD_TEST(limits_alone_need_no_second_stop),
                WORLD_TEST(pads_that_were_off_need_not_answer_the_first_stop),
                WORLD_TEST(req23_uncertain_until_the_first_stop_is_delivered),
                WORLD_TEST(req23_an_untried_device_is_armed_before_it_hears_anything_but_the_stop),
                WORLD_TEST(req23_an_untried_device_that_cannot_be_armed_hears_the_stop_alone),
                WORLD_TEST(letting_go_waits_for_the_stop_behind_the_questions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
