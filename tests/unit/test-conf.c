/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/conf-text.h"
#include "tests/expect-findings.h"

#include <sys/stat.h>

struct bench {
        struct conf *conf;
        const struct conf_setting *root;
        struct findings findings;
};

static void read_text(struct bench *b, const char *text) {
        *b = (struct bench){};
        assert_int_equal(conf_read(&conf_text, text, strlen(text), &b->findings, &b->conf), 0);
        b->root = conf_root(b->conf);
}

static void done(struct bench *b) {
        conf_free(b->conf);
}

static void a_text_that_is_no_conf_is_told_with_its_line(void **state) {
        struct findings findings = {};
        struct conf *conf = NULL;

        assert_int_equal(conf_read(&conf_text, "a = 1;\nb = ;\n", 13, &findings, &conf), -EBADMSG);
        assert_null(conf);
        EXPECT_FINDINGS(&findings, { 2, "syntax", "name = value" });
}

static void good_values_are_read(void **state) {
        struct quantity_range range;
        _cleanup_(strv_freep) char **strings = NULL;
        const char *text;
        int64_t number;
        bool yes = false;
        unsigned index;
        static const char *const words[] = { "left", "right", NULL };
        struct bench b;

        read_text(&b, "s = \"text\"; b = true; i = 42; q = \"30s\"; r = \"28-33Hz\"; e = \"right\";\n"
                      "g = { x = 1; }; l = ( { x = 1; } ); v = [ \"one\", \"two\" ];");
        assert_true(conf_string(b.root, "s", 4, &b.findings, &text));
        assert_string_equal(text, "text");
        assert_true(conf_bool(b.root, "b", &b.findings, &yes));
        assert_true(yes);
        assert_true(conf_integer(b.root, "i", 42, 42, &b.findings, &number));
        assert_int_equal(number, 42);
        assert_true(conf_quantity(b.root, "q", DIMENSION_TIME, 0, 30000000, &b.findings, &number));
        assert_int_equal(number, 30000000);
        assert_true(conf_range(b.root, "r", DIMENSION_FREQUENCY, 28000, 33000, &b.findings, &range));
        assert_int_equal(range.max, 33000);
        assert_true(conf_enum(b.root, "e", words, &b.findings, &index));
        assert_int_equal(index, 1);
        assert_non_null(conf_group(b.root, "g", &b.findings));
        assert_non_null(conf_list_group(conf_list(b.root, "l", 1, &b.findings), 0, &b.findings));
        assert_true(conf_strings(b.root, "v", 2, 3, &b.findings, &strings));
        assert_string_equal(strings[1], "two");
        assert_null(strings[2]);
        assert_int_equal(b.findings.n, 0);
        done(&b);
}

static void what_is_not_there_is_neither_read_nor_wrong(void **state) {
        struct quantity_range range;
        const char *text = "kept", *const words[] = { NULL };
        char **strings = NULL;
        int64_t number = 7;
        bool yes = true;
        unsigned index = 7;
        struct bench b;

        read_text(&b, "");
        assert_false(conf_string(b.root, "x", 4, &b.findings, &text));
        assert_false(conf_bool(b.root, "x", &b.findings, &yes));
        assert_false(conf_integer(b.root, "x", 0, 1, &b.findings, &number));
        assert_false(conf_quantity(b.root, "x", DIMENSION_TIME, 0, 1, &b.findings, &number));
        assert_false(conf_range(b.root, "x", DIMENSION_TIME, 0, 1, &b.findings, &range));
        assert_false(conf_enum(b.root, "x", words, &b.findings, &index));
        assert_null(conf_group(b.root, "x", &b.findings));
        assert_null(conf_list(b.root, "x", 1, &b.findings));
        assert_false(conf_strings(b.root, "x", 1, 1, &b.findings, &strings));
        assert_string_equal(text, "kept");
        assert_int_equal(number, 7);
        assert_int_equal(b.findings.n, 0);
        done(&b);
}

static void every_wrong_value_says_what_would_be_right(void **state) {
        static const char *const words[] = { "left", "right", NULL };
        struct quantity_range range;
        const char *text;
        char **strings = NULL;
        int64_t number;
        bool yes;
        unsigned index;
        struct bench b;

        read_text(&b,
                "s1 = 1;\ns2 = \"\";\ns3 = \"abcde\";\ns4 = \"a\tb\";\nb = 1;\ni1 = \"1\";\ni2 = 5;\n"
                "q1 = 30;\nq2 = 30.0;\nq3 = \"30\";\nq4 = \"31s\";\nq5 = \"1-2s\";\nr1 = \"33-28Hz\";\n"
                "r2 = \"27-28Hz\";\ne1 = \"rihgt\";\ne2 = \"upward\";\ng = 1;\nl1 = { };\nl2 = ( 1, 2 );\n"
                "l3 = ( 1 );\nv1 = \"one\";\nv2 = [ 1 ];\nv3 = [ \"one\", \"two\" ];\n");
        assert_false(conf_string(b.root, "s1", 4, &b.findings, &text));
        assert_false(conf_string(b.root, "s2", 4, &b.findings, &text));
        assert_false(conf_string(b.root, "s3", 4, &b.findings, &text));
        assert_false(conf_string(b.root, "s4", 4, &b.findings, &text));
        assert_false(conf_bool(b.root, "b", &b.findings, &yes));
        assert_false(conf_integer(b.root, "i1", 0, 4, &b.findings, &number));
        assert_false(conf_integer(b.root, "i2", 0, 4, &b.findings, &number));
        assert_false(conf_quantity(b.root, "q1", DIMENSION_TIME, 0, 30000000, &b.findings, &number));
        assert_false(conf_quantity(b.root, "q2", DIMENSION_TIME, 0, 30000000, &b.findings, &number));
        assert_false(conf_quantity(b.root, "q3", DIMENSION_TIME, 0, 30000000, &b.findings, &number));
        assert_false(conf_quantity(b.root, "q4", DIMENSION_TIME, 0, 30000000, &b.findings, &number));
        assert_false(conf_quantity(b.root, "q5", DIMENSION_TIME, 0, 30000000, &b.findings, &number));
        assert_false(conf_range(b.root, "r1", DIMENSION_FREQUENCY, 28000, 33000, &b.findings, &range));
        assert_false(conf_range(b.root, "r2", DIMENSION_FREQUENCY, 28000, 33000, &b.findings, &range));
        assert_false(conf_enum(b.root, "e1", words, &b.findings, &index));
        assert_false(conf_enum(b.root, "e2", words, &b.findings, &index));
        assert_null(conf_group(b.root, "g", &b.findings));
        assert_null(conf_list(b.root, "l1", 1, &b.findings));
        assert_null(conf_list(b.root, "l2", 1, &b.findings));
        assert_null(conf_list_group(conf_list(b.root, "l3", 1, &b.findings), 0, &b.findings));
        assert_false(conf_strings(b.root, "v1", 2, 9, &b.findings, &strings));
        assert_false(conf_strings(b.root, "v2", 2, 9, &b.findings, &strings));
        assert_false(conf_strings(b.root, "v3", 1, 9, &b.findings, &strings));
        EXPECT_FINDINGS(&b.findings, { 1, "type", "\"quotes\"" }, { 2, "text", "1 to 4" },
                { 3, "text", NULL }, { 4, "text", "control" }, { 5, "type", "true or false" },
                { 6, "type", "whole number" }, { 7, "out-of-range", "0 to 4" }, { 8, "no-unit", "\"30s\"" },
                { 9, "no-unit", NULL }, { 10, "quantity", "with a unit" }, { 11, "out-of-range", "0-30s" },
                { 12, "quantity", "not a range" }, { 13, "range", "below" },
                { 14, "out-of-range", "28-33Hz" }, { 15, "unknown-word", "did you mean \"right\"?" },
                { 16, "unknown-word", "left, right" }, { 17, "type", "{ }" }, { 18, "type", "( )" },
                { 19, "too-many", "at most 1" }, { 20, "type", "group" }, { 21, "type", "list" },
                { 22, "text", NULL }, { 23, "type", "at most 1" });
        done(&b);
}

static void unknown_and_missing_keys_are_told(void **state) {
        static const struct conf_key keys[] = { { "zone", true }, { "sides", true }, { "ramp", false }, {} };
        struct bench b;

        read_text(&b, "zome = 1;\nsides = 2;\nfrobnicate = 3;\n");
        conf_check_keys(b.root, keys, "a step", &b.findings);
        EXPECT_FINDINGS(&b.findings, { 1, "unknown-key", "did you mean 'zone'?" },
                { 3, "unknown-key", "has no key 'frobnicate'" },
                { 0, "missing-key", "a step needs 'zone'" });
        done(&b);
}

static const char *next_of(unsigned i, const void *userdata) {
        return ((const char *const *) userdata)[i];
}

static void the_nearest_word_is_a_likely_slip(void **state) {
        static const char *const words[] = { "calf", "quads", "glutes", "tfl", NULL };

        assert_string_equal(nearest_word("claf", next_of, words), "calf");
        assert_string_equal(nearest_word("glute", next_of, words), "glutes");
        assert_null(nearest_word("elbow", next_of, words));
        assert_null(nearest_word("", next_of, words));
        assert_null(nearest_word("ab", next_of, words));
}

static void only_plain_files_of_bounded_size_are_read(void **state) {
        char directory[] = "/tmp/limber-conf-XXXXXX";
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t n = 0;
        FILE *f;

        assert_non_null(mkdtemp(directory));
        assert_true(asprintf(&path, "%s/file", directory) > 0);
        assert_int_equal(read_file(path, 4, &text, &n), -ENOENT);
        assert_int_equal(read_file(directory, 4, &text, &n), -EISDIR);
        assert_int_equal(read_file("/dev/null", 4, &text, &n), -EINVAL);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs("four", f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(read_file(path, 3, &text, &n), -EFBIG);
        assert_null(text);
        assert_int_equal(read_file(path, 4, &text, &n), 0);
        assert_int_equal(n, 4);
        assert_string_equal(text, "four");
        assert_int_equal(unlink(path), 0);
        /* A pipe that nobody writes to must not hold the reader. */
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(read_file(path, 4, &text, &n), -EINVAL);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(directory), 0);
}

static void findings_are_sorted_bounded_and_still_counted(void **state) {
        struct findings findings = {};

        for (unsigned i = 0; i < FINDINGS_MAX + 50; i++)
                findings_error(&findings, 1000 - i, "code", "number %u", i);
        assert_int_equal(findings.n, FINDINGS_MAX);
        assert_int_equal(findings.n_errors, FINDINGS_MAX + 50);
        findings_done(&findings);

        findings_warning(&findings, 2, "w", "x");
        findings_error(&findings, 2, "e", "x");
        findings_error(&findings, 1, "first", "x");
        findings_warning(&findings, 0, "whole", "x");
        assert_string_equal(findings_first_error(&findings)->code, "e");
        findings_sort(&findings);
        EXPECT_FINDINGS(
                &findings, { 0, "whole", NULL }, { 1, "first", NULL }, { 2, "e", NULL }, { 2, "w", NULL });
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_text_that_is_no_conf_is_told_with_its_line),
                cmocka_unit_test(good_values_are_read),
                cmocka_unit_test(what_is_not_there_is_neither_read_nor_wrong),
                cmocka_unit_test(every_wrong_value_says_what_would_be_right),
                cmocka_unit_test(unknown_and_missing_keys_are_told),
                cmocka_unit_test(the_nearest_word_is_a_likely_slip),
                cmocka_unit_test(only_plain_files_of_bounded_size_are_read),
                cmocka_unit_test(findings_are_sorted_bounded_and_still_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
