/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/live/arm.h"
#include "cli/term/keys.h"

static const char *const kinds[] = { "none", "percussion", "estim", "mixed", "something-new" };

/* On a body, e-stim begins with a key that somebody pressed, whatever else was said. */
static void test_estim_never_by_word(void **state) {
        for (size_t i = 2; i < ARRAY_SIZE(kinds); i++)
                for (unsigned bits = 0; bits < 8; bits++) {
                        const struct arm_question q = {
                                .kind = kinds[i],
                                .terminal = bits & 1,
                                .yes = bits & 2,
                                .wanted = bits & 4,
                        };

                        assert_int_equal(arm_policy(&q), q.terminal ? ARM_ASK : ARM_REFUSE);
                }
}

static void test_percussion(void **state) {
        struct arm_question q = { .kind = "percussion", .terminal = true, .wanted = true };

        assert_int_equal(arm_policy(&q), ARM_ASK);
        q.yes = true;
        assert_int_equal(arm_policy(&q), ARM_NOW);
        q.wanted = false; /* a reconnect: --yes was said once, for the start */
        assert_int_equal(arm_policy(&q), ARM_ASK);
        q.terminal = false;
        assert_int_equal(arm_policy(&q), ARM_LEAVE);
        q.yes = false;
        assert_int_equal(arm_policy(&q), ARM_REFUSE);
}

static void test_simulated(void **state) {
        struct arm_question q = { .simulated = true, .wanted = true };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                q.kind = kinds[i];
                q.terminal = q.yes = false;
                assert_int_equal(arm_policy(&q), ARM_NOW);
                q.terminal = true;
                assert_int_equal(arm_policy(&q), i == 0 ? ARM_NOW : ARM_ASK);
                q.yes = true;
                assert_int_equal(arm_policy(&q), ARM_NOW);
        }
}

static void test_nothing_to_arm(void **state) {
        struct arm_question q = { .kind = "none", .wanted = true };

        assert_int_equal(arm_policy(&q), ARM_NOW);
}

static void test_keys(void **state) {
        assert_int_equal(key_of('s').action, KEY_STOP);
        assert_int_equal(key_of('q').action, KEY_STOP);
        assert_int_equal(key_of('Q').action, KEY_STOP);
        assert_int_equal(key_of('\x04').action, KEY_STOP);
        assert_int_equal(key_of(' ').action, KEY_PAUSE);
        assert_int_equal(key_of('n').action, KEY_SKIP);
        assert_int_equal(key_of('+').value, 1);
        assert_int_equal(key_of('-').value, -1);
        assert_int_equal(key_of('!').value, 10);
        for (int i = 0; i < 10; i++) {
                assert_int_equal(key_of((char) ('0' + i)).action, KEY_DISCOMFORT);
                assert_int_equal(key_of((char) ('0' + i)).value, i);
        }
        assert_int_equal(key_of('\0').action, KEY_NONE);
        assert_int_equal(key_of('Z').action, KEY_NONE);
}

static void test_answer_letters(void **state) {
        assert_int_equal(key_answer_letter(0), 'a');
        assert_int_equal(key_answer_letter(99), '\0');
        for (size_t i = 0; key_answer_letter(i); i++) {
                struct key key = key_of(key_answer_letter(i));

                assert_int_equal(key.action, KEY_ANSWER);
                assert_int_equal(key.value, (int) i);
        }
        assert_int_equal(key_of('\n').action, KEY_ANSWER);
}

static void next(const char *input, size_t n, const char *want) {
        char got[32] = "", c;
        size_t used = 0;

        for (const char *p = input; key_next(&p, input + n, &c);)
                got[used++] = c;
        got[used] = '\0';
        assert_string_equal(got, want);
}

static void test_sequences(void **state) {
        next("as", 2, "as");
        next("\x1b[A"
             "s",
                4, "s");
        next("\x1b[1;5C"
             "n",
                7, "n");
        next("\x1bOP"
             "3",
                4, "3");
        next("\x1b", 1, "");
        next("\x1b[", 2, "");
        next("\x1bO", 2, "");
        next("\xc3\xa4"
             "q",
                3, "q");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_estim_never_by_word),
                cmocka_unit_test(test_percussion),
                cmocka_unit_test(test_simulated),
                cmocka_unit_test(test_nothing_to_arm),
                cmocka_unit_test(test_keys),
                cmocka_unit_test(test_answer_letters),
                cmocka_unit_test(test_sequences),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
