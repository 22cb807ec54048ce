/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What follows from a number, for every profile; from silence; and when the next question is due. */

#include "daemon/session/discomfort-loop.h"
#include "tests/test.h"

static const struct discomfort_profile recovery = { "recovery", 4, 5, 7 };

static enum discomfort_act say(struct discomfort_step *step, unsigned score) {
        return discomfort_step_say(step, &recovery, score, false, true);
}

static void every_number_of_every_profile_has_its_act(void **state) {
        const struct discomfort_profile *p;

        for (unsigned i = 0; (p = discomfort_profile_at(i)); i++)
                for (unsigned score = 0; score <= DISCOMFORT_MAX; score++) {
                        struct discomfort_step step = {};
                        enum discomfort_act expected = score >= p->limit         ? DISCOMFORT_STOP
                                                       : score >= p->target + 2u ? DISCOMFORT_LOWER_TWICE
                                                       : score >= p->reduce      ? DISCOMFORT_LOWER
                                                                                 : DISCOMFORT_GO_ON;

                        assert_int_equal(discomfort_step_say(&step, p, score, false, true), expected);
                }
}

static void a_word_ends_the_step_whatever_the_number(void **state) {
        for (unsigned score = 0; score <= DISCOMFORT_MAX; score++) {
                struct discomfort_step step = {};

                assert_int_equal(discomfort_step_say(&step, &recovery, score, true, true),
                        score >= recovery.limit ? DISCOMFORT_STOP : DISCOMFORT_SKIP);
        }
}

static void two_reductions_that_do_not_help_end_the_step(void **state) {
        static const unsigned pairs[][2] = { { 5, 5 }, { 5, 6 }, { 6, 5 }, { 6, 6 } };

        for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
                struct discomfort_step step = {};

                (void) say(&step, pairs[i][0]);
                (void) say(&step, pairs[i][1]);
                assert_int_equal(say(&step, 4), DISCOMFORT_GO_ON);
                assert_int_equal(say(&step, 5), DISCOMFORT_SKIP);
        }
}

static void twice_easy_is_an_offer_and_no_more(void **state) {
        struct discomfort_step step = {};

        assert_int_equal(say(&step, 2), DISCOMFORT_GO_ON);
        assert_int_equal(say(&step, 2), DISCOMFORT_OFFER);
        assert_int_equal(say(&step, 0), DISCOMFORT_GO_ON);
        assert_int_equal(say(&step, 3), DISCOMFORT_GO_ON); /* not in a row */
        assert_int_equal(say(&step, 1), DISCOMFORT_GO_ON);
        assert_int_equal(say(&step, 1), DISCOMFORT_OFFER);
}

static void numbers_that_nobody_asked_for_are_no_reason_for_more(void **state) {
        struct discomfort_step step = {};

        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(discomfort_step_say(&step, &recovery, 0, false, false), DISCOMFORT_GO_ON);
        assert_int_equal(say(&step, 0), DISCOMFORT_GO_ON);
        assert_int_equal(say(&step, 0), DISCOMFORT_OFFER);
        /* For less they are. */
        assert_int_equal(discomfort_step_say(&step, &recovery, 5, false, false), DISCOMFORT_LOWER);
}

static void silence_holds_then_lowers_then_ends_the_output(void **state) {
        static const enum discomfort_act acts[] = { DISCOMFORT_GO_ON, DISCOMFORT_HOLD, DISCOMFORT_LOWER,
                DISCOMFORT_PAUSE, DISCOMFORT_PAUSE };
        struct discomfort_loop loop = {};

        for (unsigned i = 0; i < ARRAY_SIZE(acts); i++)
                assert_int_equal(discomfort_loop_ask(&loop), acts[i]);
}

static void an_answer_begins_the_count_of_silences_again(void **state) {
        struct discomfort_loop loop = {};

        assert_false(discomfort_loop_hear(&loop));
        (void) discomfort_loop_ask(&loop);
        assert_int_equal(discomfort_loop_ask(&loop), DISCOMFORT_HOLD);
        assert_true(discomfort_loop_hear(&loop));
        assert_int_equal(discomfort_loop_ask(&loop), DISCOMFORT_GO_ON);
        assert_int_equal(discomfort_loop_ask(&loop), DISCOMFORT_HOLD);
}

static void a_lowered_aim_lowers_what_follows_it_but_never_below_one(void **state) {
        static const struct {
                unsigned lowered, target, reduce, limit;
        } cases[] = { { 0, 4, 5, 7 }, { 1, 3, 4, 7 }, { 3, 1, 2, 7 }, { 4, 1, 2, 7 }, { 99, 1, 2, 7 } };

        for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
                struct discomfort_profile p = discomfort_lowered(&recovery, cases[i].lowered);

                assert_int_equal(p.target, cases[i].target);
                assert_int_equal(p.reduce, cases[i].reduce);
                assert_int_equal(p.limit, cases[i].limit);
        }
}

static void questions_come_at_their_times(void **state) {
        static const struct {
                struct routine_step step;
                unsigned n, seconds;
        } cases[] = {
                { { .kind = STEP_PERCUSSION, .ramp_usec = 3 * USEC_PER_SEC }, 0, 10 },
                { { .kind = STEP_PERCUSSION }, 1, 40 },
                { { .kind = STEP_PERCUSSION }, 5, 160 },
                { { .kind = STEP_ESTIM, .ramp_usec = 8 * USEC_PER_SEC }, 0, 8 },
                { { .kind = STEP_ESTIM, .ramp_usec = 8 * USEC_PER_SEC }, 2, 128 },
                { { .kind = STEP_ESTIM,
                          .ramp_usec = 8 * USEC_PER_SEC,
                          .on_usec = 10 * USEC_PER_SEC,
                          .off_usec = 50 * USEC_PER_SEC },
                        1, 188 },
        };

        for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(
                        discomfort_due(&cases[i].step, cases[i].n), cases[i].seconds * USEC_PER_SEC);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_number_of_every_profile_has_its_act),
                cmocka_unit_test(a_word_ends_the_step_whatever_the_number),
                cmocka_unit_test(two_reductions_that_do_not_help_end_the_step),
                cmocka_unit_test(twice_easy_is_an_offer_and_no_more),
                cmocka_unit_test(numbers_that_nobody_asked_for_are_no_reason_for_more),
                cmocka_unit_test(silence_holds_then_lowers_then_ends_the_output),
                cmocka_unit_test(an_answer_begins_the_count_of_silences_again),
                cmocka_unit_test(a_lowered_aim_lowers_what_follows_it_but_never_below_one),
                cmocka_unit_test(questions_come_at_their_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
