/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What goes wrong around a session: the holder, the link, the device, the machine. Whatever it is, the next thing that the
 * device hears is zero, and nothing comes back by itself. */

#include <sys/stat.h>

#include "daemon/device/device-private.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

static uint64_t now_of(const struct world *world) {
        return virtual_clock_now(world->clock);
}

/* In the first step's run at its aimed level; not at the very moment of a frame or a beat. */
static struct world *running(void **state, const char *text) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, text), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(8) + MSEC(30));
        assert_true(session_output_active(world->session));
        return world;
}

static void resume_and_arm(struct world *world) {
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(20));
}

/* Zero came between `from` and `within` later; nothing else followed; the session is paused and stays so. */
static void assert_paused_at_zero(struct world *world, const struct world_device *device, uint64_t from,
        uint64_t within, enum session_reason reason) {
        uint64_t zero;

        world_run(world, within);
        zero = first_zero_since(device, from);
        assert_in_range(zero, from, from + within);
        world_run(world, SECONDS(10));
        assert_int_equal(frames_with_output_since(device, zero + 1), 0);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), reason);
        assert_false(device_output_active(device->device));
        assert_false(world_armed_file_exists(world, device));
}

/* --- the holder --- */

static void req4_a_second_of_silence_is_zero(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        world->beats = false;
        assert_paused_at_zero(world, &world->gun, t, SECONDS(1), REASON_LEASE_LOST);
        assert_true(world_has_alert(world, "lease-lost"));
        assert_int_equal(world->n_alerts, 1);
}

static void req4_pads_too(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t t = now_of(world);

        world->beats = false;
        assert_paused_at_zero(world, &world->pads, t, SECONDS(1), REASON_LEASE_LOST);
}

static void req4_later_beats_do_not_resume(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t;

        world->beats = false;
        world_run(world, SECONDS(2));
        t = now_of(world);
        world->beats = true;
        world_run(world, SECONDS(60));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(frames_with_output_since(&world->gun, t), 0);
        resume_and_arm(world);
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
}

static void req4_three_beats_that_disagree_are_zero(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        world->agrees = false;
        assert_paused_at_zero(world, &world->gun, t, MSEC(900), REASON_LEASE_LOST);
}

static void two_beats_that_disagree_are_forgiven(void **state) {
        struct world *world = running(state, TEXT_GUN);

        world->agrees = false;
        world_run(world, MSEC(600));
        world->agrees = true;
        world_run(world, SECONDS(5));
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_int_equal(world->n_alerts, 0);
}

static void beats_of_somebody_else_keep_nothing_alive(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        world->beats = false;
        for (unsigned i = 0; i < 4; i++) {
                world_run(world, MSEC(250));
                assert_int_equal(
                        session_beat(world->session, WORLD_OTHER, session_event(world->session), true),
                        -EPERM);
        }
        assert_paused_at_zero(world, &world->gun, t, SECONDS(1), REASON_LEASE_LOST);
}

static void req4_a_holder_who_leaves_is_zero_at_once(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        session_holder_gone(world->session, WORLD_OTHER);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        session_holder_gone(world->session, WORLD_HOLDER);
        assert_paused_at_zero(world, &world->gun, t, 0, REASON_LEASE_LOST);
}

static void silence_without_output_is_no_matter(void **state) {
        struct world *world = *state;

        world->answers = false;
        assert_int_equal(world_start_text(world, TEXT_PROMPT), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world->beats = false;
        world_run(world, SECONDS(30));
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, world->prompt, "yes"), 0);
        /* But nothing begins while nobody is heard. */
        world_run(world, SECONDS(30));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), REASON_LEASE_LOST);
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
}

/* Armed again before the stop was confirmed: the watch must be on all the same. */
static void silence_is_noticed_after_a_quick_resume_too(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t t;

        world->pads.peer->notify_usec = MSEC(800); /* until then no answer tells that the pads are at zero */
        world->arms = world->agrees = false;
        world_run_until_state(world, SESSION_PAUSED, SECONDS(2));
        world->agrees = true;
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, world->nonce), 0);
        for (unsigned i = 0; i < 50 && coyote_strength_at(world->pads.peer, 0, now_of(world)) == 0; i++)
                world_run(world, MSEC(100));
        assert_true(coyote_strength_at(world->pads.peer, 0, now_of(world)) > 0);
        t = now_of(world);
        world->beats = false;
        assert_paused_at_zero(world, &world->pads, t, SECONDS(1), REASON_LEASE_LOST);
}

static void what_is_queued_behind_a_stop_is_not_taken_for_stopped(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t;

        world->gun.peer->answer_usec = MSEC(400);
        world->arms = world->agrees = false;
        world_run_until_state(world, SESSION_PAUSED, SECONDS(2));
        world->agrees = true;
        t = now_of(world);
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        assert_int_equal(session_arm(world->session, WORLD_HOLDER, world->nonce), 0);
        world_run(world, MSEC(410));
        assert_int_equal(first_zero_since(&world->gun, t), t);
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
        assert_true(device_output_active(world->gun.device));
        assert_true(world_armed_file_exists(world, &world->gun));
        t = now_of(world);
        world->beats = false;
        assert_paused_at_zero(world, &world->gun, t, SECONDS(1) + MSEC(400), REASON_LEASE_LOST);
}

#define TEXT_GUN_WITHOUT_LEAD_IN \
        ROUTINE_HEAD(ROLE_GUN)   \
        "steps = (" PERCUSSION("calf", "left", "0s", "10s") "," PERCUSSION("calf", "right", "0s", "10s") ");"

/* The gun says "stopped" long after the next step's speed went out: neither a hand's doing, nor a proof of being off. */
static void a_late_word_of_zero_is_no_proof(void **state) {
        struct world *world = *state;

        world->gun.peer->notify_usec = MSEC(300);
        assert_int_equal(world_start_text(world, TEXT_GUN_WITHOUT_LEAD_IN), 0);
        world_run_into_step(world, 2, SIDE_RIGHT);
        world_run(world, MSEC(350));
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_true(device_output_active(world->gun.device));
        assert_true(world_armed_file_exists(world, &world->gun));
        world_run(world, SECONDS(3));
        assert_in_range(theragun_speed_at(world->gun.peer, now_of(world)), 1864, 1865);
}

/* A stop that is lost, while the word of the zero before it is still under way: that word is no proof either. */
static void a_late_word_of_zero_does_not_answer_a_stop(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_GUN_WITHOUT_LEAD_IN), 0);
        world_run_into_step(world, 1, SIDE_LEFT);
        world_run(world, SECONDS(5));
        world->gun.peer->notify_usec = MSEC(300);
        world_run_into_step(world, 2, SIDE_RIGHT);
        world_run(world, MSEC(150));
        assert_int_equal(theragun_speed_at(world->gun.peer, now_of(world)), 1750);
        world->gun.peer->ignores_requests = true;
        session_end(world->session, REASON_STOPPED);
        for (unsigned i = 0; i < 400; i++) {
                world_run(world, MSEC(5));
                assert_true(virtual_peer_output(world->gun.peer, 0).amplitude_permille > 0);
                assert_int_not_equal(device_worst_certainty(world->gun.device), CERTAINTY_OFF);
                assert_true(device_output_active(world->gun.device));
        }
        assert_true(world_has_alert(world, "stop-not-confirmed"));
}

/* But who follows the alert and switches it off by hand is believed. */
static void a_hand_that_switches_it_off_ends_an_unanswered_stop(void **state) {
        struct world *world = running(state, TEXT_GUN);

        world->gun.peer->ignores_requests = true;
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(2));
        assert_int_equal(device_worst_certainty(world->gun.device), CERTAINTY_UNCERTAIN);
        virtual_peer_poke(world->gun.peer, "off", 0);
        world_run(world, MSEC(10));
        assert_int_equal(device_worst_certainty(world->gun.device), CERTAINTY_OFF);
        assert_false(device_output_active(world->gun.device));
}

/* --- the link --- */

static void a_lost_gun_pauses_says_what_to_do_and_is_stopped_first_when_it_is_back(void **state) {
        struct world *world = running(state, TEXT_GUN);
        size_t before = world->gun.peer->n_frames;

        virtual_peer_drop(world->gun.peer);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), REASON_DEVICE_LOST);
        assert_says(world_alert_sentence(world, "link-lost"), "its own button");
        assert_int_equal(device_worst_certainty(world->gun.device), CERTAINTY_UNREACHABLE);
        assert_true(device_output_active(world->gun.device));
        assert_true(world_armed_file_exists(world, &world->gun));

        assert_in_range(world->gun.peer->setting, 1750, 1980);
        world_run(world, SECONDS(2));
        assert_true(virtual_peer_is_linked(world->gun.peer));
        assert_true(world->gun.peer->n_frames > before);
        assert_int_equal(theragun_speed(&world->gun.peer->frames[before]), 0);
        assert_false(device_output_active(world->gun.device));
        assert_false(world_armed_file_exists(world, &world->gun));
        world_run(world, SECONDS(60));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(
                virtual_peer_highest_since(world->gun.peer, world->gun.peer->frames[before].t_usec), 0);
        assert_int_equal(virtual_peer_output(world->gun.peer, 0).amplitude_permille, 0);

        resume_and_arm(world);
        assert_int_equal(world->gun.peer->setting, 1750);
}

static void lost_pads_are_known_to_be_off(void **state) {
        struct world *world = running(state, TEXT_PADS);
        size_t before = world->pads.peer->n_frames;

        virtual_peer_drop(world->pads.peer);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), REASON_DEVICE_LOST);
        assert_true(world_has_alert(world, "device-lost"));
        assert_false(device_output_active(world->pads.device));
        world_run(world, MSEC(150));
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0);

        world_run(world, SECONDS(20));
        assert_true(coyote_frame_is_stop(&world->pads.peer->frames[before]));
        for (size_t i = before; i < world->pads.peer->n_frames; i++)
                assert_true(!coyote_frame(&world->pads.peer->frames[i]).output ||
                            coyote_frame_is_stop(&world->pads.peer->frames[i]));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
}

static void one_lost_device_of_two_stops_both(void **state) {
        struct world *world = *state;
        uint64_t t;

        assert_int_equal(world_start_text(world, TEXT_BOTH), 0);
        world_run_into_step(world, 2, SIDE_RIGHT);
        world_run(world, SECONDS(5) + MSEC(30));
        t = now_of(world);
        virtual_peer_drop(world->gun.peer);
        assert_paused_at_zero(world, &world->pads, t, 0, REASON_DEVICE_LOST);
}

static void what_is_on_is_stopped_before_what_is_off(void **state) {
        struct world *world = *state;
        size_t gun, pads;

        assert_int_equal(world_start_text(world, TEXT_BOTH), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(5));
        world_run(world,
                MSEC(2500)); /* the pads rise since half a second, and the gun's person gets in place */
        assert_true(device_output_active(world->pads.device));
        assert_false(device_output_active(world->gun.device));
        gun = world->gun.peer->n_frames;
        pads = world->pads.peer->n_frames;
        session_end(world->session, REASON_STOPPED); /* whose first role is the gun */
        assert_true(gun < world->gun.peer->n_frames && pads < world->pads.peer->n_frames);
        assert_true(coyote_frame_is_stop(&world->pads.peer->frames[pads]));
        assert_true(world->pads.peer->frames[pads].order < world->gun.peer->frames[gun].order);
}

static void a_device_that_is_not_there_fails_in_the_persons_face(void **state) {
        struct world *world = *state;

        world->gun.peer->out_of_reach = true;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_ENDED, SECONDS(5));
        assert_int_equal(world->failed_error, EHOSTUNREACH);
        assert_says(world->failed_sentence, "nearer");
        assert_null(device_owner(world->gun.device));
}

/* --- writes --- */

/* The limits that the pads keep themselves are told once after connecting: not never, because a stop came between. */
static void pads_that_are_stopped_at_once_still_get_their_limits(void **state) {
        struct world *world = *state;
        const struct virtual_peer *peer = world->pads.peer;
        bool told = false;

        world->arms = false;
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        session_pause(world->session, REASON_SLEEP);
        world_run(world, SECONDS(3));
        world->arms = true;
        resume_and_arm(world);
        world_run(world, SECONDS(8));
        assert_true(frames_with_output_since(&world->pads, 0) > 0);
        for (size_t i = 0; i < peer->n_frames && coyote_strength_at(peer, 0, peer->frames[i].t_usec) == 0;
                i++)
                told |= peer->frames[i].bytes[0] == 0xbf;
        assert_true(told);
}

static bool told_its_limits(const struct virtual_peer *peer) {
        for (size_t i = 0; i < peer->n_frames; i++)
                if (peer->frames[i].bytes[0] == 0xbf)
                        return true;
        return false;
}

/* Whatever becomes of the session: no output before the link on which the pads took their own limits. */
static void req2_pads_that_refuse_their_limits_are_linked_anew_and_never_driven_before(void **state) {
        struct world *world = *state;
        const struct virtual_peer *peer = world->pads.peer;

        world->pads.peer->refused_byte = 0xbf;
        world->pads.peer->refusals = 3;
        (void) world_start_text(world, TEXT_PADS);
        world_run(world, SECONDS(60));
        assert_int_equal(peer->refusals, 0);
        assert_true(told_its_limits(peer));
        assert_int_equal(device_state(world->pads.device), DEVICE_READY);
        assert_int_equal(frames_with_output_since(&world->pads, 0), 0);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);

        resume_and_arm(world);
        world_run(world, SECONDS(8));
        assert_true(frames_with_output_since(&world->pads, 0) > 0);
}

static void an_unanswered_stop_is_told_and_tried_until_it_is_answered(void **state) {
        struct world *world = running(state, TEXT_GUN);
        size_t before;

        world->gun.peer->ignores_requests = true;
        session_end(world->session, REASON_STOPPED);
        world_run(world, MSEC(1100));
        assert_true(world_has_alert(world, "stop-not-confirmed"));
        assert_says(world_alert_sentence(world, "stop-not-confirmed"), "by hand");
        assert_true(device_output_active(world->gun.device));
        assert_true(world_armed_file_exists(world, &world->gun));
        assert_int_equal(device_worst_certainty(world->gun.device), CERTAINTY_UNCERTAIN);
        world_run(world, SECONDS(20));
        assert_in_range(world->n_alerts, 4, 6);

        /* The stack gives up, the link breaks; once back the stop comes first. */
        world->gun.peer->ignores_requests = false;
        before = world->gun.peer->n_frames;
        virtual_peer_drop(world->gun.peer);
        world_run(world, SECONDS(5));
        assert_int_equal(theragun_speed(&world->gun.peer->frames[before]), 0);
        assert_false(device_output_active(world->gun.device));
        assert_int_equal(virtual_peer_output(world->gun.peer, 0).amplitude_permille, 0);
}

static void a_stop_that_is_refused_is_sent_again_until_it_is_taken(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);
        unsigned stops = 0;

        world->gun.peer->answer_error = -EIO;
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(2));
        for (size_t i = 0; i < world->gun.peer->n_frames; i++)
                stops += world->gun.peer->frames[i].t_usec >= t &&
                         theragun_speed(&world->gun.peer->frames[i]) == 0;
        assert_true(stops >= 10);
        assert_true(device_output_active(world->gun.device));
        world->gun.peer->answer_error = 0;
        world_run(world, SECONDS(1));
        assert_false(device_output_active(world->gun.device));
        assert_int_equal(world->gun.peer->last_outputs[0].amplitude_permille > 0 &&
                                 virtual_peer_output(world->gun.peer, 0).rate_mhz > 20000,
                false);
}

static void the_stop_is_next_after_the_one_request_on_its_way(void **state) {
        struct world *world = *state;
        uint64_t t;

        world->gun.peer->answer_usec = MSEC(400);
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_into_step(world, 1, SIDE_LEFT);
        world_run(world, MSEC(100));
        t = now_of(world);
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(1));
        assert_int_equal(first_zero_since(&world->gun, t), t + MSEC(300));
        assert_int_equal(frames_with_output_since(&world->gun, t), 0);
        assert_false(device_output_active(world->gun.device));
}

static void a_setpoint_that_fails_stops_and_pauses(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world->gun.peer->answer_error = -EIO;
        world_run(world, SECONDS(3));
        world->gun.peer->answer_error = 0;
        assert_true(world_has_alert(world, "write-failed"));
        assert_paused_at_zero(world, &world->gun, now_of(world), SECONDS(1), REASON_FAILED);
}

static void a_stalled_link_stops_and_pauses(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t t = now_of(world);

        world->pads.peer->queued = 20;
        world_run(world, MSEC(700));
        world->pads.peer->queued = 0;
        assert_true(world_has_alert(world, "write-failed"));
        assert_paused_at_zero(world, &world->pads, t, SECONDS(1), REASON_FAILED);
}

static void a_full_socket_stops_and_pauses(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t t = now_of(world);

        world->pads.peer->write_error = -EAGAIN;
        world_run(world, MSEC(500));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        world->pads.peer->write_error = 0;
        assert_paused_at_zero(world, &world->pads, t, SECONDS(1), REASON_FAILED);
}

/* Pads give nothing without frames, whatever their strength: a waveform that leaves it as it is shows what it was set to. */
#define PADS_COMMANDS 0u /* of their characteristics */
static void send_waveform(const struct world *world, struct virtual_peer *pads) {
        static const uint8_t frame[] = { 0xb0, 0, 0, 0, 10, 10, 10, 10, 100, 100, 100, 100, 10, 10, 10, 10,
                100, 100, 100, 100 };

        assert_int_equal(product_write(pads->product, now_of(world), PADS_COMMANDS, PRODUCT_WRITE_COMMAND,
                                 frame, sizeof(frame)),
                0);
}

static void pads_that_miss_a_stop_get_it_again(void **state) {
        struct world *world = running(state, TEXT_PADS);
        struct virtual_peer *pads = world->pads.peer;

        pads->loses_commands = true;
        session_pause(world->session, REASON_ASKED);
        pads->loses_commands = false;
        for (unsigned c = 0; c < 2; c++)
                assert_true(virtual_peer_output(pads, c).amplitude_permille > 0);
        world_run(world, MSEC(150));
        send_waveform(world, pads);
        for (unsigned c = 0; c < 2; c++)
                assert_int_equal(virtual_peer_output(pads, c).amplitude_permille, 0);
        assert_false(device_output_active(world->pads.device));
}

/* --- the device --- */

static void req15_a_low_battery_refuses_to_begin(void **state) {
        struct world *world = *state;

        virtual_peer_poke(world->gun.peer, "battery", 19);
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(10));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_says(world_alert_sentence(world, "battery"), "20 %");
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
        assert_int_equal(virtual_peer_highest_since(world->gun.peer, 0), 0);
        assert_int_equal(world->gun.peer->n_outputs, 0);
        /* Charged, it runs: the battery was all that held it back. */
        virtual_peer_poke(world->gun.peer, "battery", 20);
        resume_and_arm(world);
        world_run(world, SECONDS(5));
        assert_true(virtual_peer_output(world->gun.peer, 0).amplitude_permille > 0);
}

/* No product that is simulated tells of contact: what a device heard of it is put there, as its report would. */
static void req11_a_pad_that_comes_off_gives_nothing(void **state) {
        struct world *world = running(state, TEXT_PADS);
        struct device *pads = world->pads.device;

        for (unsigned c = 0; c < 2; c++)
                assert_true(virtual_peer_output(world->pads.peer, c).amplitude_permille > 0);
        pads->channels[0].contact_lost = true;
        pads->environment.handler->touched(pads, 0, pads->environment.userdata);
        world_run(world, MSEC(200));
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0);
        world_run(world, SECONDS(10));
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0);
}

static void req15_a_battery_that_runs_low_does_not_cut_off_the_step(void **state) {
        struct world *world = running(state, TEXT_GUN);

        virtual_peer_poke(world->gun.peer, "battery", 19);
        world_run(world, SECONDS(5));
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        assert_true(session_output_active(world->session));
        assert_int_equal(device_battery(world->gun.device), 19);
}

static void req3_switching_off_at_the_gun_pauses(void **state) {
        struct world *world = running(state, TEXT_GUN);
        uint64_t t = now_of(world);

        virtual_peer_poke(world->gun.peer, "off", 0);
        world_run(world, SECONDS(60));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(session_reason(world->session), REASON_ASKED);
        assert_int_equal(frames_with_output_since(&world->gun, t), 0);
        assert_false(device_output_active(world->gun.device));
}

static void req3_turning_the_pads_wheel_to_zero_pauses(void **state) {
        struct world *world = running(state, TEXT_PADS);
        uint64_t t;

        virtual_peer_poke(world->pads.peer, "wheel-a", -12);
        world_run(world, MSEC(10));
        t = now_of(world);
        world_run(world, SECONDS(60));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_in_range(frames_with_output_since(&world->pads, t), 0, 1);
        assert_int_equal(virtual_peer_output(world->pads.peer, 0).amplitude_permille, 0);
        assert_int_equal(virtual_peer_output(world->pads.peer, 1).amplitude_permille, 0);
}

static void the_wheel_is_never_fought_upward(void **state) {
        struct world *world = running(state, TEXT_PADS);

        virtual_peer_poke(world->pads.peer, "wheel-a", -5);
        for (unsigned i = 0; i < 100; i++) {
                world_run(world, MSEC(100));
                assert_true(virtual_peer_output(world->pads.peer, 0).amplitude_permille <= 1000 * 7 / 200);
        }
        assert_int_equal(coyote_strength_at(world->pads.peer, 1, now_of(world)), 12);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
}

/* The device reports both channels when one wheel moves: the other one is not held where it was. */
static void one_wheel_does_not_hold_the_other_channel(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_into_step(world, 1, SIDE_BOTH);
        world_run(world, MSEC(1900));
        virtual_peer_poke(world->pads.peer, "wheel-a", -2);
        world_run(world, SECONDS(6));
        assert_true(coyote_strength_at(world->pads.peer, 0, now_of(world)) < 8);
        assert_int_equal(coyote_strength_at(world->pads.peer, 1, now_of(world)), 12);
}

static void the_next_step_forgets_the_wheel(void **state) {
        struct world *world = running(state, TEXT_PADS);

        virtual_peer_poke(world->pads.peer, "wheel-b", -5);
        world_run_into_step(world, 2, SIDE_BOTH);
        world_run(world, SECONDS(6));
        assert_int_equal(coyote_strength_at(world->pads.peer, 1, now_of(world)), 12);
}

/* --- the machine --- */

static void nothing_is_switched_on_when_its_stop_cannot_be_stored(void **state) {
        struct world *world = *state;

        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        assert_int_equal(rmdir(world->armed_directory), 0);
        world_run(world, SECONDS(10));
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
        assert_true(world_has_alert(world, "armed-file"));
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(mkdir(world->armed_directory, 0700), 0);
}

static void output_waits_for_its_armed_file(void **state) {
        struct world *world = *state;

        virtual_jobs_take(world->armed_jobs, SECONDS(1));
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_into_step(world, 1, SIDE_LEFT);
        world_run(world, MSEC(999));
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
        world_run(world, MSEC(1));
        assert_true(world_armed_file_exists(world, &world->gun));
        assert_int_equal(frames_with_output_since(&world->gun, 0), 1);

        /* Stopped while the next one is written: it comes, and goes. */
        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(3));
        assert_false(world_armed_file_exists(world, &world->gun));
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(20));
        world_run(world, MSEC(200));
        session_end(world->session, REASON_STOPPED);
        world_run(world, SECONDS(5));
        assert_false(world_armed_file_exists(world, &world->gun));
        assert_int_equal(virtual_peer_output(world->gun.peer, 0).amplitude_permille, 0);
}

static void output_that_is_refused_around_it_pauses_and_says_so(void **state) {
        struct world *world = *state;

        world->output_refused = -EIO;
        assert_int_equal(world_start_text(world, TEXT_GUN), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(10));
        assert_int_equal(frames_with_output_since(&world->gun, 0), 0);
        assert_int_equal(session_state(world->session), SESSION_PAUSED);
        assert_int_equal(world->failed_error, EIO);
        assert_false(world_armed_file_exists(world, &world->gun));
}

/* A disk that takes its time: facts are only counted, and kept when a test says so. */
static void count_fact(struct record *record, const struct record_entry *entry) {
        record->n_put++;
}

static void run_on_a_slow_disk(struct world *world) {
        world->record.put = count_fact;
        assert_int_equal(world_start_text(world, TEXT_PADS), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
}

static void keep_all_facts(struct world *world) {
        world->record.n_kept = world->record.n_put;
        session_recorded(world->session);
        world_run(world, 0); /* the armed file is written in the same moment */
}

static void req19_nothing_begins_before_it_is_on_the_disk(void **state) {
        struct world *world = *state;
        size_t before;

        run_on_a_slow_disk(world);
        world_run(world, SECONDS(10));
        assert_int_equal(frames_with_output_since(&world->pads, 0), 0);
        assert_false(device_output_active(world->pads.device));
        /* And then at once. */
        keep_all_facts(world);
        assert_int_equal(frames_with_output_since(&world->pads, 0), 1);
        world_run(world, SECONDS(3));
        before = frames_with_output_since(&world->pads, 0);

        /* What has begun goes on: a slow disk leaves no gap. */
        world_run(world, SECONDS(2));
        assert_int_equal(frames_with_output_since(&world->pads, 0), before + 20);
        assert_int_equal(world->pads.peer->missed_windows, 0);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
}

static void req19_a_step_waits_for_what_is_said_of_itself_and_of_nobody_else(void **state) {
        struct world *world = *state;
        uint64_t t;

        run_on_a_slow_disk(world);
        keep_all_facts(world);
        world->record.n_put += 100; /* of other sessions, and of what this one does */
        world_run(world, SECONDS(3));
        assert_true(frames_with_output_since(&world->pads, 0) > 0);

        world_run_into_step(world, 2, SIDE_BOTH);
        t = now_of(world);
        world_run(world, SECONDS(5));
        assert_int_equal(frames_with_output_since(&world->pads, t), 0);
        keep_all_facts(world);
        assert_int_equal(frames_with_output_since(&world->pads, t), 1);

        /* And so does what a person has armed again. */
        session_pause(world->session, REASON_ASKED);
        t = now_of(world) + 1;
        resume_and_arm(world);
        world_run(world, SECONDS(5));
        assert_int_equal(frames_with_output_since(&world->pads, t), 0);
        keep_all_facts(world);
        assert_int_equal(frames_with_output_since(&world->pads, t), 1);
}

static unsigned malformed_of_the_session, malformed_of_none;

static void count_malformed(struct record *record, const struct record_entry *e) {
        if (e->kind == RECORD_MALFORMED)
                (*(e->session == 1 ? &malformed_of_the_session : &malformed_of_none))++;
}

static void hear_malformed(const struct world_device *device) {
        device_notified(device->device, (unsigned) definition_endpoint(device->definition, "rx"),
                (const uint8_t[]){ 0xb1, 0xee }, 2); /* for the pads too: the head of a report, cut short */
}

static void malformed_bytes_from_the_air_is_told_once_a_minute_with_its_session(void **state) {
        struct world *world = running(state, TEXT_GUN);

        malformed_of_the_session = malformed_of_none = 0;
        world->record.put = count_malformed;
        hear_malformed(&world->gun);
        hear_malformed(&world->gun);
        hear_malformed(&world->pads); /* which that session does not hold */
        assert_int_equal(malformed_of_the_session, 1);
        assert_int_equal(malformed_of_none, 1);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        world_run(world, SECONDS(60));
        hear_malformed(&world->pads);
        assert_int_equal(malformed_of_none, 2);
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(req4_a_second_of_silence_is_zero),
                WORLD_TEST(req4_pads_too),
                WORLD_TEST(req4_later_beats_do_not_resume),
                WORLD_TEST(req4_three_beats_that_disagree_are_zero),
                WORLD_TEST(two_beats_that_disagree_are_forgiven),
                WORLD_TEST(beats_of_somebody_else_keep_nothing_alive),
                WORLD_TEST(req4_a_holder_who_leaves_is_zero_at_once),
                WORLD_TEST(silence_without_output_is_no_matter),
                WORLD_TEST(silence_is_noticed_after_a_quick_resume_too),
                WORLD_TEST(what_is_queued_behind_a_stop_is_not_taken_for_stopped),
                WORLD_TEST(a_late_word_of_zero_is_no_proof),
                WORLD_TEST(a_late_word_of_zero_does_not_answer_a_stop),
                WORLD_TEST(a_hand_that_switches_it_off_ends_an_unanswered_stop),
                WORLD_TEST(a_lost_gun_pauses_says_what_to_do_and_is_stopped_first_when_it_is_back),
                WORLD_TEST(lost_pads_are_known_to_be_off),
                WORLD_TEST(one_lost_device_of_two_stops_both),
                WORLD_TEST(what_is_on_is_stopped_before_what_is_off),
                WORLD_TEST(a_device_that_is_not_there_fails_in_the_persons_face),
                WORLD_TEST(pads_that_are_stopped_at_once_still_get_their_limits),
                WORLD_TEST(req2_pads_that_refuse_their_limits_are_linked_anew_and_never_driven_before),
                WORLD_TEST(an_unanswered_stop_is_told_and_tried_until_it_is_answered),
                WORLD_TEST(a_stop_that_is_refused_is_sent_again_until_it_is_taken),
                WORLD_TEST(the_stop_is_next_after_the_one_request_on_its_way),
                WORLD_TEST(a_setpoint_that_fails_stops_and_pauses),
                WORLD_TEST(a_stalled_link_stops_and_pauses),
                WORLD_TEST(a_full_socket_stops_and_pauses),
                WORLD_TEST(pads_that_miss_a_stop_get_it_again),
                WORLD_TEST(req11_a_pad_that_comes_off_gives_nothing),
                WORLD_TEST(req15_a_low_battery_refuses_to_begin),
                WORLD_TEST(req15_a_battery_that_runs_low_does_not_cut_off_the_step),
                WORLD_TEST(req3_switching_off_at_the_gun_pauses),
                WORLD_TEST(req3_turning_the_pads_wheel_to_zero_pauses),
                WORLD_TEST(the_wheel_is_never_fought_upward),
                WORLD_TEST(one_wheel_does_not_hold_the_other_channel),
                WORLD_TEST(the_next_step_forgets_the_wheel),
                WORLD_TEST(nothing_is_switched_on_when_its_stop_cannot_be_stored),
                WORLD_TEST(output_waits_for_its_armed_file),
                WORLD_TEST(output_that_is_refused_around_it_pauses_and_says_so),
                WORLD_TEST(req19_nothing_begins_before_it_is_on_the_disk),
                WORLD_TEST(req19_a_step_waits_for_what_is_said_of_itself_and_of_nobody_else),
                WORLD_TEST(malformed_bytes_from_the_air_is_told_once_a_minute_with_its_session),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
