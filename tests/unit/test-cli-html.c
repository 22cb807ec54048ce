/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/report/html.h"
#include "cli/term/text.h"

#define NOT_SHOWN "\xef\xbf\xbd"

static void expect(const char *text, const char *expected) {
        _cleanup_free_ char *written = NULL;
        size_t size;
        FILE *f = open_memstream(&written, &size);

        assert_non_null(f);
        html_text(f, text);
        fclose(f);
        assert_string_equal(written, expected);
}

static void test_markup_is_text(void **state) {
        expect("calf", "calf");
        expect("", "");
        expect(NULL, "");
        expect("<script>alert(\"1\")</script>", "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
        expect("\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;");
        expect("Wadenmuskel – ½ Stärke, 腓腹筋", "Wadenmuskel – ½ Stärke, 腓腹筋");
}

static void test_what_is_nothing_to_be_shown(void **state) {
        expect("a\nb\tc", "a b c");
        expect("a\x1b[2J\x07\x7f", "a" NOT_SHOWN "[2J" NOT_SHOWN NOT_SHOWN);
        expect("\xc2\x85", NOT_SHOWN); /* a control of C1 */
        expect("\xe2\x80\xae"
               "fdp.exe\xe2\x80\xac",
                NOT_SHOWN "fdp.exe" NOT_SHOWN); /* the other way round */
        expect("\xe2\x81\xa6"
               "x\xe2\x81\xa9\xd8\x9c",
                NOT_SHOWN "x" NOT_SHOWN NOT_SHOWN);
        expect("\xf3\xa0\x81\xa1", NOT_SHOWN); /* a letter that nobody sees */
}

/* Bytes that some readers take for a "<" though they are none. */
static void test_what_is_no_utf8(void **state) {
        expect("\xff", NOT_SHOWN);
        expect("\xc0\xbc", NOT_SHOWN NOT_SHOWN);
        expect("\xe0\x80\xbc", NOT_SHOWN NOT_SHOWN NOT_SHOWN);
        expect("\xed\xa0\x80", NOT_SHOWN NOT_SHOWN NOT_SHOWN);
        expect("\xf4\x90\x80\x80", NOT_SHOWN NOT_SHOWN NOT_SHOWN NOT_SHOWN);
        expect("cut \xe8\x85", "cut " NOT_SHOWN NOT_SHOWN);
        expect("\xf0<\x9f", NOT_SHOWN "&lt;" NOT_SHOWN);
}

/* Every byte and every pair of bytes: nothing comes out that is markup or is not UTF-8. */
static void test_any_bytes(void **state) {
        for (unsigned first = 1; first < 256; first++)
                for (unsigned second = 1; second < 256; second++) {
                        char text[] = { (char) first, (char) second, '<', '\0' };
                        _cleanup_free_ char *written = NULL;
                        size_t size, n;
                        uint32_t c;
                        FILE *f = open_memstream(&written, &size);

                        assert_non_null(f);
                        html_text(f, text);
                        fclose(f);
                        assert_null(strpbrk(written, "<>\"'\n"));
                        assert_non_null(strstr(written, "&lt;"));
                        for (const char *s = written; *s; s += n) {
                                n = text_next(s, &c);
                                assert_int_not_equal(c, 0);
                        }
                }
}

static void test_table(void **state) {
        static const struct html_column columns[] = { { "Where \"exactly\"", false }, { "How much", true } };
        _cleanup_free_ char *written = NULL;
        struct html_table t;
        size_t size;
        FILE *f = open_memstream(&written, &size);

        assert_non_null(f);
        t = html_table_begin(f, "A & B", columns, ARRAY_SIZE(columns));
        html_cell(&t, "%s", "<calf>");
        html_cell(&t, "%d Hz", 28);
        html_table_end(&t);
        fclose(f);
        assert_string_equal(written,
                "<table>\n<caption>A &amp; B</caption>\n"
                "<thead><tr><th scope=\"col\">Where &quot;exactly&quot;</th><th scope=\"col\" class=\"number\">How "
                "much</th></tr></thead>\n<tbody>\n"
                "<tr><th scope=\"row\" data-title=\"Where &quot;exactly&quot;\"><bdi>&lt;calf&gt;</bdi></th>"
                "<td class=\"number\" data-title=\"How much\"><bdi>28 Hz</bdi></td></tr>\n"
                "</tbody>\n</table>\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_markup_is_text),
                cmocka_unit_test(test_what_is_nothing_to_be_shown),
                cmocka_unit_test(test_what_is_no_utf8),
                cmocka_unit_test(test_any_bytes),
                cmocka_unit_test(test_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
