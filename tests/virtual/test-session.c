/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a person does to a session, and what then reaches the devices. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
/* What the pads give at their aimed strength, 12 of 200. */
#define PADS_AIMED_PERMILLE 60u
/* 2 % of what they can. */
#define PADS_RISE_PERMILLE 20u

static uint64_t now_of(const struct world *world) {
        return virtual_clock_now(world->clock);
}

/* Into the first step's run, and on until the gun is at its aimed speed or the pads at their aimed strength. */
static struct world *running(void **state, const char *text) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, text), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        /* Not at the very moment of a frame, so that "since now" means one thing. */
        world_run(world, SECONDS(8) + 30 * USEC_PER_MSEC);
        assert_true(session_output_active(world->session));
        return world;
}

/* Nothing but zero since then, for a good while. */
static void assert_silent_since(struct world *world, const struct world_device *device, uint64_t t) {
        assert_int_equal(first_zero_since(device, t), t);
        world_run(world, SECONDS(10));
        assert_int_equal(virtual_peer_highest_since(device->peer, t), 0);
        assert_int_equal(virtual_peer_output(device->peer, 0).amplitude_permille, 0);
        assert_int_equal(frames_with_output_since(device, t), 0);
        assert_false(device_output_active(device->device));
        assert_false(world_armed_file_exists(world, device));
}

static void resume_and_arm(struct world *world) {
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
}

/* --- arming --- */

static void req14_who_arms_pads_is_asked_to_sit(void **state) {
        struct world *world = *state;

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        assert_non_null(strstr(session_advice(world->session), "Sit or lie down"));
        assert_int_equal(frames_with_output_since(&world->pads, 0), 0);
}

static void req14_the_pads_give_nothing_before_the_key_that_confirms_it(void **state) {
        struct world *world = *state;

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        world_run(world, SECONDS(60));
        assert_int_equal(virtual_peer_highest_since(world->pads.peer, 0), 0);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, world->nonce), 0);
        world_run(world, SECONDS(8));
        assert_int_equal(virtual_peer_highest_since(world->pads.peer, 0), PADS_AIMED_PERMILLE);
}

static void nothing_flows_before_somebody_present_armed(void **state) {
        struct world *world = *state;

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        world_run(world, SECONDS(60));
        assert_int_equal(session_state(world->session), SESSION_WAITING);
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
}

static void a_wrong_nonce_uses_the_challenge_up(void **state) {
        struct world *world = *state;
        char first[ARMING_NONCE_SIZE];

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        memcpy(first, world->nonce, sizeof(first));
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, "0123456789abcdef0123456789abcdef"),
                -EKEYREJECTED);
        assert_int_equal(world->challenges, 2);
        assert_string_not_equal(world->nonce, first);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, first), -EKEYREJECTED);
        assert_int_equal(session_state(world->session), SESSION_WAITING);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, world->nonce), 0);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
}

static void nobody_but_the_holder_arms(void **state) {
        struct world *world = *state;

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        assert_int_equal(session_arm(world->session, WORLD_OTHER, world->nonce), -EPERM);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, world->nonce), 0);
        /* And a nonce arms once. */
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, world->nonce), -ESTALE);
}

static void a_challenge_is_good_for_thirty_seconds(void **state) {
        struct world *world = *state;
        char first[ARMING_NONCE_SIZE];

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        memcpy(first, world->nonce, sizeof(first));
        world_run(world, SECONDS(31));
        assert_int_equal(world->challenges, 2);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, first), -EKEYREJECTED);
}

static void a_session_that_nobody_arms_ends_by_itself(void **state) {
        struct world *world = *state;

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_ENDED, SECONDS(400));
        assert_int_equal(session_reason(world->session), REASON_TIMEOUT);
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
        assert_null(device_owner(world->gun.device));
}

static void a_routine_without_output_needs_no_arming(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world,
                                 ROUTINE_HEAD("") "steps = ({ kind = \"rest\"; duration = \"5s\"; });"),
                0);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        world_run_until_state(world, SESSION_ENDED, SECONDS(6));
        assert_int_equal(world->challenges, 0);
        assert_int_equal(session_kind(world->session), SESSION_KIND_NONE);
}

/* --- pause and resume --- */

static void pause_takes_the_gun_to_zero_at_once(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        session_pause(world->session, REASON_ASKED);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), REASON_ASKED);
        assert_silent_since(world, &world->gun, t);
}

static void pause_takes_the_pads_to_zero_at_once(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t t = now_of(world);

        session_pause(world->session, REASON_ASKED);
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0);
        assert_int_equal(virtual_peer_output(world->pads.peer, 1).amplitude_permille, 0);
        assert_silent_since(world, &world->pads, t);
}

static void resume_asks_for_a_new_key(void **state) {
        struct world *world = running(state, TEXT_GUN);
        char old[ARMING_NONCE_SIZE];
        uint64_t t;

        memcpy(old, world->nonce, sizeof(old));
        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(5));
        world->arms = false;
        t = now_of(world);
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run(world, SECONDS(5));
        assert_int_equal(session_state(world->session), SESSION_WAITING);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, old), -EKEYREJECTED);
        world_run(world, SECONDS(1));
        assert_int_equal(frames_with_output_since(&world->gun, t), 0);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, world->nonce), 0);
        world_run(world, SECONDS(1));
        assert_true(frames_with_output_since(&world->gun, t) > 0);
}

static void after_a_pause_the_gun_begins_at_its_lowest(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t;

        assert_in_range(theragun_speed_at(world->gun.peer, now_of(world)), 1864, 1865);
        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(5));
        resume_and_arm(world);
        t = now_of(world);
        assert_int_equal(theragun_speed_at(world->gun.peer, t), 1750);
        world_run(world, SECONDS(2));
        assert_in_range(theragun_speed_at(world->gun.peer, now_of(world)), 1864, 1865);
}

static void after_a_pause_the_pads_rise_from_zero(void **state) {
        struct world *world = running(state, TEXT_PADS);
        struct virtual_peer *pads = world->pads.peer;
        uint64_t t = now_of(world);

        assert_int_equal(virtual_peer_output(pads, 0).amplitude_permille, PADS_AIMED_PERMILLE);
        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(5));
        resume_and_arm(world);
        assert_int_equal(virtual_peer_highest_since(pads, t), 0);
        world_run(world, SECONDS(1));
        for (unsigned c = 0; c < 2; c++)
                assert_in_range(virtual_peer_output(pads, c).amplitude_permille, 1, PADS_RISE_PERMILLE);
        world_run(world, SECONDS(4));
        for (unsigned c = 0; c < 2; c++)
                assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, PADS_AIMED_PERMILLE);
        assert_in_range(virtual_peer_largest_rise(pads, 400 * USEC_PER_MSEC), 1, PADS_RISE_PERMILLE);
}

static void a_step_goes_on_where_it_was_paused(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t remaining = session_phase_remaining(world->session), whole;

        session_pause(world->session, REASON_ASKED);
        whole = session_remaining(world->session);
        world_run(world, SECONDS(100));
        assert_int_equal(session_phase_remaining(world->session), remaining);
        resume_and_arm(world);
        assert_int_equal(session_phase_remaining(world->session), remaining);
        world_run_until_state(world, SESSION_ENDED, SECONDS(100));
        assert_int_equal(world->ended_usec - world->running_usec, whole);
}

static void a_session_paused_in_its_lead_in_goes_on_with_it(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(1));
        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(5));
        resume_and_arm(world);
        assert_int_equal(session_phase(world->session), PHASE_LEAD_IN);
        assert_int_equal(session_phase_remaining(world->session), SECONDS(1));
}

static void another_holder_cannot_resume_while_the_first_one_lives(void **state) {
        struct world *world = running(state, TEXT_GUN);

        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(2));
        assert_int_equal(session_resume(world->session, WORLD_OTHER), -EBUSY);
        world->beats = false;
        world_run(world, SECONDS(2));
        assert_int_equal(session_resume(world->session, WORLD_OTHER), 0);
        assert_string_equal(session_holder(world->session), WORLD_OTHER);
}

static void a_pause_of_half_an_hour_ends_the_session(void **state) {
        struct world *world = running(state, TEXT_GUN);

        session_pause(world->session, REASON_ASKED);
        world_run_until_state(world, SESSION_ENDED, SECONDS(1900));
        assert_int_equal(session_reason(world->session), REASON_TIMEOUT);
}

/* --- stop and skip --- */

static void stop_is_zero_in_the_same_moment(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        session_end(world->session, REASON_STOPPED);
        assert_int_equal(world->ended, 1);
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), -ESTALE);
        assert_silent_since(world, &world->gun, t);
        assert_false(session_output_active(world->session));
        assert_int_equal(world->ended, 1);
}

static struct {
        struct world *world;
        uint64_t at_usec;
        unsigned stops, too_early;
} told;

static void look_at_both(struct record *record, const struct record_entry *e) {
        if (e->kind != RECORD_STOP)
                return;
        told.stops++;
        told.too_early += first_zero_since(&told.world->gun, told.at_usec) == USEC_INFINITY ||
                          first_zero_since(&told.world->pads, told.at_usec) == USEC_INFINITY;
}

static void look(struct world *world) {
        told = (typeof(told)){ .world = world, .at_usec = now_of(world) };
        world->record.put = look_at_both;
}

/* What is written down about the first device does not stand before the frames of the second. */
static void a_stop_is_every_frame_first_and_then_the_rest(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_BOTH), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run_into_step(world, 2, SIDE_RIGHT);
        world_run(world, SECONDS(5) + 30 * USEC_PER_MSEC);
        look(world);
        session_end(world->session, REASON_STOPPED);
        assert_int_equal(told.stops, 2);
        assert_int_equal(told.too_early, 0);
}

static void a_hundred_stops_at_once_are_recorded_once(void **state) {
        struct world *world = running(state, TEXT_GUN);

        look(world);
        for (unsigned n = 1; n <= 2; n++) {
                for (unsigned i = 0; i < 100; i++)
                        (void) device_stop(world->gun.device);
                assert_int_equal(told.stops, n);
                world_run(world, SECONDS(5));
        }
}

static void skip_is_zero_at_once_and_then_the_next_step(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        assert_int_equal(session_skip(world->session), 0);
        assert_int_equal(first_zero_since(&world->gun, t), t);
        assert_int_equal(session_stage(world->session)->side, SIDE_RIGHT);
        assert_int_equal(session_phase(world->session), PHASE_LEAD_IN);
        world_run(world, SECONDS(2) - 1);
        assert_int_equal(frames_with_output_since(&world->gun, t), 0);
        world_run(world, 1);
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
}

/* Also where one step follows the other without a pause to get in place. */
static void there_is_zero_between_two_steps(void **state) {
        struct world *world = *state;
        uint64_t t;

        assert_int_equal(
                world_start_text(world, ROUTINE_HEAD(ROLE_GUN) "steps = (" PERCUSSION("calf", "left", "0s",
                                                "10s") "," PERCUSSION("calf", "right", "0s", "10s") ");"),
                0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        t = now_of(world) + SECONDS(10);
        world_run(world, SECONDS(10) + 110 * USEC_PER_MSEC);
        assert_int_equal(first_zero_since(&world->gun, t - SECONDS(9)), t);
        /* The answer to the stop is not an answer to what was queued behind it. */
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
        assert_true(device_output_active(world->gun.device));
        assert_true(world_armed_file_exists(world, &world->gun));
        world_run(world, SECONDS(1));
        assert_in_range(theragun_speed_at(world->gun.peer, now_of(world)), 1750, 1750 + 2 * 48);
}

static void skipping_the_last_step_completes_the_session(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t;

        assert_int_equal(session_skip(world->session), 0);
        world_run(world, SECONDS(5));
        t = now_of(world);
        assert_int_equal(session_skip(world->session), 0);
        assert_int_equal(session_state(world->session), SESSION_ENDED);
        assert_silent_since(world, &world->gun, t);
}

static void a_skip_while_paused_does_not_begin_the_next_step(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t;

        session_pause(world->session, REASON_ASKED);
        t = now_of(world);
        assert_int_equal(session_skip(world->session), 0);
        world_run(world, SECONDS(60));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(frames_with_output_since(&world->gun, t), 0);
        resume_and_arm(world);
        assert_int_equal(session_phase_remaining(world->session), SECONDS(2));
}

/* --- discomfort and adjusting --- */

static void discomfort_at_the_limit_stops_everything(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t t = now_of(world);

        assert_int_equal(session_discomfort(world->session, 7, NULL), 0);
        assert_int_equal(session_state(world->session), SESSION_ENDED);
        assert_int_equal(session_reason(world->session), REASON_DISCOMFORT);
        assert_silent_since(world, &world->pads, t);
}

static void a_word_of_pain_skips_the_step_whatever_the_number(void **state) {
        static const char *const words[] = { "shooting", NULL };
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        assert_int_equal(session_discomfort(world->session, 0, words), 0);
        assert_int_equal(first_zero_since(&world->gun, t), t);
        assert_int_equal(session_stage(world->session)->side, SIDE_RIGHT);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
}

static void discomfort_lowers_the_gun(void **state) {
        struct world *world = running(state, TEXT_GUN);
        int before = theragun_speed_at(world->gun.peer, now_of(world));

        assert_int_equal(session_discomfort(world->session, 4, NULL), 0);
        world_run(world, SECONDS(1));
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), before);
        assert_int_equal(session_discomfort(world->session, 5, NULL), 0);
        world_run(world, SECONDS(1));
        /* A tenth less would be below its lowest. */
        assert_true(before > 1750);
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
}

static void discomfort_lowers_the_pads(void **state) {
        struct world *world = running(state, TEXT_PADS);
        struct virtual_peer *pads = world->pads.peer;

        for (unsigned c = 0; c < 2; c++)
                assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, PADS_AIMED_PERMILLE);
        assert_int_equal(session_discomfort(world->session, 5, NULL), 0);
        /* With the next frame: 10 of 200. */
        world_run(world, 100 * USEC_PER_MSEC);
        for (unsigned c = 0; c < 2; c++)
                assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, 50);
        world_run(world, SECONDS(5));
        for (unsigned c = 0; c < 2; c++)
                assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, 50);
}

static void what_is_not_a_score_or_word_changes_nothing(void **state) {
        static const char *const words[] = { "sharp", "fluffy", NULL };
        struct world *world = running(state, TEXT_GUN);

        assert_int_equal(session_discomfort(world->session, 11, NULL), -EDOM);
        assert_int_equal(session_discomfort(world->session, 3, words), -EDOM);
        assert_int_equal(session_last_discomfort(world->session), 0); /* before it began */
        assert_int_equal(session_stage(world->session)->side, SIDE_LEFT);
}

static void adjusting_stays_inside_the_step(void **state) {
        struct world *world = running(state, TEXT_GUN);

        for (unsigned i = 0; i < 100; i++)
                assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), 0);
        world_run(world, SECONDS(8));
        assert_in_range(theragun_speed_at(world->gun.peer, now_of(world)), 1979, 1980);
        for (unsigned i = 0; i < 100; i++)
                assert_int_equal(session_adjust(world->session, WORLD_HOLDER, -1), 0);
        world_run(world, SECONDS(1));
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
}

/* However often somebody pressed up in vain: the first press down is felt. */
static void the_first_press_down_lowers(void **state) {
        struct world *world = running(state, TEXT_GUN);
        int highest;

        (void) session_adjust(world->session, WORLD_HOLDER, 1000);
        world_run(world, SECONDS(5));
        highest = theragun_speed_at(world->gun.peer, now_of(world));
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, -1), 0);
        world_run(world, SECONDS(1));
        assert_true(theragun_speed_at(world->gun.peer, now_of(world)) < highest);
}

static void discomfort_lowers_even_after_presses_up(void **state) {
        struct world *world = running(state, TEXT_PADS);

        (void) session_adjust(world->session, WORLD_HOLDER, 30);
        world_run(world, SECONDS(5));
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 12);
        assert_int_equal(session_discomfort(world->session, 5, NULL), 0);
        world_run(world, SECONDS(1));
        assert_true(coyote_strength_at(world->pads.peer, 0, now_of(world)) < 12);
}

static void adjusting_up_still_rises_slowly(void **state) {
        struct world *world = running(state, TEXT_GUN);
        int before = theragun_speed_at(world->gun.peer, now_of(world));

        (void) session_adjust(world->session, WORLD_HOLDER, 40);
        world_run(world, 400 * USEC_PER_MSEC);
        assert_in_range(theragun_speed_at(world->gun.peer, now_of(world)), before, before + 48);
}

static void there_is_nothing_to_adjust_without_output(void **state) {
        struct world *world = *state;

        world->answers = false;
        assert_int_equal(world_start_text(world, TEXT_PROMPT), 0);
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), -ESTALE);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), -ESTALE);
}

/* --- prompts --- */

static void a_prompt_waits_for_one_of_its_answers(void **state) {
        struct world *world = *state;

        world->answers = false;
        assert_int_equal(world_start_text(world, TEXT_PROMPT), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        assert_int_equal(world->prompts, 1);
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, world->prompt, "perhaps"), -EDOM);
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "17", "yes"), -EDOM);
        world_run(world, SECONDS(60));
        assert_int_equal(session_phase(world->session), PHASE_PROMPT);
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, world->prompt, "later"), 0);
        assert_int_equal(session_stage(world->session)->step->kind, STEP_PERCUSSION);
        assert_string_equal(session_prompt(world->session), "");
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "1", "yes"), -ESTALE);
}

static void a_prompt_that_nobody_answers_ends_the_session(void **state) {
        struct world *world = *state;

        world->answers = false;
        assert_int_equal(world_start_text(world, TEXT_PROMPT), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run_until_state(world, SESSION_ENDED, SECONDS(700));
        assert_int_equal(session_reason(world->session), REASON_TIMEOUT);
        assert_null(device_owner(world->gun.device));
}

static void a_prompt_keeps_its_patience_over_a_pause(void **state) {
        struct world *world = *state;

        world->answers = false;
        assert_int_equal(world_start_text(world, TEXT_PROMPT), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(1000));
        resume_and_arm(world);
        assert_int_equal(session_phase(world->session), PHASE_PROMPT);
        world_run_until_state(world, SESSION_ENDED, SECONDS(700));
        assert_int_equal(session_reason(world->session), REASON_TIMEOUT);
}

static void an_answered_prompt_no_longer_ends_the_session(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_PROMPT), 0);
        world_run_until_state(world, SESSION_ENDED, SECONDS(100));
        assert_int_equal(session_reason(world->session), REASON_COMPLETED);
}

/* --- two devices --- */

static void pads_in_the_background_go_on_while_the_gun_works(void **state) {
        struct world *world = *state;
        uint64_t t, pads_end;

        assert_int_equal(world_start_text(world, TEXT_BOTH), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        t = now_of(world);
        pads_end = t + SECONDS(2 + 40);
        world_run_into_step(world, 2, SIDE_RIGHT);
        assert_int_equal(now_of(world), t + SECONDS(2 + 3));
        world_run(world, SECONDS(5));
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 12);
        assert_true(theragun_speed_at(world->gun.peer, now_of(world)) > 1750);
        assert_int_equal(virtual_peer_output(world->pads.peer, 1).amplitude_permille, 0);
        assert_int_equal(session_kind(world->session), SESSION_KIND_MIXED);

        world_run_until_state(world, SESSION_ENDED, SECONDS(100));
        assert_int_equal(session_reason(world->session), REASON_COMPLETED);
        assert_int_equal(world->ended_usec - t, routine_duration(world->routine));
        assert_int_equal(first_zero_since(&world->pads, t + SECONDS(3)), pads_end);
        assert_int_equal(frames_with_output_since(&world->pads, pads_end), 0);
        assert_int_equal(world->pads.peer->missed_windows, 0);
}

static void remaining_time_counts_down_with_pads_in_the_background(void **state) {
        struct world *world = *state;
        uint64_t whole;

        assert_int_equal(world_start_text(world, TEXT_BOTH), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        whole = routine_duration(world->routine);
        assert_int_equal(session_remaining(world->session), whole);
        for (unsigned s = 1; s < 55; s++) {
                world_run(world, SECONDS(1));
                assert_int_equal(session_remaining(world->session), whole - SECONDS(s));
        }
}

struct both_products {
        struct world *world;
        uint64_t since_usec; /* the gun's zone is that of the pads; infinity: not yet */
        bool gun_ran;
};

static void no_gun_near_live_pads(void *userdata) {
        struct both_products *both = userdata;
        struct world *world = both->world;
        bool pads_live = false;

        if (now_of(world) < both->since_usec)
                return;
        for (unsigned c = 0; c < 2; c++)
                pads_live |= virtual_peer_output(world->pads.peer, c).amplitude_permille > 0;
        assert_false(pads_live && world->gun.peer->setting > 0);
        both->gun_ran |= world->gun.peer->setting > 0;
}

/* REQ20, at run time: a skip must not bring the gun to where pads are still live. */
static void a_skip_ends_live_pads_before_the_gun_comes_near(void **state) {
        struct world *world = *state;
        struct both_products both = { .world = world, .since_usec = USEC_INFINITY };
        uint64_t t;

        world->watch = no_gun_near_live_pads;
        world->watch_userdata = &both;
        assert_int_equal(world_start_text(world, TEXT_BOTH), 0);
        world_run_into_step(world, 2, SIDE_RIGHT);
        world_run(world, SECONDS(5) + 30 * USEC_PER_MSEC);
        assert_int_equal(session_skip(world->session), 0);
        world_run(world, SECONDS(1));
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, PADS_AIMED_PERMILLE);
        both.since_usec = t = now_of(world);
        assert_int_equal(session_skip(world->session), 0);
        assert_string_equal(session_stage(world->session)->step->zone->id, "calf");
        assert_int_equal(first_zero_since(&world->pads, t), t);
        assert_int_equal(frames_with_output_since(&world->pads, t), 0);
        world_run(world, SECONDS(8));
        assert_int_equal(virtual_peer_highest_since(world->pads.peer, t), 0);
        assert_int_equal(frames_with_output_since(&world->pads, t), 0);
        assert_true(both.gun_ran);
}

static void a_word_of_pain_ends_what_runs_in_the_background_too(void **state) {
        static const char *const words[] = { "burning", NULL };
        struct world *world = *state;
        uint64_t t;

        assert_int_equal(world_start_text(world, TEXT_BOTH), 0);
        world_run_into_step(world, 2, SIDE_RIGHT);
        world_run(world, SECONDS(5) + 30 * USEC_PER_MSEC);
        t = now_of(world);
        assert_int_equal(session_discomfort(world->session, 2, words), 0);
        world_run(world, SECONDS(5));
        assert_int_equal(first_zero_since(&world->pads, t), t);
        assert_int_equal(first_zero_since(&world->gun, t), t);
        assert_int_equal(frames_with_output_since(&world->pads, t), 0);
}

static void pads_that_are_all_that_is_left_can_be_skipped(void **state) {
        struct world *world = *state;
        uint64_t t;

        assert_int_equal(
                world_start_text(
                        world, ROUTINE_HEAD(ROLE_PADS) "steps = (" ESTIM("calf", "left", "2s", "40s",
                                       "background = true;") ", { kind = \"rest\"; duration = \"5s\"; });"),
                0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(20) + 30 * USEC_PER_MSEC);
        t = now_of(world);
        assert_int_equal(session_skip(world->session), 0);
        assert_int_equal(session_state(world->session), SESSION_ENDED);
        assert_silent_since(world, &world->pads, t);
}

static void one_side_alone_leaves_the_other_out(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start(world, "post-run-easy", SIDE_RIGHT), 0);
        world_run_until_state(world, SESSION_ENDED, SECONDS(1000));
        assert_int_equal(session_reason(world->session), REASON_COMPLETED);
        assert_int_equal(world->n_steps, 6);
        for (unsigned i = 1; i < world->n_steps; i++)
                assert_int_equal(world->steps[i].side, SIDE_RIGHT);
        assert_int_equal(world->ended_usec - world->running_usec, SECONDS(68 + 53 + 68 + 53 + 65));
}

static void one_side_of_pads_for_both_uses_one_channel(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start(world, "estim-active-recovery", SIDE_RIGHT), 0);
        world_run_into_step(world, 2, SIDE_RIGHT);
        world_run(world, SECONDS(20));
        assert_int_equal(coyote_strength_at(world->pads.peer, 0, now_of(world)), 0);
        assert_int_equal(coyote_strength_at(world->pads.peer, 1, now_of(world)), 12);
}

/* --- what is refused before it begins --- */

static void no_common_range_is_refused_naming_both(void **state) {
        struct world *world = *state;

        assert_int_equal(
                world_start_text(world,
                        ROUTINE_HEAD(ROLE_GUN) "steps = ({ kind = \"percussion\"; zone = \"calf\"; sides = "
                                               "\"left\"; duration = \"30s\"; frequency = \"20-25Hz\"; });"),
                -ERANGE);
        assert_says(world->refusal, "20-25Hz");
        assert_says(world->refusal, "29.166-40Hz");
        assert_says(world->refusal, "Theragun Pro");
        assert_null(device_owner(world->gun.device));
        assert_false(virtual_peer_is_linked(world->gun.peer));
}

static void a_device_in_use_is_refused_by_name(void **state) {
        struct world *world = *state;
        int somebody = 0;

        device_set_owner(world->gun.device, &somebody, 7);
        assert_int_equal(world_start_text(world, TEXT_GUN), -EBUSY);
        assert_says(world->refusal, "Theragun Pro");
        assert_ptr_equal(device_owner(world->gun.device), &somebody);
        device_set_owner(world->gun.device, NULL, 0);
}

static void one_gun_cannot_play_two_roles(void **state) {
        struct world *world = *state;
        struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .devices = { world->gun.device, world->gun.device }
        };
        const char *text = ROUTINE_HEAD(
                "{ role = \"one\"; kind = \"percussion\"; },"
                "{ role = \"two\"; kind = \"percussion\"; }") "steps = ({ kind = \"percussion\"; zone = \"calf\"; sides = \"left\"; duration = \"9s\"; "
                                                              "frequency = \"30Hz\"; device = \"one\"; }, { kind = \"percussion\"; zone = \"calf\"; sides = "
                                                              "\"left\"; duration = \"9s\"; frequency = \"30Hz\"; device = \"two\"; });";

        assert_int_equal(world_start_options(world, world_routine_text(text), &options), -EBUSY);
        assert_says(world->refusal, "one");
        assert_says(world->refusal, "two");
}

static void a_role_without_a_device_is_refused_by_name(void **state) {
        struct world *world = *state;
        struct session_options options = { .id = 1, .holder = WORLD_HOLDER };

        assert_int_equal(world_start_options(world, world_routine_text(TEXT_GUN), &options), -ENODEV);
        assert_says(world->refusal, "gun");
}

static void pads_cannot_do_a_guns_step(void **state) {
        struct world *world = *state;
        struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .devices = { world->pads.device }
        };

        assert_int_equal(world_start_options(world, world_routine_text(TEXT_GUN), &options), -ERANGE);
        assert_says(world->refusal, "Coyote");
}

/* Held at nothing to its end: whoever reads "completed" would believe that the calf was treated. */
static void a_step_that_gave_nothing_is_not_done(void **state) {
        struct world *world = *state;

        world->person.cap = 0;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_ENDED, SECONDS(3600));
        assert_int_equal(virtual_peer_output(world->gun.peer, 0).amplitude_permille, 0);
        assert_int_equal(session_reason(world->session), REASON_NOT_DONE);
        assert_true(world_has_alert(world, "not-done"));
        assert_says(world_alert_sentence(world, "not-done"), "gave nothing");
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(nothing_flows_before_somebody_present_armed),
                WORLD_TEST(req14_who_arms_pads_is_asked_to_sit),
                WORLD_TEST(req14_the_pads_give_nothing_before_the_key_that_confirms_it),
                WORLD_TEST(a_wrong_nonce_uses_the_challenge_up),
                WORLD_TEST(nobody_but_the_holder_arms),
                WORLD_TEST(a_challenge_is_good_for_thirty_seconds),
                WORLD_TEST(a_session_that_nobody_arms_ends_by_itself),
                WORLD_TEST(a_routine_without_output_needs_no_arming),
                WORLD_TEST(pause_takes_the_gun_to_zero_at_once),
                WORLD_TEST(pause_takes_the_pads_to_zero_at_once),
                WORLD_TEST(resume_asks_for_a_new_key),
                WORLD_TEST(after_a_pause_the_gun_begins_at_its_lowest),
                WORLD_TEST(after_a_pause_the_pads_rise_from_zero),
                WORLD_TEST(a_step_goes_on_where_it_was_paused),
                WORLD_TEST(a_session_paused_in_its_lead_in_goes_on_with_it),
                WORLD_TEST(another_holder_cannot_resume_while_the_first_one_lives),
                WORLD_TEST(a_pause_of_half_an_hour_ends_the_session),
                WORLD_TEST(stop_is_zero_in_the_same_moment),
                WORLD_TEST(a_stop_is_every_frame_first_and_then_the_rest),
                WORLD_TEST(a_hundred_stops_at_once_are_recorded_once),
                WORLD_TEST(skip_is_zero_at_once_and_then_the_next_step),
                WORLD_TEST(there_is_zero_between_two_steps),
                WORLD_TEST(skipping_the_last_step_completes_the_session),
                WORLD_TEST(a_skip_while_paused_does_not_begin_the_next_step),
                WORLD_TEST(discomfort_at_the_limit_stops_everything),
                WORLD_TEST(a_word_of_pain_skips_the_step_whatever_the_number),
                WORLD_TEST(discomfort_lowers_the_gun),
                WORLD_TEST(discomfort_lowers_the_pads),
                WORLD_TEST(what_is_not_a_score_or_word_changes_nothing),
                WORLD_TEST(adjusting_stays_inside_the_step),
                WORLD_TEST(the_first_press_down_lowers),
                WORLD_TEST(discomfort_lowers_even_after_presses_up),
                WORLD_TEST(adjusting_up_still_rises_slowly),
                WORLD_TEST(there_is_nothing_to_adjust_without_output),
                WORLD_TEST(a_prompt_waits_for_one_of_its_answers),
                WORLD_TEST(a_prompt_that_nobody_answers_ends_the_session),
                WORLD_TEST(a_prompt_keeps_its_patience_over_a_pause),
                WORLD_TEST(an_answered_prompt_no_longer_ends_the_session),
                WORLD_TEST(pads_in_the_background_go_on_while_the_gun_works),
                WORLD_TEST(remaining_time_counts_down_with_pads_in_the_background),
                WORLD_TEST(a_skip_ends_live_pads_before_the_gun_comes_near),
                WORLD_TEST(a_word_of_pain_ends_what_runs_in_the_background_too),
                WORLD_TEST(pads_that_are_all_that_is_left_can_be_skipped),
                WORLD_TEST(one_side_alone_leaves_the_other_out),
                WORLD_TEST(one_side_of_pads_for_both_uses_one_channel),
                WORLD_TEST(no_common_range_is_refused_naming_both),
                WORLD_TEST(a_device_in_use_is_refused_by_name),
                WORLD_TEST(one_gun_cannot_play_two_roles),
                WORLD_TEST(a_role_without_a_device_is_refused_by_name),
                WORLD_TEST(pads_cannot_do_a_guns_step),
                WORLD_TEST(a_step_that_gave_nothing_is_not_done),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
