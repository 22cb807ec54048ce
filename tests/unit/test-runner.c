/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of a runner: caps that only narrow, sign-offs that hold for what was said, calibrations that hold for one
 * place and a while. */

#include "daemon/runner/runner.h"
#include "tests/test.h"

#define DAY (UINT64_C(24) * 3600 * 1000000)
#define NOW (UINT64_C(1795244700) * 1000000)
#define PADS "C0:FF:EE:00:00:02"

static const struct feature gun_hz = { .name = "motor", .kind = FEATURE_PERCUSSION, .unit = "Hz" };
static const struct feature gun_steps = { .name = "motor", .kind = FEATURE_PERCUSSION, .unit = "step" };
static const struct feature roller = { .name = "motor", .kind = FEATURE_VIBRATION, .unit = "step" };
static const struct feature pads_ma = { .name = "a", .kind = FEATURE_ESTIM, .unit = "mA" };
static const struct feature pads_steps = { .name = "a", .kind = FEATURE_ESTIM, .unit = "step" };

static void answer(struct runner *runner, const char *id, enum intake_answer word) {
        enum intake_answer answers[INTAKE_QUESTIONS];

        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                answers[i] = runner->answered_usec > 0 ? runner->answers[i] : INTAKE_NO;
        if (id)
                answers[intake_find(id)] = word;
        assert_int_equal(runner_answer(runner, answers, NOW), 0);
}

static int setup(void **state) {
        struct runner *runner;

        assert_int_equal(runner_new(1000, &runner), 0);
        *state = runner;
        return 0;
}

static int teardown(void **state) {
        runner_free(*state);
        return 0;
}

static void req22_who_has_not_answered_gets_nothing(void **state) {
        assert_true(runner_person(NULL, &gun_hz).blocked);
        assert_true(runner_person(*state, &gun_hz).blocked);
        assert_true(runner_person(*state, &pads_ma).blocked);
        assert_int_equal(runner_verdict(NULL, ROLE_ESTIM).ruling, INTAKE_UNANSWERED);
        answer(*state, NULL, INTAKE_NO);
        assert_false(runner_person(*state, &gun_hz).blocked);
        assert_false(runner_person(*state, &pads_ma).blocked);
        assert_int_equal(runner_person(*state, &gun_hz).cap, GATE_NO_CAP);
        assert_int_equal(runner_person(*state, &pads_ma).cap, GATE_NO_CAP);
        /* Who counts sessions is somebody else. */
        assert_int_equal(runner_person(*state, &pads_ma).sessions_done, GATE_SESSIONS_UNKNOWN);
}

static void req22_a_yes_takes_the_output_of_its_kind(void **state) {
        answer(*state, "epilepsy", INTAKE_YES);
        assert_true(runner_person(*state, &pads_ma).blocked);
        assert_false(runner_person(*state, &gun_hz).blocked);
}

static void half_an_intake_changes_nothing(void **state) {
        enum intake_answer answers[INTAKE_QUESTIONS] = { INTAKE_YES };
        struct runner *runner = *state;

        assert_int_equal(runner_answer(runner, answers, NOW), -EDOM);
        assert_int_equal(runner->answered_usec, 0);
        assert_int_equal(runner->answers[0], INTAKE_NO_ANSWER);
}

static void a_sign_off_holds_for_what_was_said_then(void **state) {
        unsigned surgery = (unsigned) intake_find("surgery");
        struct runner *runner = *state;

        answer(runner, "surgery", INTAKE_YES);
        assert_int_equal(runner_sign_off(runner, surgery, "Dr. Ash", NOW), 0);
        assert_int_equal(runner_verdict(runner, ROLE_ESTIM).ruling, INTAKE_ALLOWED);
        answer(runner, "surgery", INTAKE_YES); /* asked again, said again */
        assert_true(runner->sign_offs[surgery].given);
        answer(runner, "surgery", INTAKE_NO);
        answer(runner, "surgery", INTAKE_YES); /* another operation */
        assert_false(runner->sign_offs[surgery].given);
        assert_int_equal(runner_verdict(runner, ROLE_ESTIM).ruling, INTAKE_SIGN_OFF);
}

static void req22_no_sign_off_where_it_can_lift_nothing(void **state) {
        struct runner *runner = *state;

        answer(runner, "epilepsy", INTAKE_YES);
        assert_int_equal(
                runner_sign_off(runner, (unsigned) intake_find("epilepsy"), "Dr. Ash", NOW), -ECANCELED);
        assert_int_equal(
                runner_sign_off(runner, (unsigned) intake_find("surgery"), "Dr. Ash", NOW), -ECANCELED);
        answer(runner, "surgery", INTAKE_UNKNOWN);
        assert_int_equal(runner_sign_off(runner, (unsigned) intake_find("surgery"), "", NOW), -EDOM);
        assert_int_equal(runner_sign_off(runner, (unsigned) intake_find("surgery"), "a\nb", NOW), -EDOM);
}

static void req8_a_cap_is_lower_than_what_is_compiled_in_or_refused(void **state) {
        struct runner *runner = *state;

        answer(runner, NULL, INTAKE_NO);
        assert_int_equal(runner_set_cap(runner, CAP_PERCUSSION, 30000), 0);
        assert_int_equal(runner_set_cap(runner, CAP_ESTIM, 20000), 0);
        assert_int_equal(runner_person(runner, &gun_hz).cap, 30000);
        assert_int_equal(runner_person(runner, &pads_ma).cap, 20000);
        assert_int_equal(runner_set_cap(runner, CAP_PERCUSSION, GATE_CEILING_MHZ + 1), -ERANGE);
        assert_int_equal(runner_set_cap(runner, CAP_ESTIM, GATE_CEILING_UA + 1), -ERANGE);
        assert_int_equal(runner_set_cap(runner, CAP_ESTIM, 0), -ERANGE);
        assert_int_equal(runner_set_cap(runner, CAP_ESTIM, -5000), -ERANGE);
        assert_int_equal(runner_person(runner, &pads_ma).cap, 20000);
        assert_int_equal(runner_set_cap(runner, CAP_ESTIM, GATE_NO_CAP), 0);
        assert_int_equal(runner_person(runner, &pads_ma).cap, GATE_NO_CAP);
}

static void req8_a_cap_that_a_scale_does_not_know_is_nothing(void **state) {
        struct runner *runner = *state;

        answer(runner, NULL, INTAKE_NO);
        assert_int_equal(runner_set_cap(runner, CAP_PERCUSSION, 30000), 0);
        assert_int_equal(runner_person(runner, &gun_steps).cap, 0);
        assert_int_equal(runner_person(runner, &roller).cap, 0);
        assert_int_equal(runner_person(runner, &pads_steps).cap, GATE_NO_CAP);
        assert_int_equal(runner_set_cap(runner, CAP_PERCUSSION_LEVELS, 2000), 0);
        assert_int_equal(runner_person(runner, &roller).cap, 2000);
        assert_int_equal(runner_person(runner, &gun_hz).cap, 30000);
}

static struct calibration calibration_of(const char *zone, enum side side, int64_t pad_area_mm2) {
        return (struct calibration){ .device = PADS,
                .feature = "a",
                .unit = "step",
                .zone = zone_by_id(zone),
                .side = side,
                .pad_area_mm2 = pad_area_mm2,
                .sensation = 8000,
                .comfort = 20000,
                .maximum = 30000,
                .at_usec = NOW };
}

static const struct calibration *look(const struct runner *runner, const char *device,
        const struct feature *feature, const char *zone, enum side side, int64_t pad, uint64_t at) {
        return runner_calibration(runner, device, feature, zone_by_id(zone), side, pad, at);
}

static void a_calibration_holds_for_just_its_place(void **state) {
        struct calibration c = calibration_of("quads", SIDE_LEFT, 2500);
        const struct feature other = { .name = "b", .kind = FEATURE_ESTIM, .unit = "step" };
        struct runner *r = *state;

        assert_int_equal(runner_set_calibration(r, &c), 0);
        assert_non_null(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW));
        assert_int_equal(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW)->comfort, 20000);
        assert_null(look(r, "C0:FF:EE:00:00:03", &pads_steps, "quads", SIDE_LEFT, 2500, NOW));
        assert_null(look(r, PADS, &other, "quads", SIDE_LEFT, 2500, NOW));
        assert_null(look(r, PADS, &pads_steps, "calf", SIDE_LEFT, 2500, NOW));
        assert_null(look(r, PADS, &pads_steps, "quads", SIDE_RIGHT, 2500, NOW));
        assert_null(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 400, NOW));
        /* The definition says something else of the same wire by now. */
        assert_null(look(r, PADS, &pads_ma, "quads", SIDE_LEFT, 2500, NOW));
        assert_null(look(NULL, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW));
}

/* Levels 1 to 100 became ten levels: 12 of them would be full scale. */
static void a_calibration_is_of_its_scale(void **state) {
        struct feature fine = { .name = "a",
                .kind = FEATURE_ESTIM,
                .unit = "step",
                .min = 1000,
                .max = 100000,
                .native_min = 1,
                .native_max = 100 },
                       coarse = fine, narrower = fine;
        struct calibration c = calibration_of("quads", SIDE_LEFT, 2500);
        struct runner *r = *state;

        c.wire_comfort = feature_to_native(&fine, c.comfort);
        c.wire_maximum = feature_to_native(&fine, c.maximum);
        coarse.max = 50000;
        coarse.native_max = 200;
        narrower.max = 60000;
        narrower.native_max = 60;
        assert_int_equal(runner_set_calibration(r, &c), 0);
        assert_non_null(look(r, PADS, &fine, "quads", SIDE_LEFT, 2500, NOW));
        assert_null(look(r, PADS, &coarse, "quads", SIDE_LEFT, 2500, NOW));
        assert_non_null(look(r, PADS, &narrower, "quads", SIDE_LEFT, 2500, NOW));
}

static void a_calibration_is_over_after_thirty_days(void **state) {
        struct calibration c = calibration_of("quads", SIDE_LEFT, 2500);
        struct runner *r = *state;

        assert_int_equal(runner_set_calibration(r, &c), 0);
        assert_non_null(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW + 30 * DAY - 1));
        assert_null(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW + 30 * DAY));
        assert_false(runner_expire(r, NOW + 30 * DAY - 1));
        assert_true(runner_expire(r, NOW + 30 * DAY));
        /* And no clock that is set back brings it back. */
        assert_null(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW + DAY));
}

static void a_calibration_of_the_future_does_not_hold(void **state) {
        struct calibration c = calibration_of("quads", SIDE_LEFT, 2500);
        struct runner *r = *state;

        assert_int_equal(runner_set_calibration(r, &c), 0);
        assert_null(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW - 1));
        /* A machine that starts in the year 1970 does not throw it away. */
        assert_false(runner_expire(r, 0));
        assert_non_null(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW));
}

static void a_new_calibration_takes_the_place_of_the_old(void **state) {
        struct calibration c = calibration_of("quads", SIDE_LEFT, 2500);
        struct runner *r = *state;

        assert_int_equal(runner_set_calibration(r, &c), 0);
        c.comfort = 22000;
        assert_int_equal(runner_set_calibration(r, &c), 0);
        assert_int_equal(r->n_calibrations, 1);
        assert_int_equal(look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 2500, NOW)->comfort, 22000);
}

static void what_is_no_calibration_is_not_kept(void **state) {
        struct calibration good = calibration_of("quads", SIDE_LEFT, 2500), bad;
        struct runner *r = *state;

#define REFUSED(member, value)                                            \
        do {                                                              \
                bad = good;                                               \
                bad.member = value;                                       \
                assert_int_equal(runner_set_calibration(r, &bad), -EDOM); \
        } while (0)
        REFUSED(sensation, 0);
        REFUSED(sensation, 20001);
        REFUSED(comfort, 30001);
        REFUSED(maximum, 19999);
        REFUSED(maximum, CALIBRATION_LEVEL_MAX + 1);
        REFUSED(zone, NULL);
        REFUSED(unit, NULL);
        REFUSED(device[0], '\0');
        REFUSED(feature[0], '\0');
        REFUSED(pad_area_mm2, -1);
        assert_int_equal(r->n_calibrations, 0);
}

static void the_oldest_calibration_makes_room(void **state) {
        struct calibration c = calibration_of("quads", SIDE_LEFT, 0);
        struct runner *r = *state;

        for (unsigned i = 0; i <= RUNNER_CALIBRATIONS_MAX; i++) {
                c.pad_area_mm2 = 100 + (int64_t) i;
                c.at_usec = NOW + (i + 7) % RUNNER_CALIBRATIONS_MAX; /* the eighth to last is the oldest */
                assert_int_equal(runner_set_calibration(r, &c), 0);
        }
        assert_int_equal(r->n_calibrations, RUNNER_CALIBRATIONS_MAX);
        assert_null(look(
                r, PADS, &pads_steps, "quads", SIDE_LEFT, 100 + RUNNER_CALIBRATIONS_MAX - 7, NOW + DAY));
        assert_non_null(
                look(r, PADS, &pads_steps, "quads", SIDE_LEFT, 100 + RUNNER_CALIBRATIONS_MAX, NOW + DAY));
}

static void a_copy_is_a_runner_of_its_own(void **state) {
        struct calibration c = calibration_of("quads", SIDE_LEFT, 2500);
        _cleanup_(runner_freep) struct runner *copy = NULL;
        struct runner *r = *state;

        assert_int_equal(runner_set_calibration(r, &c), 0);
        assert_int_equal(runner_copy(r, &copy), 0);
        assert_int_equal(copy->uid, 1000);
        assert_true(runner_expire(copy, NOW + 31 * DAY));
        assert_int_equal(r->n_calibrations, 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                test(req22_who_has_not_answered_gets_nothing),
                test(req22_a_yes_takes_the_output_of_its_kind),
                test(half_an_intake_changes_nothing),
                test(a_sign_off_holds_for_what_was_said_then),
                test(req22_no_sign_off_where_it_can_lift_nothing),
                test(req8_a_cap_is_lower_than_what_is_compiled_in_or_refused),
                test(req8_a_cap_that_a_scale_does_not_know_is_nothing),
                test(a_calibration_holds_for_just_its_place),
                test(a_calibration_is_of_its_scale),
                test(a_calibration_is_over_after_thirty_days),
                test(a_calibration_of_the_future_does_not_hold),
                test(a_new_calibration_takes_the_place_of_the_old),
                test(what_is_no_calibration_is_not_kept),
                test(the_oldest_calibration_makes_room),
                test(a_copy_is_a_runner_of_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
