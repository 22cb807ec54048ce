/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shipped routines, whole, from the model to the simulated body and back. What should happen stands here in tables of its
 * own, from the routines' pages (domain facts R4, R6, R7); the frames are read by the devices' pages. */

#include "tests/test.h"
#include "tests/virtual/world.h"

/* One pass of a percussion step. */
struct gun_pass {
        const char *zone;
        enum side side;
        unsigned lead_in, seconds;
        int aimed; /* strokes a minute: the middle of what the step and the gun (1750 to 2400) share */
        int lowest, highest;
};

#define EACH(zone, seconds, low, high)                                       \
        { zone, SIDE_LEFT, 8, seconds, (1750 + (high)) / 2, low, high }, {   \
                zone, SIDE_RIGHT, 8, seconds, (1750 + (high)) / 2, low, high \
        }

/* A Theragun rises by at most 2 % of 40 Hz in half a second: 0.8 Hz, 48 strokes a minute. */
#define GUN_RISE 48

/* Every set frame of the pass: from the lowest speed up to the aimed one, then nothing, then the stop at its end. */
static void check_gun_pass(const struct virtual_peer *gun, const struct gun_pass *pass, uint64_t begins) {
        uint64_t runs = begins + pass->lead_in * USEC_PER_SEC, ends = runs + pass->seconds * USEC_PER_SEC;
        uint64_t last_rise = 0;
        int last = 0;

        for (size_t i = 0; i < gun->n_frames; i++) {
                const struct radio_frame *frame = &gun->frames[i];
                int speed = theragun_speed(frame);

                if (speed < 0 || frame->t_usec < begins || frame->t_usec > ends)
                        continue;
                assert_true(frame->request);
                if (frame->t_usec < runs || frame->t_usec == ends) {
                        /* Idle while the person gets in place; zero at the end. A stop before may be repeated. */
                        assert_int_equal(speed, 0);
                        continue;
                }
                if (last == 0) {
                        assert_int_equal(frame->t_usec, runs);
                        assert_int_equal(speed, 1750);
                } else {
                        assert_in_range(speed, last + 1, last + GUN_RISE);
                        assert_true(frame->t_usec - last_rise >= 500 * USEC_PER_MSEC);
                }
                assert_in_range(speed, pass->lowest, pass->highest);
                last = speed;
                last_rise = frame->t_usec;
        }
        assert_in_range(last, pass->aimed - 1, pass->aimed);
        /* And it is there after as many half seconds as the rise needs. */
        assert_true(last_rise - runs <=
                    (uint64_t) ((pass->aimed - 1750 + GUN_RISE - 1) / GUN_RISE) * 500 * USEC_PER_MSEC);
        assert_int_equal(theragun_speed_at(gun, ends), 0);
}

/* What the motor really did in the middle of the pass. */
static void check_gun_motor(const struct virtual_peer *gun, const struct gun_pass *pass, uint64_t begins) {
        uint64_t middle = begins + (pass->lead_in + pass->seconds / 2) * USEC_PER_SEC;
        unsigned rate = 0;

        for (size_t i = 0; i < gun->n_outputs && gun->outputs[i].t_usec <= middle; i++)
                rate = gun->outputs[i].output.rate_mhz;
        assert_in_range(rate, (pass->aimed - 2) * 1000 / 60, (pass->aimed + 2) * 1000 / 60);
}

/* passes are all percussion passes in order; first is the first one's entry in the world's steps, from where they are
 * without a gap; after them come `rest` seconds without output. */
static void check_gun_routine(struct world *world, const char *id, unsigned first,
        const struct gun_pass *passes, size_t n, unsigned rest) {
        uint64_t t, begins;
        struct product_output motor;

        assert_int_equal(world_start(world, id, SIDE_NONE), 0);
        world_run_until_state(world, SESSION_RUNNING, 10 * USEC_PER_SEC);
        begins = t = virtual_clock_now(world->clock);
        world_run_until_state(world, SESSION_ENDED, 3600 * USEC_PER_SEC);
        assert_int_equal(session_reason(world->session), REASON_COMPLETED);

        for (size_t i = 0; i < n; i++) {
                const struct world_step *step = &world->steps[first + i];

                assert_string_equal(step->step->zone->id, passes[i].zone);
                assert_int_equal(step->side, passes[i].side);
                assert_int_equal(step->t_usec, t);
                check_gun_pass(world->gun.peer, &passes[i], t);
                check_gun_motor(world->gun.peer, &passes[i], t);
                t += (passes[i].lead_in + passes[i].seconds) * USEC_PER_SEC;
        }
        assert_int_equal(frames_with_output_since(&world->gun, t), 0);
        assert_int_equal(world->ended_usec, t + rest * USEC_PER_SEC);
        assert_int_equal(world->ended_usec - begins, routine_duration(world->routine));

        world_run(world, 5 * USEC_PER_SEC);
        motor = virtual_peer_output(world->gun.peer, 0);
        assert_int_equal(motor.amplitude_permille, 0);
        assert_int_equal(world->gun.peer->bad_frames, 0);
        assert_int_equal(world->n_alerts, 0);
        assert_int_equal(world->challenges, 1);
        assert_false(device_output_active(world->gun.device));
        assert_false(world_armed_file_exists(world, &world->gun));
        assert_int_equal(world->pads.peer->n_frames, 0);
}

static void post_run_easy_is_done_as_written(void **state) {
        static const struct gun_pass passes[] = {
                EACH("calf", 60, 1500, 1980),
                EACH("hamstrings", 45, 1500, 1980),
                EACH("quads", 60, 1500, 1980),
                EACH("glutes", 45, 1500, 1980),
        };

        /* A prompt, eight passes, then a calf stretch of 60 s with 5 s of lead-in on each side. */
        check_gun_routine(*state, "post-run-easy", 1, passes, ARRAY_SIZE(passes), 2 * 65);
}

static void it_band_tightness_is_done_as_written(void **state) {
        static const struct gun_pass passes[] = {
                EACH("glutes", 60, 1680, 1980),
                EACH("tfl", 30, 1500, 1800),
                EACH("vastus_lateralis", 60, 1680, 1980),
                EACH("hamstring_lateral", 45, 1680, 1980),
        };

        /* Two stretches of 60 s on each side, then 10 s of rest. */
        check_gun_routine(*state, "it-band-tightness", 1, passes, ARRAY_SIZE(passes), 4 * 65 + 10);
}

/* One step of the pads' routine. */
struct pads_step {
        unsigned lead_in, seconds;
        unsigned frequency; /* byte of the pulse period, by the maker's formula */
        unsigned rate_mhz;  /* what the skin then feels */
        unsigned ramp, ramp_down;
};

/* 60 % of the 20 of 200 that an uncalibrated runner may be given. */
#define PADS_AIMED 12

/* In whole strengths, what a straight ramp has reached; a change may be one frame late. */
static void check_pads_strength(const struct pads_step *step, uint64_t t, int strength) {
        uint64_t left = step->seconds * USEC_PER_SEC - t, up = step->ramp * USEC_PER_SEC,
                 down = step->ramp_down * USEC_PER_SEC;
        int highest = PADS_AIMED, lowest;

        if (t < up)
                highest = (int) (PADS_AIMED * t / up);
        if (left < down)
                highest = MIN(highest, (int) (PADS_AIMED * (left + 100 * USEC_PER_MSEC) / down));
        lowest = highest;
        if (t < up + 200 * USEC_PER_MSEC)
                lowest = (int) (PADS_AIMED * (t - MIN(t, 200 * USEC_PER_MSEC)) / up);
        if (left < down)
                lowest = MIN(lowest, (int) (PADS_AIMED * left / down));
        assert_in_range(strength, lowest, highest);
}

static void check_pads_waveform(const struct coyote_frame *f, const struct pads_step *step, bool first) {
        for (unsigned c = 0; c < 2; c++)
                for (unsigned i = 0; i < 4; i++) {
                        assert_int_equal(f->frequency[c][i], step->frequency);
                        /* The first frame's envelope rises, so that its first pulse is not at full width. */
                        if (first)
                                assert_in_range(f->intensity[c][i], 1, 100);
                        else
                                assert_int_equal(f->intensity[c][i], 100);
                }
}

static void check_pads_step(const struct virtual_peer *pads, const struct pads_step *step, uint64_t begins) {
        uint64_t runs = begins + step->lead_in * USEC_PER_SEC, ends = runs + step->seconds * USEC_PER_SEC;
        uint64_t last_frame = 0;
        int strength[2] = { 0, 0 }, before;

        for (size_t i = 0; i < pads->n_frames && pads->frames[i].t_usec <= ends; i++) {
                const struct radio_frame *frame = &pads->frames[i];
                struct coyote_frame f = coyote_frame(frame);

                if (!f.output || frame->t_usec < begins || coyote_frame_is_stop(frame))
                        continue;
                assert_false(frame->request);
                assert_in_range(frame->t_usec, runs, ends - 1);
                /* No window missed, none early. */
                if (last_frame > 0)
                        assert_int_equal(frame->t_usec - last_frame, 100 * USEC_PER_MSEC);
                check_pads_waveform(&f, step, last_frame == 0);
                last_frame = frame->t_usec;

                for (unsigned c = 0; c < 2; c++) {
                        before = strength[c];
                        if (f.strength[c] >= 0)
                                strength[c] = f.strength[c];
                        assert_true(strength[c] <= before + 4);
                }
                assert_int_equal(strength[0], strength[1]);
                check_pads_strength(step, frame->t_usec - runs, strength[0]);
        }
        /* Played to the last window, and the stop at the very end. */
        if (step->ramp_down == 0)
                assert_int_equal(last_frame, ends - 100 * USEC_PER_MSEC);
        assert_int_equal(coyote_strength_at(pads, 0, ends), 0);
        assert_int_equal(coyote_strength_at(pads, 1, ends), 0);
}

/* What the skin felt in the middle of the step, on both channels. */
static void check_pads_felt(const struct virtual_peer *pads, const struct pads_step *step, uint64_t begins) {
        uint64_t middle = begins + (step->lead_in + step->seconds / 2) * USEC_PER_SEC;
        struct product_output felt[2] = {};

        for (size_t i = 0; i < pads->n_outputs && pads->outputs[i].t_usec <= middle; i++)
                felt[pads->outputs[i].channel] = pads->outputs[i].output;
        for (unsigned c = 0; c < 2; c++) {
                assert_int_equal(felt[c].amplitude_permille, 1000 * PADS_AIMED / 200);
                assert_in_range(felt[c].rate_mhz, step->rate_mhz, step->rate_mhz * 102 / 100);
        }
}

static void estim_active_recovery_is_done_as_written(void **state) {
        static const struct pads_step steps[] = {
                { 5, 240, 105, 8000, 10, 0 },
                { 0, 300, 113, 6000, 10, 0 },
                { 0, 300, 130, 4000, 10, 0 },
                { 0, 240, 180, 2000, 10, 0 },
                { 0, 120, 240, 1000, 10, 2 },
        };
        struct world *world = *state;
        uint64_t t, begins;

        assert_int_equal(world_start(world, "estim-active-recovery", SIDE_NONE), 0);
        world_run_until_state(world, SESSION_RUNNING, 10 * USEC_PER_SEC);
        begins = t = virtual_clock_now(world->clock);
        world_run_until_state(world, SESSION_ENDED, 3600 * USEC_PER_SEC);
        assert_int_equal(session_reason(world->session), REASON_COMPLETED);

        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                assert_int_equal(world->steps[i + 1].t_usec, t);
                assert_int_equal(world->steps[i + 1].side, SIDE_BOTH);
                assert_string_equal(world->steps[i + 1].step->zone->id, "quads");
                check_pads_step(world->pads.peer, &steps[i], t);
                check_pads_felt(world->pads.peer, &steps[i], t);
                t += (steps[i].lead_in + steps[i].seconds) * USEC_PER_SEC;
        }
        assert_int_equal(frames_with_output_since(&world->pads, t), 0);
        assert_int_equal(world->ended_usec, t);
        assert_int_equal(t - begins, routine_duration(world->routine));

        world_run(world, USEC_PER_SEC);
        assert_int_equal(world->pads.peer->missed_windows, 0);
        assert_int_equal(world->pads.peer->dropped_groups, 0);
        assert_int_equal(world->pads.peer->bad_frames, 0);
        for (unsigned c = 0; c < 2; c++)
                assert_int_equal(virtual_peer_output(world->pads.peer, c).amplitude_permille, 0);
        /* REQ5: 2 % in half a second, less a frame; and nothing above what was aimed at. */
        assert_in_range(virtual_peer_largest_rise(world->pads.peer, 400 * USEC_PER_MSEC), 1, 20);
        assert_int_equal(virtual_peer_highest_since(world->pads.peer, 0), 1000 * PADS_AIMED / 200);
        assert_int_equal(world->n_alerts, 0);
        assert_false(device_output_active(world->pads.device));
        assert_false(world_armed_file_exists(world, &world->pads));
        assert_int_equal(world->gun.peer->n_frames, 0);
}

static void the_limits_go_out_before_anything_else_but_the_stop(void **state) {
        static const uint8_t limits[] = { 0xbf, 20, 20, 0xa0, 0xa0, 0x00, 0x00 };
        struct world *world = *state;
        const struct virtual_peer *pads = world->pads.peer;
        size_t i = 0;

        assert_int_equal(world_start(world, "estim-active-recovery", SIDE_NONE), 0);
        world_run_into_step(world, 2, SIDE_BOTH);
        while (i < pads->n_frames && coyote_frame_is_stop(&pads->frames[i]))
                i++;
        assert_true(i > 0 && i < pads->n_frames);
        assert_int_equal(pads->frames[i].n, sizeof(limits));
        assert_memory_equal(pads->frames[i].bytes, limits, sizeof(limits));
}

/* Every routine that is shipped can be done on the two devices, takes as long as it says, and ends at rest. */
static void every_shipped_routine_ends_in_time_and_at_rest(void **state) {
        static const char *const ids[] = { "pre-run-activation", "post-run-easy", "it-band-tightness",
                "estim-active-recovery", "first-light" };

        for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
                void *one = NULL;
                struct world *world;
                uint64_t begins;

                assert_int_equal(world_setup(&one), 0);
                world = one;
                assert_int_equal(world_start(world, ids[i], SIDE_NONE), 0);
                world_run_until_state(world, SESSION_RUNNING, 10 * USEC_PER_SEC);
                begins = virtual_clock_now(world->clock);
                world_run_until_state(world, SESSION_ENDED, 3600 * USEC_PER_SEC);
                assert_int_equal(session_reason(world->session), REASON_COMPLETED);
                assert_int_equal(world->ended_usec - begins, routine_duration(world->routine));
                assert_int_equal(routine_duration(world->routine), session_duration(world->session));
                world_run(world, 5 * USEC_PER_SEC);
                assert_int_equal(virtual_peer_output(world->gun.peer, 0).amplitude_permille, 0);
                assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0);
                assert_int_equal(virtual_peer_output(world->pads.peer, 1).amplitude_permille, 0);
                assert_int_equal(world->n_alerts, 0);
                assert_int_equal(world_teardown(&one), 0);
        }
}

/* Once the devices were let go nothing wakes the daemon any more: only the holder's beat is left here. */
static void nothing_is_armed_when_all_is_over(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start(world, "first-light", SIDE_NONE), 0);
        world_run_until_state(world, SESSION_ENDED, 3600 * USEC_PER_SEC);
        world_run(world, 600 * USEC_PER_SEC);
        assert_false(virtual_peer_is_linked(world->gun.peer));
        assert_false(virtual_peer_is_linked(world->pads.peer));
        assert_int_equal(virtual_clock_armed(world->clock), 1);
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(post_run_easy_is_done_as_written),
                WORLD_TEST(it_band_tightness_is_done_as_written),
                WORLD_TEST(estim_active_recovery_is_done_as_written),
                WORLD_TEST(the_limits_go_out_before_anything_else_but_the_stop),
                cmocka_unit_test(every_shipped_routine_ends_in_time_and_at_rest),
                WORLD_TEST(nothing_is_armed_when_all_is_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
