/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a "yes" rules out, question by question, for guns and for pads. The table is written out again here, from the facts
 * and not from the code, so that a row that is changed by mistake is noticed. */

#include "lib/intake.h"
#include "lib/routine.h"
#include "tests/test.h"

static const struct {
        const char *id;
        enum intake_ruling percussion, estim;
} wanted[] = {
        { "implant", INTAKE_SIGN_OFF, INTAKE_NEVER },
        { "heart", INTAKE_ALLOWED, INTAKE_SIGN_OFF },
        { "arteries", INTAKE_ALLOWED, INTAKE_NEVER },
        { "clots", INTAKE_SIGN_OFF, INTAKE_NEVER },
        { "blood-thinners", INTAKE_SIGN_OFF, INTAKE_SIGN_OFF },
        { "anaemia", INTAKE_SIGN_OFF, INTAKE_ALLOWED },
        { "cancer", INTAKE_SIGN_OFF, INTAKE_NEVER },
        { "epilepsy", INTAKE_ALLOWED, INTAKE_NEVER },
        { "pregnant", INTAKE_SIGN_OFF, INTAKE_NEVER },
        { "hernia", INTAKE_ALLOWED, INTAKE_NEVER },
        { "bones", INTAKE_SIGN_OFF, INTAKE_ALLOWED },
        { "surgery", INTAKE_SIGN_OFF, INTAKE_SIGN_OFF },
        { "surgery-6-months", INTAKE_ALLOWED, INTAKE_SIGN_OFF },
        { "injury", INTAKE_SIGN_OFF, INTAKE_SIGN_OFF },
        { "numbness", INTAKE_SIGN_OFF, INTAKE_SIGN_OFF },
        { "cannot-tell", INTAKE_SIGN_OFF, INTAKE_NEVER },
        { "under-18", INTAKE_SIGN_OFF, INTAKE_NEVER },
};

static struct intake all_no(void) {
        struct intake intake = {};

        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                intake.answers[i] = INTAKE_NO;
        return intake;
}

static void assert_ruling(
        const struct intake *intake, enum role_kind kind, enum intake_ruling ruling, const char *id) {
        struct intake_verdict verdict = intake_decide(intake, kind);
        char sentence[INTAKE_SENTENCE_MAX];

        if (verdict.ruling != ruling)
                fail_msg("%s, %s: %s, not %s", id, role_kind_to_string(kind),
                        intake_ruling_to_string(verdict.ruling), intake_ruling_to_string(ruling));
        (void) intake_explain(&verdict, kind, sentence);
        if (ruling == INTAKE_ALLOWED) {
                assert_null(verdict.question);
                assert_string_equal(sentence, "");
                return;
        }
        assert_string_equal(verdict.question->id, id);
        assert_says(sentence, ruling == INTAKE_UNANSWERED ? "'limber intake'" : verdict.question->what);
        assert_true(strlen(sentence) < INTAKE_SENTENCE_MAX - 1);
}

static void req22_every_yes_rules_out_what_the_table_says(void **state) {
        assert_int_equal(ARRAY_SIZE(wanted), INTAKE_QUESTIONS);
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
                struct intake intake = all_no();
                int question = intake_find(wanted[i].id);

                assert_true(question >= 0);
                intake.answers[question] = INTAKE_YES;
                assert_ruling(&intake, ROLE_PERCUSSION, wanted[i].percussion, wanted[i].id);
                assert_ruling(&intake, ROLE_ESTIM, wanted[i].estim, wanted[i].id);
        }
}

static void req22_not_knowing_counts_as_yes(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
                struct intake intake = all_no();

                intake.answers[intake_find(wanted[i].id)] = INTAKE_UNKNOWN;
                assert_ruling(&intake, ROLE_PERCUSSION, wanted[i].percussion, wanted[i].id);
                assert_ruling(&intake, ROLE_ESTIM, wanted[i].estim, wanted[i].id);
        }
}

static void req22_a_sign_off_lifts_what_it_may_and_never_a_never(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
                struct intake intake = all_no();
                unsigned question = (unsigned) intake_find(wanted[i].id);
                bool any = wanted[i].percussion == INTAKE_SIGN_OFF || wanted[i].estim == INTAKE_SIGN_OFF;

                assert_false(intake_can_be_signed_off(&intake, question)); /* nothing to lift */
                intake.answers[question] = INTAKE_YES;
                assert_int_equal(intake_can_be_signed_off(&intake, question), any);
                intake.signed_off[question] = true;
                assert_ruling(&intake, ROLE_PERCUSSION,
                        wanted[i].percussion == INTAKE_NEVER ? INTAKE_NEVER : INTAKE_ALLOWED, wanted[i].id);
                assert_ruling(&intake, ROLE_ESTIM,
                        wanted[i].estim == INTAKE_NEVER ? INTAKE_NEVER : INTAKE_ALLOWED, wanted[i].id);
        }
}

static void req22_one_question_without_an_answer_is_no_intake(void **state) {
        struct intake nothing = {};

        assert_ruling(&nothing, ROLE_PERCUSSION, INTAKE_UNANSWERED, wanted[0].id);
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
                struct intake intake = all_no();

                intake.answers[intake_find(wanted[i].id)] = INTAKE_NO_ANSWER;
                assert_ruling(&intake, ROLE_PERCUSSION, INTAKE_UNANSWERED, wanted[i].id);
                assert_ruling(&intake, ROLE_ESTIM, INTAKE_UNANSWERED, wanted[i].id);
        }
}

static void who_answers_no_to_all_may_begin(void **state) {
        struct intake intake = all_no();

        assert_ruling(&intake, ROLE_PERCUSSION, INTAKE_ALLOWED, "");
        assert_ruling(&intake, ROLE_ESTIM, INTAKE_ALLOWED, "");
}

static void the_worst_of_several_answers_is_told(void **state) {
        struct intake intake = all_no();

        intake.answers[intake_find("heart")] = INTAKE_YES;
        intake.answers[intake_find("under-18")] = INTAKE_YES;
        intake.answers[intake_find("surgery")] = INTAKE_UNKNOWN;
        assert_ruling(&intake, ROLE_ESTIM, INTAKE_NEVER, "under-18");
        intake.signed_off[intake_find("surgery")] = true;
        assert_ruling(&intake, ROLE_PERCUSSION, INTAKE_SIGN_OFF, "under-18");
}

static void every_question_is_whole(void **state) {
        const struct intake_question *q;

        for (unsigned i = 0; (q = intake_question_at(i)); i++) {
                assert_int_equal(intake_find(q->id), i);
                assert_true(conf_id_is_good(q->id)); /* can stand in a file and on a command line */
                assert_true(strlen(q->text) < 110 && strlen(q->help) > 0 && strlen(q->what) > 0);
                assert_int_equal(q->text[strlen(q->text) - 1], '?');
                assert_true(
                        q->yes[ROLE_PERCUSSION] != INTAKE_ALLOWED || q->yes[ROLE_ESTIM] != INTAKE_ALLOWED);
        }
        assert_int_equal(intake_find("elbow"), -1);
        assert_string_equal(intake_nearest_id("implants"), "implant");
        assert_null(intake_nearest_id("elbow-room"));
}

static void answers_have_words(void **state) {
        assert_int_equal(intake_answer_from_string("yes"), INTAKE_YES);
        assert_int_equal(intake_answer_from_string("no"), INTAKE_NO);
        assert_int_equal(intake_answer_from_string("unknown"), INTAKE_UNKNOWN);
        assert_int_equal(intake_answer_from_string("maybe"), INTAKE_NO_ANSWER);
        assert_int_equal(intake_answer_from_string(""), INTAKE_NO_ANSWER);
        assert_string_equal(intake_answer_to_string(INTAKE_UNKNOWN), "unknown");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req22_every_yes_rules_out_what_the_table_says),
                cmocka_unit_test(req22_not_knowing_counts_as_yes),
                cmocka_unit_test(req22_a_sign_off_lifts_what_it_may_and_never_a_never),
                cmocka_unit_test(req22_one_question_without_an_answer_is_no_intake),
                cmocka_unit_test(who_answers_no_to_all_may_begin),
                cmocka_unit_test(the_worst_of_several_answers_is_told),
                cmocka_unit_test(every_question_is_whole),
                cmocka_unit_test(answers_have_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
