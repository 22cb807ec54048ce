/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/session/session-plan.h"
#include "tests/test.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

static struct routine_step steps[] = {
        { .kind = STEP_PROMPT },
        { .kind = STEP_PERCUSSION,
                .sides = SIDE_EACH,
                .lead_in_usec = SECONDS(8),
                .duration_usec = SECONDS(60) },
        { .kind = STEP_ESTIM, .sides = SIDE_BOTH, .lead_in_usec = SECONDS(5), .duration_usec = SECONDS(30) },
        { .kind = STEP_STRETCH, .sides = SIDE_LEFT, .duration_usec = SECONDS(20) },
        { .kind = STEP_REST, .duration_usec = SECONDS(10) },
};
static const struct routine routine = { .steps = steps, .n_steps = ARRAY_SIZE(steps) };

static void a_routine_becomes_stages_in_order(void **state) {
        static const struct {
                unsigned number;
                enum side side;
        } wanted[] = { { 1, SIDE_NONE }, { 2, SIDE_LEFT }, { 2, SIDE_RIGHT }, { 3, SIDE_BOTH },
                { 4, SIDE_LEFT }, { 5, SIDE_NONE } };
        struct session_plan plan;

        assert_int_equal(session_plan_make(&routine, SIDE_NONE, false, &plan), 0);
        assert_int_equal(plan.n_stages, ARRAY_SIZE(wanted));
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
                assert_int_equal(plan.stages[i].step_number, wanted[i].number);
                assert_int_equal(plan.stages[i].side, wanted[i].side);
                assert_ptr_equal(plan.stages[i].step, &steps[wanted[i].number - 1]);
        }
        assert_int_equal(session_plan_duration(&plan, 0), routine_duration(&routine));
        assert_int_equal(session_plan_duration(&plan, 3), SECONDS(35 + 20 + 10));
        assert_int_equal(session_plan_duration(&plan, 6), 0);
        session_plan_done(&plan);
}

static void one_side_leaves_the_other_out(void **state) {
        static const struct {
                unsigned number;
                enum side side;
        } wanted[] = { { 1, SIDE_NONE }, { 2, SIDE_RIGHT }, { 3, SIDE_RIGHT }, { 5, SIDE_NONE } };
        struct session_plan plan;

        assert_int_equal(session_plan_make(&routine, SIDE_RIGHT, false, &plan), 0);
        assert_int_equal(plan.n_stages, ARRAY_SIZE(wanted));
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
                assert_int_equal(plan.stages[i].step_number, wanted[i].number);
                assert_int_equal(plan.stages[i].side, wanted[i].side);
        }
        session_plan_done(&plan);
}

static void req13_the_first_times_take_half_the_time_of_pads(void **state) {
        static const struct {
                struct routine_step step;
                unsigned seconds;
        } cases[] = {
                { { .kind = STEP_ESTIM, .duration_usec = SECONDS(1200) }, 600 },
                /* Whole contractions, and one at least. */
                { { .kind = STEP_ESTIM,
                          .duration_usec = SECONDS(150),
                          .on_usec = SECONDS(10),
                          .off_usec = SECONDS(20) },
                        60 },
                { { .kind = STEP_ESTIM,
                          .duration_usec = SECONDS(40),
                          .on_usec = SECONDS(10),
                          .off_usec = SECONDS(20) },
                        20 },
                { { .kind = STEP_PERCUSSION, .duration_usec = SECONDS(60) }, 60 },
                { { .kind = STEP_REST, .duration_usec = SECONDS(60) }, 60 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct routine one = { .steps = (struct routine_step *) &cases[i].step, .n_steps = 1 };
                struct session_plan plan;

                assert_int_equal(session_plan_make(&one, SIDE_NONE, true, &plan), 0);
                assert_int_equal(plan.stages[0].duration_usec, SECONDS(cases[i].seconds));
                session_plan_done(&plan);
                assert_int_equal(session_plan_make(&one, SIDE_NONE, false, &plan), 0);
                assert_int_equal(plan.stages[0].duration_usec, cases[i].step.duration_usec);
                session_plan_done(&plan);
        }
}

static void nothing_left_is_said(void **state) {
        const struct routine left = { .steps = &steps[3], .n_steps = 1 };
        struct session_plan plan;

        assert_int_equal(session_plan_make(&left, SIDE_RIGHT, false, &plan), -ENODATA);
        assert_int_equal(session_plan_make(&left, SIDE_LEFT, false, &plan), 0);
        session_plan_done(&plan);
}

static void a_ramp_goes_up_from_where_it_began_and_down_at_the_end(void **state) {
        struct routine_step step = { .kind = STEP_ESTIM,
                .duration_usec = SECONDS(60),
                .ramp_usec = SECONDS(10),
                .ramp_down_usec = SECONDS(5) };
        const struct stage stage = { .step = &step, .duration_usec = step.duration_usec };
        static const struct {
                uint64_t t, risen_from;
                unsigned permille;
        } cases[] = {
                { SECONDS(0), 0, 0 },
                { SECONDS(1), 0, 100 },
                { SECONDS(10), 0, 1000 },
                { SECONDS(55), 0, 1000 },
                { SECONDS(56), 0, 800 },
                { SECONDS(60), 0, 0 },
                { SECONDS(61), 0, 0 },
                { SECONDS(20), SECONDS(20), 0 }, /* after a pause */
                { SECONDS(25), SECONDS(20), 500 },
                { SECONDS(30), SECONDS(20), 1000 },
                { SECONDS(58), SECONDS(56), 200 },
                { SECONDS(10), SECONDS(20), 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(
                        stage_ramp_permille(&stage, cases[i].t, cases[i].risen_from), cases[i].permille);
        step.ramp_usec = step.ramp_down_usec = 0;
        assert_int_equal(stage_ramp_permille(&stage, 0, 0), 1000);
        assert_int_equal(stage_ramp_permille(&stage, SECONDS(60), 0), 1000);
}

static void req5_a_contraction_rises_in_two_seconds_and_falls_in_one(void **state) {
        struct routine_step step = { .kind = STEP_ESTIM,
                .duration_usec = SECONDS(120),
                .on_usec = SECONDS(10),
                .off_usec = SECONDS(50) };
        const struct stage stage = { .step = &step, .duration_usec = step.duration_usec };
        static const struct {
                uint64_t t;
                unsigned permille;
        } cases[] = {
                { 0, 0 },
                { MSEC(500), 250 },
                { SECONDS(1), 500 },
                { SECONDS(2), 1000 },
                { SECONDS(9), 1000 },
                { MSEC(9500), 500 },
                { SECONDS(10), 0 },
                { SECONDS(59), 0 },
                { SECONDS(60), 0 },
                { SECONDS(61), 500 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(stage_envelope_permille(&stage, cases[i].t), cases[i].permille);
        for (uint64_t t = 0; t < SECONDS(120); t += MSEC(100))
                assert_true(stage_envelope_permille(&stage, t) <= 1000);
        step.on_usec = step.off_usec = SECONDS(2);
        assert_int_equal(stage_envelope_permille(&stage, SECONDS(1)), 1000);
        assert_int_equal(stage_envelope_permille(&stage, MSEC(500)), 500);
        assert_int_equal(stage_envelope_permille(&stage, MSEC(1500)), 500);
        step.on_usec = step.off_usec = 0;
        assert_int_equal(stage_envelope_permille(&stage, 0), 1000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_routine_becomes_stages_in_order),
                cmocka_unit_test(one_side_leaves_the_other_out),
                cmocka_unit_test(req13_the_first_times_take_half_the_time_of_pads),
                cmocka_unit_test(nothing_left_is_said),
                cmocka_unit_test(a_ramp_goes_up_from_where_it_began_and_down_at_the_end),
                cmocka_unit_test(req5_a_contraction_rises_in_two_seconds_and_falls_in_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
