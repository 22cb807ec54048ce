/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "lib/text-door.h"

static void expect(const char *text, const char *plain) {
        char buffer[64];

        assert_string_equal(text_copy(buffer, sizeof(buffer), text), plain);
        assert_true(text_is_plain(buffer));
        assert_int_equal(text_is_plain(text), streq(text, plain));
}

static void what_passes(void **state) {
        expect("", "");
        expect("Übung 1 – 你好 🙂", "Übung 1 – 你好 🙂");
        expect("two\nlines\tand a tab", "two lines and a tab");
        expect("\x1b[2J\x7f", "?[2J?");
        expect("\xc2\x85", "?"); /* a control of C1 */
        expect("fdp\xe2\x80\xae"
               "exe",
                "fdp?exe"); /* turned round */
        expect("\xef\xb7\x90 \xef\xbf\xbe", "??? ???");
        expect("bad \xff\xfe text", "bad ?? text");
}

static void cut_at_a_character(void **state) {
        char buffer[6];

        assert_string_equal(text_copy(buffer, sizeof(buffer), "aaaaé"), "aaaa");
        assert_string_equal(text_copy(buffer, sizeof(buffer), "aaaé"), "aaaé");
        assert_string_equal(text_copy(buffer, sizeof(buffer), "a🙂b"), "a🙂");
        assert_string_equal(text_copy(buffer, sizeof(buffer), "aa🙂"), "aa");
        expect("cut \xe8\x85", "cut ");
        expect("cut \xf0", "cut ");
        /* These are not cut off, they are wrong. */
        expect("\xff", "?");
        expect("\xf0<", "?<");
}

static void any_bytes(void **state) {
        for (unsigned i = 0; i < 1 << 16; i++) {
                char text[] = { (char) (i >> 8), (char) i, (char) (i * 7), (char) (i * 13), 'x', '\0' };
                char buffer[8];

                text_copy(buffer, sizeof(buffer), text);
                assert_true(text_is_plain(buffer));
                assert_true(utf8_is_valid(buffer, strlen(buffer)));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_passes),
                cmocka_unit_test(cut_at_a_character),
                cmocka_unit_test(any_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
