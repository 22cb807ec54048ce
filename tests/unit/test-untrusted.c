/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The look at foreign text before libconfig sees it: each rule at its limit and one beyond. */

#include "lib/text-door.h"
#include "lib/untrusted.h"
#include "tests/expect-findings.h"

static int scan_bytes(const void *bytes, size_t n, struct findings *findings, char **ret) {
        /* Exactly n bytes, so that a sanitizer sees a look beyond them. */
        _cleanup_free_ char *copy = malloc(MAX(n, (size_t) 1));

        assert_non_null(copy);
        if (n > 0)
                memcpy(copy, bytes, n);
        return untrusted_scan(n > 0 ? copy : NULL, n, findings, ret);
}

static void assert_fit(const char *text) {
        _cleanup_free_ char *copy = NULL;
        struct findings findings = {};

        if (scan_bytes(text, strlen(text), &findings, &copy) < 0)
                fail_msg("%.60s: %s", text, findings.items[0].message);
        assert_int_equal(findings.n, 0);
        assert_string_equal(copy, text);
}

static void assert_unfit_bytes(const void *bytes, size_t n, unsigned line, const char *code) {
        struct findings findings = {};
        char *copy = NULL;

        if (scan_bytes(bytes, n, &findings, &copy) != -EBADMSG)
                fail_msg("passed: %.*s", (int) MIN(n, (size_t) 60), (const char *) bytes);
        assert_null(copy);
        EXPECT_FINDINGS(&findings, { line, code, NULL });
}

static void assert_unfit(const char *text, unsigned line, const char *code) {
        assert_unfit_bytes(text, strlen(text), line, code);
}

/* head, n times one, tail */
static char *repeat(const char *head, const char *one, unsigned n, const char *tail) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        fputs(head, f);
        while (n-- > 0)
                fputs(one, f);
        fputs(tail, f);
        assert_int_equal(fclose(f), 0);
        return text;
}

static void assert_limit(
        const char *head, const char *one, unsigned most, const char *tail, const char *code) {
        _cleanup_free_ char *good = repeat(head, one, most, tail), *bad = repeat(head, one, most + 1, tail);

        assert_fit(good);
        assert_unfit(bad, 1, code);
}

static void ordinary_text_passes_unchanged(void **state) {
        static const char *const texts[] = {
                "",
                "\n\n",
                "a = 1;",
                "a : 1; b = \"x\"; # c\n// d\n/* e\n f */ g = true;",
                "list = ( { a = 1; }, { a = 1; } ); array = [ 1, -2, 3 ]; f = 1.5;",
                "name-with_all9 = \"\\\" not the end { ( [ # //\";",
                "empty = (); none = { };",
                "a = \"an @ alone\"; b = \"include\";",
                "a = /* one */ 1 /* two */;",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                assert_fit(texts[i]);
        assert_fit("a = \"größe – ok\";");
}

static void at_most_64_kib(void **state) {
        _cleanup_free_ char *text = malloc(UNTRUSTED_SIZE_MAX + 1), *copy = NULL;
        struct findings findings = {};

        assert_non_null(text);
        memset(text, ' ', UNTRUSTED_SIZE_MAX + 1);
        assert_int_equal(untrusted_scan(text, UNTRUSTED_SIZE_MAX, &findings, &copy), 0);
        assert_unfit_bytes(text, UNTRUSTED_SIZE_MAX + 1, 0, "too-large");
}

static void no_include_wherever_it_stands(void **state) {
        static const char *const texts[] = {
                "@include \"/etc/shadow\"\n",
                "  @include \"/etc\"\n",
                "# @include\n",
                "/* @include */",
                "a = \"@include\";",
                "a = \"b\n@include \\\"/etc/shadow\\\"\n\";",
                "@INCLUDE \"x\"",
                "@Include",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                assert_unfit(texts[i], i == 5 ? 2 : 1, "include");
        assert_fit("a = \"@includ\";");
}

static void no_nul(void **state) {
        assert_unfit_bytes("a = 1;\nb\0= 2;", 13, 2, "nul");
        assert_unfit_bytes("", 1, 1, "nul");
}

static void only_utf8(void **state) {
        static const struct {
                const char *bytes;
                bool good;
        } cases[] = {
                { "\x7f", true },
                { "\xc2\x80", true },
                { "\xdf\xbf", true },
                { "\xe0\xa0\x80", true },
                { "\xed\x9f\xbf", true },
                { "\xee\x80\x80", true },
                { "\xf0\x90\x80\x80", true },
                { "\xf4\x8f\xbf\xbd", true },
                { "\x80", false },
                { "\xbf", false },
                { "\xc0\x80", false },         /* overlong */
                { "\xc1\xbf", false },         /* overlong */
                { "\xe0\x9f\xbf", false },     /* overlong */
                { "\xed\xa0\x80", false },     /* a surrogate */
                { "\xf0\x8f\xbf\xbf", false }, /* overlong */
                { "\xf4\x90\x80\x80", false }, /* beyond the last character */
                { "\xf5\x80\x80\x80", false },
                { "\xef\xb7\x90", false }, /* noncharacters, which sd-bus refuses */
                { "\xef\xbf\xbf", false },
                { "\xf4\x8f\xbf\xbf", false },
                { "\xff", false },
                { "\xc2", false }, /* cut off */
                { "\xe2\x82", false },
                { "\xf0\x90\x80", false },
                { "\xc2\x41", false },
                { "\xe2\x82\x41", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                size_t n = strlen(cases[i].bytes);
                char text[64];

                assert_int_equal(utf8_is_valid(cases[i].bytes, n), cases[i].good);
                (void) snprintf(text, sizeof(text), "\na = \"%s\";", cases[i].bytes);
                if (cases[i].good)
                        assert_fit(text);
                else
                        assert_unfit(text, 2, "utf-8");
        }
        assert_false(utf8_is_valid("a\0b", 3));
        assert_true(utf8_is_valid("", 0));
}

static void at_most_sixteen_levels(void **state) {
        static const char *const brackets[] = { "(", "[", "{a=" };
        static const char *const closing[] = { ")", "]", "}" };

        for (size_t i = 0; i < ARRAY_SIZE(brackets); i++) {
                _cleanup_free_ char *end = repeat("", closing[i], 16, ";"),
                                    *end17 = repeat("", closing[i], 17, ";");
                _cleanup_free_ char *good = repeat("a = ", brackets[i], 16, end),
                                    *bad = repeat("a = ", brackets[i], 17, end17);

                assert_fit(good);
                assert_unfit(bad, 1, "too-deep");
        }
}

static void at_most_128_members_in_a_group(void **state) {
        _cleanup_free_ char *good = NULL, *bad = NULL;
        size_t size;

        for (unsigned n = 128; n <= 129; n++) {
                char **text = n == 128 ? &good : &bad;
                FILE *f = open_memstream(text, &size);

                assert_non_null(f);
                fputs("g = { ", f);
                for (unsigned i = 0; i < n; i++)
                        fprintf(f, "n%u = 1; ", i);
                fputs("};", f);
                assert_int_equal(fclose(f), 0);
        }
        assert_fit(good);
        assert_unfit(bad, 1, "too-many");
}

static void at_most_128_entries_in_a_list(void **state) {
        assert_limit("a = ( 1", ", 1", 127, " );", "too-many");
        assert_limit("a = [ 1", ", 1", 127, " ];", "too-many");
        assert_limit("a = ( { b = 1; }", ", { b = 1; }", 127, " );", "too-many");
}

static void at_most_nine_digits(void **state) {
        static const char *const good[] = { "a = 999999999;", "a = -999999999;", "a = +999999999;",
                "a = [ 123456789, -123456789 ];", "a = \"12345678901234\";", "a123456789012 = 1;",
                "# 12345678901\n", "a = 0x7ffffff;", "a = 1.12345678;" };
        static const char *const bad[] = { "a = 1234567890;", "a = -1234567890;", "a = +1234567890;",
                "a = [ 1, -1234567890 ];", "a = [-1234567890];", "a=-1234567890;", "a = 0xffffffff;",
                "a = -0xffffffff;", "a = 0XABCDEFABCDEF;", "a = 1234567890L;", "a = 12345678901234567890;" };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                assert_fit(good[i]);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_unfit(bad[i], 1, "number");
}

static void what_is_opened_is_closed(void **state) {
        assert_unfit("a = 1;\nb = \"never\nclosed", 2, "syntax");
        assert_unfit("a = \"ends in a backslash\\", 1, "syntax");
        assert_unfit("a = \"escaped\\\"", 1, "syntax");
        assert_unfit("a = 1;\n\n/* never\nclosed", 3, "syntax");
        assert_unfit("/*/", 1, "syntax");
        assert_unfit("/*", 1, "syntax");
        assert_unfit("a = {\n b = 1;\n", 3, "syntax");
        assert_unfit("a = ( 1 ];", 1, "syntax");
        assert_unfit("\n}", 2, "syntax");
}

static void a_doubled_name_is_told_with_its_line_and_the_rest_is_judged(void **state) {
        static const char text[] =
                "a = 1;\nb = \"x\ny\";\na = 2;\ng = { a = 1;\n a = 3; b = 1; };\nb = 5;\n";
        _cleanup_free_ char *copy = NULL;
        struct findings findings = {};

        assert_int_equal(scan_bytes(text, strlen(text), &findings, &copy), 0);
        assert_int_equal(strlen(copy), strlen(text));
        assert_non_null(strstr(copy, "\n* = 2;"));
        EXPECT_FINDINGS(&findings, { 4, "doubled-key", "'a'" }, { 6, "doubled-key", "'a'" },
                { 7, "doubled-key", "'b'" });
}

static void names_that_only_begin_alike_are_not_doubled(void **state) {
        assert_fit("ab = 1; a = 2; abc = 3; a-b = 4; a_b = 5;");
        assert_fit("list = ( { a = 1; }, { a = 2; } ); a = 3; g : { list = 1; };");
}

static void a_star_cannot_be_smuggled_in(void **state) {
        assert_unfit("* = 1;", 1, "syntax");
        assert_unfit("a* = 1;", 1, "syntax");
}

static void lines_are_counted_through_strings_and_comments(void **state) {
        static const char text[] =
                "a = \"one\ntwo \\\" three\n\\\nfour\";\n/* five\nsix */\n# seven\na = 1;";
        _cleanup_free_ char *copy = NULL;
        struct findings findings = {};

        assert_int_equal(scan_bytes(text, strlen(text), &findings, &copy), 0);
        EXPECT_FINDINGS(&findings, { 8, "doubled-key", NULL });
}

/* A byte order mark, and lines that end with CR or CR LF: the same text. */
static void text_of_other_systems_is_read(void **state) {
        static const char text[] = "\xef\xbb\xbf# one\ra = 1; # two\r\nb = 2;\r\rb = 3;";
        _cleanup_free_ char *copy = NULL;
        struct findings findings = {};

        assert_int_equal(scan_bytes(text, strlen(text), &findings, &copy), 0);
        assert_int_equal(findings.n, 1);
        assert_int_equal(findings.items[0].line, 5);
        findings_done(&findings);
        assert_string_equal(copy, "   # one\na = 1; # two\r\nb = 2;\n\n* = 3;");
        /* Elsewhere it is a character like others. */
        assert_fit("a = \"\xef\xbb\xbf\";");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ordinary_text_passes_unchanged),
                cmocka_unit_test(at_most_64_kib),
                cmocka_unit_test(no_include_wherever_it_stands),
                cmocka_unit_test(no_nul),
                cmocka_unit_test(only_utf8),
                cmocka_unit_test(at_most_sixteen_levels),
                cmocka_unit_test(at_most_128_members_in_a_group),
                cmocka_unit_test(at_most_128_entries_in_a_list),
                cmocka_unit_test(at_most_nine_digits),
                cmocka_unit_test(what_is_opened_is_closed),
                cmocka_unit_test(a_doubled_name_is_told_with_its_line_and_the_rest_is_judged),
                cmocka_unit_test(names_that_only_begin_alike_are_not_doubled),
                cmocka_unit_test(a_star_cannot_be_smuggled_in),
                cmocka_unit_test(lines_are_counted_through_strings_and_comments),
                cmocka_unit_test(text_of_other_systems_is_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
