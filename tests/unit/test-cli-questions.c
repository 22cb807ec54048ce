/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The intake as a talk: what is typed becomes answers, nothing is kept by accident, and the end says what it means. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/term/text.h"
#include "cli/verbs/questions.h"

struct talk {
        struct runner_info info;
        enum intake_answer answers[INTAKE_QUESTIONS];
        enum questions_end end;
        char *out;
};

static void talk_done(struct talk *talk) {
        free(talk->out);
        *talk = (struct talk){};
}

/* Types the letters, a line each. */
static void type(struct talk *talk, const char *typed) {
        _cleanup_free_ char *lines = calloc(2 * strlen(typed) + 1, 1);
        size_t size;
        FILE *in, *out;

        assert_non_null(lines);
        for (size_t i = 0; typed[i]; i++)
                memcpy(lines + 2 * i, (const char[]){ typed[i], '\n' }, 2);
        free(talk->out);
        talk->out = NULL;
        memset(talk->answers, 0, sizeof(talk->answers));
        in = fmemopen(lines, MAX(strlen(lines), (size_t) 1), "r");
        out = open_memstream(&talk->out, &size);
        assert_true(in && out);
        talk->end = questions_ask(in, out, 80, &talk->info, talk->answers);
        fclose(in);
        fclose(out);
}

static void assert_says(const struct talk *talk, const char *part) {
        if (!strstr(talk->out, part))
                fail_msg("\"%s\" is not in:\n%s", part, talk->out);
}

static void assert_does_not_say(const struct talk *talk, const char *part) {
        if (strstr(talk->out, part))
                fail_msg("\"%s\" is in:\n%s", part, talk->out);
}

static void test_no_to_all_is_kept_when_it_is_confirmed(void **state) {
        struct talk talk = {};

        type(&talk, "nnnnnnnnnnnnnnnnny");
        assert_int_equal(talk.end, QUESTIONS_KEEP);
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                assert_int_equal(talk.answers[i], INTAKE_NO);
        assert_says(&talk, "Massage guns: nothing you said keeps you from beginning.");
        assert_says(&talk, "E-stim pads: nothing you said keeps you from beginning.");
        assert_says(&talk, "Stop and seek medical care");
        talk_done(&talk);
}

static void test_nothing_is_kept_without_the_last_yes(void **state) {
        static const char *const typed[] = {
                "",                   /* the input ends at once */
                "q",                  /* left at the first question */
                "nnnnnnnnnq",         /* in the middle */
                "nnnnnnnnnnnnnnnnn",  /* all answered, and the input ends */
                "nnnnnnnnnnnnnnnnnn", /* said no */
                "nnnnnnnnnnnnnnnnnq", /* left at the last */
        };
        struct talk talk = {};

        for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
                type(&talk, typed[i]);
                if (talk.end != QUESTIONS_LEAVE)
                        fail_msg("\"%s\" was kept", typed[i]);
        }
        talk_done(&talk);
}

static void test_yes_and_dont_know_are_taken(void **state) {
        struct talk talk = {};

        type(&talk, "ndnnnnnynnnnnnnnny");
        assert_int_equal(talk.end, QUESTIONS_KEEP);
        assert_int_equal(talk.answers[intake_find("heart")], INTAKE_UNKNOWN);
        assert_int_equal(talk.answers[intake_find("epilepsy")], INTAKE_YES);
        assert_says(&talk, "Massage guns: nothing you said");
        assert_says(&talk, "E-stim pads: not for you now.");
        assert_says(&talk, "no e-stim because of your answer about epilepsy");
        assert_says(&talk, "no e-stim because of your answer about a heart condition");
        talk_done(&talk);
}

static void test_what_is_no_letter_asks_again(void **state) {
        struct talk talk = {};

        type(&talk, "xj nnnnnnnnnnnnnnnnny");
        assert_int_equal(talk.end, QUESTIONS_KEEP);
        assert_says(&talk, "y yes, n no, d don't know");
        talk_done(&talk);
}

static void test_back_takes_back_and_goes_no_further_than_the_first(void **state) {
        struct talk talk = {};

        /* Back at the first stays there; yes, back, no. */
        type(&talk, "bybnnnnnnnnnnnnnnnnny");
        assert_int_equal(talk.end, QUESTIONS_KEEP);
        assert_int_equal(talk.answers[0], INTAKE_NO);
        assert_says(&talk, "(you said: yes)");
        /* And from the end to the last question. */
        type(&talk, "nnnnnnnnnnnnnnnnnbyy");
        assert_int_equal(talk.end, QUESTIONS_KEEP);
        assert_int_equal(talk.answers[INTAKE_QUESTIONS - 1], INTAKE_YES);
        talk_done(&talk);
}

static void test_a_question_mark_explains(void **state) {
        struct talk talk = {};

        type(&talk, "?q");
        assert_says(&talk, "cochlear");
        talk_done(&talk);
}

static void test_a_sign_off_that_stays_is_counted(void **state) {
        struct runner_sign_off_info sign_off = { .question = (char *) "heart" };
        struct talk talk = { .info = { .sign_offs = &sign_off, .n_sign_offs = 1 } };

        talk.info.answers[intake_find("heart")] = INTAKE_YES;
        type(&talk, "nynnnnnnnnnnnnnnny");
        assert_says(&talk, "(you said: yes)");
        assert_says(&talk, "E-stim pads: nothing you said");
        /* It was given for another answer. */
        talk.info.answers[intake_find("heart")] = INTAKE_UNKNOWN;
        type(&talk, "nynnnnnnnnnnnnnnny");
        assert_says(&talk, "E-stim pads: not for you now.");
        assert_does_not_say(&talk, "E-stim pads: nothing");
        talk_done(&talk);
}

static void test_every_line_fits(void **state) {
        struct talk talk = {};
        char *rest, *line;

        type(&talk, "?y?y?y?y?y?y?y?y?y?y?y?y?y?y?y?y?yn");
        rest = talk.out;
        while ((line = strsep(&rest, "\n"))) {
                const char *typed_after =
                        startswith(line, "[y/n/d/?/b/q] "); /* a terminal shows what is typed */

                if (text_width(typed_after ?: line) > 80)
                        fail_msg("%u columns: %s", text_width(line), line);
        }
        talk_done(&talk);
}

static char *all_but(const char *id, const char *more) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                if (strcmp(intake_question_at(i)->id, id) != 0)
                        fprintf(f, "%s=no,", intake_question_at(i)->id);
        fputs(more, f);
        fclose(f);
        return text;
}

static void test_answers_on_the_command_line(void **state) {
        static const struct {
                const char *more;
                const char *says; /* NULL: good */
        } cases[] = {
                { "surgery=yes", NULL },
                { "surgery=unknown", NULL },
                { "surgery=maybe", "surgery=maybe: yes, no or unknown is wanted." },
                { "surgery=", "yes, no or unknown is wanted." },
                { "surgery", "\"surgery\": ID=yes, ID=no or ID=unknown is wanted." },
                { "sugery=yes", "There is no question \"sugery\"; did you mean \"surgery\"?" },
                { "elbow-room=yes", "There is no question \"elbow-room\"." },
                { "surgery=no,surgery=no", "\"surgery\" is answered twice." },
                { "", "ID=unknown is wanted." }, /* behind the last comma */
                { "heart=yes", "\"heart\" is answered twice." },
        };
        enum intake_answer answers[INTAKE_QUESTIONS];
        char *sentence = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = all_but("surgery", cases[i].more);
                int r = questions_parse(text, answers, &sentence);

                if ((r == 0) != !cases[i].says || (cases[i].says && !strstr(sentence, cases[i].says)))
                        fail_msg("\"%s\": %d %s", cases[i].more, r, strnull(sentence));
                free(sentence);
                sentence = NULL;
        }
        assert_int_equal(questions_parse("heart=no", answers, &sentence), -EINVAL);
        assert_non_null(strstr(sentence, "\"implant\" is not answered"));
        free(sentence);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_to_all_is_kept_when_it_is_confirmed),
                cmocka_unit_test(test_nothing_is_kept_without_the_last_yes),
                cmocka_unit_test(test_yes_and_dont_know_are_taken),
                cmocka_unit_test(test_what_is_no_letter_asks_again),
                cmocka_unit_test(test_back_takes_back_and_goes_no_further_than_the_first),
                cmocka_unit_test(test_a_question_mark_explains),
                cmocka_unit_test(test_a_sign_off_that_stays_is_counted),
                cmocka_unit_test(test_every_line_fits),
                cmocka_unit_test(test_answers_on_the_command_line),
        };

        text_set_utf8(true);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
