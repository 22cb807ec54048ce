/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one place that limits output: each requirement by its number. */

#include "daemon/safety/gate.h"
#include "tests/test.h"

#define MSEC UINT64_C(1000)

struct bench {
        struct feature feature;
        struct certainty certainty;
        struct gate gate;
        struct gate_world world;
        uint64_t now;
};

/* 1 to 200 steps, of which 50 before calibration. */
static const struct feature pads = { .name = "a",
        .kind = FEATURE_ESTIM,
        .basis = SCALE_UNKNOWN,
        .unit = "step",
        .min = 1000,
        .max = 200000,
        .step = 1000,
        .uncalibrated_max = 50000,
        .native_min = 1,
        .native_max = 200 };
/* A stimulator that knows its current. */
static const struct feature milliamperes = { .name = "a",
        .kind = FEATURE_ESTIM,
        .basis = SCALE_MEASURED,
        .unit = "mA",
        .min = 1000,
        .max = 100000,
        .step = 500,
        .uncalibrated_max = 100000,
        .native_min = 2,
        .native_max = 200 };
static const struct feature gun = { .name = "motor",
        .kind = FEATURE_PERCUSSION,
        .basis = SCALE_NOMINAL,
        .unit = "Hz",
        .min = 20000,
        .max = 50000,
        .step = 100,
        .uncalibrated_max = 50000,
        .native_min = 200,
        .native_max = 500 };

static struct bench open_bench(const struct feature *feature) {
        return (struct bench){
                .feature = *feature,
                .world = { .armed = true,
                        .lease_alive = true,
                        .battery = GATE_BATTERY_UNKNOWN,
                        .taken = INT64_MAX,
                        .pulse_width_usec = 250,
                        .rate_mhz = 8000,
                        .person = { GATE_NO_CAP, GATE_SESSIONS_UNKNOWN } },
                .now = 1000000 * MSEC,
        };
}

static struct gate_verdict decide(struct bench *b, int64_t level) {
        const struct gate_request request = {
                .level = level,
                .envelope_permille = 1000,
                .routine_max = INT64_MAX,
        };

        b->world.feature = &b->feature;
        b->world.certainty = &b->certainty;
        return gate_decide(&b->gate, &request, &b->world, b->now);
}

static int64_t given(struct bench *b, int64_t level) {
        return decide(b, level).limit.given;
}

/* Lets it rise to level, however long that takes. */
static void raise_to(struct bench *b, int64_t level) {
        for (unsigned i = 0; i < 1000 && given(b, level) < level; i++)
                b->now += 500 * MSEC;
        assert_int_equal(b->gate.intensity, level);
        b->now += 500 * MSEC;
}

static void assert_refused(struct bench *b, int64_t level, enum limit_rule rule) {
        struct gate_verdict verdict = decide(b, level);

        assert_int_equal(verdict.limit.given, 0);
        assert_int_equal(verdict.limit.tightest.rule, rule);
        assert_int_equal(verdict.envelope_permille, 0);
        assert_int_equal(b->gate.intensity, 0);
}

static void req1_req2_req9_nothing_flows_until_armed(void **state) {
        struct bench b = open_bench(&pads);

        b.world.armed = false;
        assert_refused(&b, 10000, LIMIT_NOT_ARMED);
        b.world.armed = true;
        assert_true(given(&b, 10000) > 0);
}

static void req1_output_begins_at_zero_after_every_reset(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 20000);
        gate_reset(&b.gate);
        assert_int_equal(given(&b, 20000), 4000);
}

static void req4_nothing_flows_while_nobody_watches(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 20000);
        b.world.lease_alive = false;
        assert_refused(&b, 20000, LIMIT_LEASE);
        b.world.lease_alive = true;
        assert_int_equal(given(&b, 20000), 4000);
}

static void req5_rises_no_faster_than_two_percent_per_half_second(void **state) {
        struct bench b = open_bench(&pads);
        int64_t level = 0;

        for (uint64_t t = 0; t <= 10000; t += 10, b.now += 10 * MSEC) {
                int64_t next = given(&b, 50000);

                assert_true(next - level <= 4000);
                assert_true(next <= (int64_t) (t / 500 + 1) * 4000);
                level = next;
        }
        assert_int_equal(level, 50000);
}

static void req5_one_step_of_a_coarse_device_is_allowed(void **state) {
        struct bench b = open_bench(&gun);

        b.feature.step = 5000;
        assert_int_equal(gate_slew_step(&b.feature), 5000);
        b.feature.step = 100;
        assert_int_equal(gate_slew_step(&b.feature), 1000);
}

static void req5_asking_more_often_does_not_rise_faster(void **state) {
        struct bench b = open_bench(&pads);

        assert_int_equal(given(&b, 50000), 4000);
        for (unsigned i = 0; i < 499; i++, b.now += MSEC)
                assert_int_equal(given(&b, 50000), 4000);
        b.now += MSEC;
        assert_int_equal(given(&b, 50000), 8000);
}

static void req5_a_gun_begins_at_its_lowest(void **state) {
        struct bench b = open_bench(&gun);

        assert_int_equal(given(&b, 40000), 20000);
        b.now += 500 * MSEC;
        assert_int_equal(given(&b, 40000), 21000);
}

static void req6_down_is_immediate_and_up_again_is_slow(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 50000);
        assert_int_equal(given(&b, 5000), 5000);
        assert_int_equal(given(&b, 50000), 9000);
        assert_int_equal(given(&b, 0), 0);
        b.now += 500 * MSEC;
        assert_int_equal(given(&b, 50000), 4000);
}

static void req7_no_current_above_the_compiled_ceiling(void **state) {
        struct bench b = open_bench(&milliamperes);

        for (unsigned i = 0; i < 200; i++, b.now += 500 * MSEC)
                assert_true(given(&b, 100000) <= GATE_CEILING_UA);
        assert_int_equal(b.gate.intensity, GATE_CEILING_UA);
}

static void req7_no_percussion_above_forty_hertz(void **state) {
        struct bench b = open_bench(&gun);

        raise_to(&b, 40000);
        assert_int_equal(given(&b, 50000), 40000);
        assert_int_equal(decide(&b, 50000).limit.tightest.rule, LIMIT_CEILING);
}

static void req8_the_lowest_limit_holds_and_all_are_named(void **state) {
        struct bench b = open_bench(&pads);
        struct gate_request request = { .level = 300000, .envelope_permille = 1000, .routine_max = 12000 };
        struct gate_verdict verdict;

        raise_to(&b, 12000);
        verdict = gate_decide(&b.gate, &request, &b.world, b.now);
        assert_int_equal(verdict.limit.given, 12000);
        assert_int_equal(verdict.limit.tightest.rule, LIMIT_ROUTINE);
        assert_int_equal(verdict.limit.tightest.source, LIMIT_FROM_ROUTINE);
        assert_int_equal(verdict.limit.n_reasons, 3); /* device, uncalibrated, routine */
}

static void req8_an_uncalibrated_runner_gets_little(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 50000);
        assert_int_equal(given(&b, 60000), 50000);
        assert_int_equal(decide(&b, 60000).limit.tightest.rule, LIMIT_UNCALIBRATED);
}

static void req8_what_is_not_said_is_zero(void **state) {
        struct bench b = open_bench(&pads);
        const struct gate_request request = { .level = 10000 };

        b.world.feature = &b.feature;
        b.world.certainty = &b.certainty;
        assert_int_equal(gate_decide(&b.gate, &request, &b.world, b.now).limit.given, 0);
        b.feature.uncalibrated_max = 0;
        assert_int_equal(given(&b, 10000), 0);
}

static void req8_req21_no_raise_while_the_device_is_in_doubt(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 20000);
        b.certainty.state = CERTAINTY_UNCERTAIN;
        assert_refused(&b, 20000, LIMIT_CERTAINTY);
        b.certainty.state = CERTAINTY_UNREACHABLE;
        assert_refused(&b, 20000, LIMIT_CERTAINTY);
        b.certainty.state = CERTAINTY_COMMANDED;
        assert_int_equal(given(&b, 20000), 4000);
}

static void req11_a_pad_off_the_skin_is_zero(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 20000);
        b.world.contact_lost = true;
        assert_refused(&b, 20000, LIMIT_CONTACT);
}

static void req15_no_start_below_twenty_percent_battery(void **state) {
        struct bench b = open_bench(&pads);

        b.world.battery = 19;
        assert_refused(&b, 20000, LIMIT_BATTERY);
        b.world.battery = 20;
        raise_to(&b, 20000);
        b.world.battery = 5;
        assert_int_equal(given(&b, 20000), 20000);
        gate_reset(&b.gate);
        b.now += 500 * MSEC;
        assert_refused(&b, 20000, LIMIT_BATTERY);
}

/* REQ5 */
static void req5_a_rise_begins_at_what_the_device_has(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 10000);
        b.now += 500 * MSEC;
        b.world.taken = 6000; /* of the 10000 that it was told */
        assert_int_equal(given(&b, 20000), 10000);
        b.world.taken = 0;
        b.now += 500 * MSEC;
        assert_int_equal(given(&b, 20000), 4000);
}

static void a_device_that_stays_lower_is_a_limit_with_a_name(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 10000);
        b.world.held_max = 8000;
        b.now += 500 * MSEC;
        assert_int_equal(given(&b, 20000), 8000);
        assert_int_equal(decide(&b, 20000).limit.tightest.rule, LIMIT_HELD);
        assert_int_equal(given(&b, 7000), 7000);
        b.world.held_max = 0;
        b.now += 500 * MSEC;
        assert_int_equal(given(&b, 20000), 11000);
}

static void the_ceiling_is_what_holds_however_slowly_it_rises(void **state) {
        struct bench b = open_bench(&pads);
        struct gate_request request = { .level = 1000, .routine_max = 30500 };

        b.world.feature = &b.feature;
        assert_int_equal(gate_ceiling(&request, &b.world), 30000);
        b.world.person.cap = 12000;
        assert_int_equal(gate_ceiling(&request, &b.world), 12000);
        b.world.person.bearable = 9000;
        assert_int_equal(gate_ceiling(&request, &b.world), 9000);
        b.world.pulse_width_usec = GATE_PULSE_MAX_USEC + 1;
        assert_int_equal(gate_ceiling(&request, &b.world), 0);
}

static void zero_passes_outside_every_clamp(void **state) {
        struct bench b = open_bench(&pads);
        struct gate_verdict verdict;

        raise_to(&b, 20000);
        b.world = (struct gate_world){ .battery = 1, .contact_lost = true };
        b.certainty.state = CERTAINTY_UNREACHABLE;
        verdict = decide(&b, 0);
        assert_int_equal(verdict.limit.given, 0);
        assert_int_equal(verdict.limit.n_reasons, 0);
        assert_int_equal(b.gate.intensity, 0);
}

static void a_negative_request_is_zero(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 20000);
        assert_int_equal(given(&b, INT64_MIN), 0);
        assert_int_equal(given(&b, -1), 0);
}

static void the_largest_request_is_only_a_request(void **state) {
        struct bench b = open_bench(&pads);

        assert_int_equal(given(&b, INT64_MAX), 4000);
}

static void what_is_given_can_be_told_to_the_device(void **state) {
        struct bench b = open_bench(&pads);
        struct gate_verdict verdict;

        raise_to(&b, 10000);
        verdict = decide(&b, 9999);
        assert_int_equal(verdict.limit.given, 9000);
        assert_int_equal(verdict.limit.tightest.rule, LIMIT_STEP);
        assert_int_equal(given(&b, 999), 0);
}

static void the_envelope_never_lifts(void **state) {
        struct bench b = open_bench(&pads);
        struct gate_request request = { .level = 4000, .envelope_permille = 5000, .routine_max = INT64_MAX };

        (void) given(&b, 0);
        assert_int_equal(gate_decide(&b.gate, &request, &b.world, b.now).envelope_permille, 1000);
        request.envelope_permille = 300;
        assert_int_equal(gate_decide(&b.gate, &request, &b.world, b.now).envelope_permille, 300);
}

static void a_knob_is_followed_down_and_never_fought(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 20000);
        gate_follow_knob(&b.gate, 7000);
        for (unsigned i = 0; i < 10; i++, b.now += 500 * MSEC) {
                assert_int_equal(given(&b, 20000), 7000);
                assert_int_equal(decide(&b, 20000).limit.tightest.rule, LIMIT_KNOB);
        }
        /* Forgotten at once, the rise still begins where the hand left it. */
        gate_follow_knob(&b.gate, 3000);
        gate_forget_knob(&b.gate);
        assert_int_equal(given(&b, 20000), 7000);
        gate_follow_knob(&b.gate, 7000);
        /* Turned up by hand: the request stays. */
        gate_follow_knob(&b.gate, 90000);
        assert_int_equal(given(&b, 7000), 7000);
        gate_follow_knob(&b.gate, 0);
        assert_refused(&b, 20000, LIMIT_KNOB);
        gate_forget_knob(&b.gate);
        b.now += 500 * MSEC;
        assert_int_equal(given(&b, 20000), 4000);
}

static void req7_small_pads_get_less(void **state) {
        struct bench b = open_bench(&milliamperes);

        b.world.pulse_width_usec = 300;
        b.world.rate_mhz = 50000;
        /* 2 mA rms per cm2 on 4 cm2 is 8 mA rms: 46.1 mA peak at 300 us and 50 Hz. */
        b.world.pad_area_mm2 = 400;
        raise_to(&b, 46000);
        assert_int_equal(given(&b, 60000), 46000);
        assert_int_equal(decide(&b, 60000).limit.tightest.rule, LIMIT_STEP);
        b.world.pad_area_mm2 = 0; /* taken for the smallest */
        assert_int_equal(given(&b, 60000), 46000);
        b.world.pad_area_mm2 = 2500;
        raise_to(&b, 60000);
}

static void req7_no_pulse_is_wider_or_faster_than_the_caps(void **state) {
        struct bench b = open_bench(&pads);

        b.world.pulse_width_usec = GATE_PULSE_MAX_USEC;
        b.world.rate_mhz = GATE_RATE_MAX_MHZ;
        assert_true(given(&b, 4000) > 0);
        b.world.pulse_width_usec = GATE_PULSE_MAX_USEC + 1;
        assert_refused(&b, 4000, LIMIT_PULSE);
        b.world.pulse_width_usec = GATE_PULSE_MAX_USEC;
        b.world.rate_mhz = GATE_RATE_MAX_MHZ + 1;
        assert_refused(&b, 4000, LIMIT_PULSE);
}

static void req12_a_session_has_its_time(void **state) {
        static const struct {
                const struct feature *feature;
                int64_t level;
                uint64_t max;
        } cases[] = { { &pads, 4000, GATE_ESTIM_SESSION_USEC }, { &gun, 20000, GATE_MOTOR_SESSION_USEC } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct bench b = open_bench(cases[i].feature);

                b.world.session_usec = cases[i].max - 1;
                assert_true(given(&b, cases[i].level) > 0);
                b.world.session_usec = cases[i].max;
                assert_refused(&b, cases[i].level, LIMIT_SESSION);
        }
}

static void req13_the_first_three_sessions_run_at_sixty_percent(void **state) {
        struct bench b = open_bench(&pads);

        b.world.person.sessions_done = 2;
        raise_to(&b, 30000); /* of 50 before calibration */
        assert_int_equal(given(&b, 50000), 30000);
        assert_int_equal(decide(&b, 50000).limit.tightest.rule, LIMIT_FIRST_SESSIONS);
        b.world.person.sessions_done = 3;
        raise_to(&b, 50000);
}

/* Pads of 50 before calibration, that can do more. */
static void what_a_runner_found_bearable_takes_the_place_of_what_nobody_found(void **state) {
        struct bench b = open_bench(&pads);
        struct gate_verdict verdict;
        bool named = false;

        b.world.person.comfort = 20000;
        b.world.person.bearable = 30000;
        raise_to(&b, 30000);
        assert_int_equal(given(&b, 50000), 30000);
        assert_int_equal(decide(&b, 50000).limit.tightest.rule, LIMIT_CALIBRATED);
        b.world.person.bearable = 60000;
        raise_to(&b, 60000);
        assert_int_equal(decide(&b, 60000).limit.tightest.rule, LIMIT_NONE);
        b.world.person.bearable = 1000;
        assert_int_equal(given(&b, 60000), 1000);
        /* However little it is. */
        b.world.person.bearable = 1;
        verdict = decide(&b, 60000);
        assert_int_equal(verdict.limit.given, 0);
        for (unsigned i = 0; i < verdict.limit.n_reasons; i++)
                named |= verdict.limit.reasons[i].rule == LIMIT_CALIBRATED &&
                         verdict.limit.reasons[i].max == 1;
        assert_true(named);
        b.world.person.bearable = 0;
        raise_to(&b, 50000);
        assert_int_equal(given(&b, 60000), 50000);
}

static void req13_sixty_percent_of_what_was_found_bearable(void **state) {
        struct bench b = open_bench(&pads);

        b.world.person.sessions_done = 0;
        b.world.person.bearable = 20000;
        raise_to(&b, 12000);
        assert_int_equal(given(&b, 50000), 12000);
        assert_int_equal(decide(&b, 50000).limit.tightest.rule, LIMIT_FIRST_SESSIONS);
}

static void a_cap_of_the_runners_own_holds(void **state) {
        struct bench b = open_bench(&pads);

        b.world.person.cap = 12000;
        raise_to(&b, 12000);
        assert_int_equal(given(&b, 50000), 12000);
        assert_int_equal(decide(&b, 50000).limit.tightest.rule, LIMIT_PERSON);
}

static void req22_nothing_for_whom_the_intake_blocks(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 10000);
        b.world.person.blocked = true;
        assert_refused(&b, 10000, LIMIT_INTAKE);
        assert_int_equal(given(&b, 0), 0);
}

static void req19_no_raise_while_the_record_fails(void **state) {
        struct bench b = open_bench(&pads);

        raise_to(&b, 10000);
        b.world.record_failed = true;
        assert_refused(&b, 10000, LIMIT_RECORD);
        assert_int_equal(given(&b, 0), 0);
}

static void req20_no_gun_beside_live_pads(void **state) {
        struct bench b = open_bench(&gun);

        b.world.near_live_pads = true;
        assert_refused(&b, 30000, LIMIT_NEAR);
}

static void req20_denied_zones_are_denied_here_too(void **state) {
        struct bench b = open_bench(&gun);

        b.world.zone = zone_by_id("calf");
        assert_true(given(&b, 20000) > 0);
        b.world.zone = zone_by_id("neck_front");
        assert_refused(&b, 20000, LIMIT_ZONE);
        b.world.zone = zone_by_id("low_back");
        assert_refused(&b, 20000, LIMIT_ZONE);
        b.world.signed_off = true;
        b.now += 500 * MSEC;
        assert_true(given(&b, 20000) > 0);
        b = open_bench(&pads);
        b.world.zone = zone_by_id("tfl"); /* a gun may, pads may not */
        assert_refused(&b, 4000, LIMIT_ZONE);
}

/* What was missed must not be made up for in one go. */
static void req5_nothing_rises_from_what_the_device_has_not_taken(void **state) {
        struct bench b = open_bench(&pads);

        assert_int_equal(given(&b, 50000), 4000);
        b.world.pending = true;
        for (unsigned i = 0; i < 5; i++) {
                b.now += 500 * MSEC;
                assert_int_equal(given(&b, 50000), 4000);
                assert_int_equal(decide(&b, 50000).limit.tightest.rule, LIMIT_PENDING);
        }
        /* Down is not held up; and the half second begins when it has been taken. */
        assert_int_equal(given(&b, 2000), 2000);
        b.world.pending = false;
        b.now += 499 * MSEC;
        assert_int_equal(given(&b, 50000), 2000);
        assert_int_equal(decide(&b, 50000).limit.tightest.rule, LIMIT_SLEW);
        b.now += 1 * MSEC;
        assert_int_equal(given(&b, 50000), 6000);
}

static void req5_current_rises_by_two_milliamperes_at_most(void **state) {
        struct bench b = open_bench(&milliamperes);
        struct feature strong = milliamperes;

        strong.max = 200000; /* two per cent of it would be 4 mA */
        strong.native_max = 400;
        b.feature = strong;
        b.world.pad_area_mm2 = 2500;
        assert_int_equal(given(&b, 60000), 2000);
        b.now += 500 * MSEC;
        assert_int_equal(given(&b, 60000), 4000);
}

/* Of a current whose pulses nobody described neither rms nor density nor energy can be told. */
static void req7_an_undescribed_current_is_zero(void **state) {
        static const struct {
                uint32_t width, rate;
                bool given;
        } cases[] = { { 0, 0, false }, { 1, 0, false }, { 0, 1, false }, { 1, 1, true },
                { 250, 8000, true } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (unsigned current = 0; current <= 1; current++) {
                        struct bench b = open_bench(current ? &milliamperes : &pads);

                        b.world.pulse_width_usec = cases[i].width;
                        b.world.rate_mhz = cases[i].rate;
                        if (current && !cases[i].given)
                                assert_refused(&b, 2000, LIMIT_PULSE);
                        else
                                assert_true(given(&b, 2000) > 0);
                }
}

/* The machine has just been switched on. */
static void the_first_rise_waits_for_nothing(void **state) {
        struct bench b = open_bench(&pads);

        b.now = 100 * MSEC;
        assert_int_equal(given(&b, 50000), 4000);
        b.now += 499 * MSEC;
        assert_int_equal(given(&b, 50000), 4000);
        b.now += MSEC;
        assert_int_equal(given(&b, 50000), 8000);
}

/* Only a gun may begin above what one rise is worth. */
static void req5_pads_do_not_begin_above_one_rise(void **state) {
        struct bench b = open_bench(&pads);

        b.feature.min = 6000;
        b.feature.native_min = 6;
        assert_int_equal(given(&b, 50000), 0);
        b.feature.kind = FEATURE_VIBRATION;
        assert_int_equal(given(&b, 50000), 6000);
}

/* Nothing at all has to be known for it. */
static void zero_needs_no_world(void **state) {
        const struct gate_request request = {};
        const struct gate_world world = {};
        struct gate gate = { .intensity = 5 };
        struct gate_verdict verdict = gate_decide(&gate, &request, &world, 0);

        assert_int_equal(verdict.limit.given, 0);
        assert_int_equal(verdict.envelope_permille, 0);
        assert_int_equal(gate.intensity, 0);
}

static void the_least_that_can_be_requested_is_limited_too(void **state) {
        static const struct feature fine = { .name = "a",
                .kind = FEATURE_ESTIM,
                .unit = "step",
                .min = 1,
                .max = 1000,
                .step = 1,
                .uncalibrated_max = 1000,
                .native_min = 1,
                .native_max = 1000 };
        struct bench b = open_bench(&pads);

        assert_int_equal(given(&b, 1), 0);
        b = open_bench(&fine);
        assert_int_equal(decide(&b, 1).limit.given, 1);
        assert_int_equal(decide(&b, 1).envelope_permille, 1000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req7_an_undescribed_current_is_zero),
                cmocka_unit_test(the_first_rise_waits_for_nothing),
                cmocka_unit_test(req5_pads_do_not_begin_above_one_rise),
                cmocka_unit_test(zero_needs_no_world),
                cmocka_unit_test(the_least_that_can_be_requested_is_limited_too),
                cmocka_unit_test(req5_nothing_rises_from_what_the_device_has_not_taken),
                cmocka_unit_test(req5_current_rises_by_two_milliamperes_at_most),
                cmocka_unit_test(req7_small_pads_get_less),
                cmocka_unit_test(req7_no_pulse_is_wider_or_faster_than_the_caps),
                cmocka_unit_test(req12_a_session_has_its_time),
                cmocka_unit_test(req13_the_first_three_sessions_run_at_sixty_percent),
                cmocka_unit_test(what_a_runner_found_bearable_takes_the_place_of_what_nobody_found),
                cmocka_unit_test(req13_sixty_percent_of_what_was_found_bearable),
                cmocka_unit_test(a_cap_of_the_runners_own_holds),
                cmocka_unit_test(req22_nothing_for_whom_the_intake_blocks),
                cmocka_unit_test(req19_no_raise_while_the_record_fails),
                cmocka_unit_test(req20_no_gun_beside_live_pads),
                cmocka_unit_test(req20_denied_zones_are_denied_here_too),
                cmocka_unit_test(req1_req2_req9_nothing_flows_until_armed),
                cmocka_unit_test(req1_output_begins_at_zero_after_every_reset),
                cmocka_unit_test(req4_nothing_flows_while_nobody_watches),
                cmocka_unit_test(req5_rises_no_faster_than_two_percent_per_half_second),
                cmocka_unit_test(req5_one_step_of_a_coarse_device_is_allowed),
                cmocka_unit_test(req5_asking_more_often_does_not_rise_faster),
                cmocka_unit_test(req5_a_gun_begins_at_its_lowest),
                cmocka_unit_test(req6_down_is_immediate_and_up_again_is_slow),
                cmocka_unit_test(req7_no_current_above_the_compiled_ceiling),
                cmocka_unit_test(req7_no_percussion_above_forty_hertz),
                cmocka_unit_test(req8_the_lowest_limit_holds_and_all_are_named),
                cmocka_unit_test(req8_an_uncalibrated_runner_gets_little),
                cmocka_unit_test(req8_what_is_not_said_is_zero),
                cmocka_unit_test(req8_req21_no_raise_while_the_device_is_in_doubt),
                cmocka_unit_test(req11_a_pad_off_the_skin_is_zero),
                cmocka_unit_test(req15_no_start_below_twenty_percent_battery),
                cmocka_unit_test(req5_a_rise_begins_at_what_the_device_has),
                cmocka_unit_test(a_device_that_stays_lower_is_a_limit_with_a_name),
                cmocka_unit_test(the_ceiling_is_what_holds_however_slowly_it_rises),
                cmocka_unit_test(zero_passes_outside_every_clamp),
                cmocka_unit_test(a_negative_request_is_zero),
                cmocka_unit_test(the_largest_request_is_only_a_request),
                cmocka_unit_test(what_is_given_can_be_told_to_the_device),
                cmocka_unit_test(the_envelope_never_lifts),
                cmocka_unit_test(a_knob_is_followed_down_and_never_fought),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
