/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/term/csv.h"
#include "cli/term/table.h"
#include "cli/term/text.h"
#include "lib/clock.h"

/* Takes the reference to value. */
static char *field(json_t *value) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(value);
        assert_int_equal(csv_field(f, value), 0);
        fclose(f);
        json_decref(value);
        return text;
}

static void expect_field(json_t *value, const char *expected) {
        _cleanup_free_ char *text = field(value);

        assert_string_equal(text, expected);
}

static void test_text(void **state) {
        static const struct {
                const char *text, *field;
        } cases[] = {
                { "", "" },
                { "calf", "calf" },
                { "a calf", "a calf" },
                { "a, b", "\"a, b\"" },
                { ",", "\",\"" },
                { "say \"when\"", "\"say \"\"when\"\"\"" },
                { "\"", "\"\"\"\"" },
                { "semi;colon", "semi;colon" },
                { " blank", "\" blank\"" },
                { "blank ", "\"blank \"" },
                { " ", "\" \"" },
                { "Fön 日本", "Fön 日本" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                expect_field(json_string(cases[i].text), cases[i].field);
}

/* What a spreadsheet would run is text to it. */
static void test_formulas(void **state) {
        static const struct {
                const char *text, *field;
        } cases[] = {
                { "=1+1", "'=1+1" },
                { "+49", "'+49" },
                { "-", "'-" },
                { "-3", "'-3" },
                { "@SUM(A1)", "'@SUM(A1)" },
                { "=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"" },
                { "a=b", "a=b" },
                { "1-2", "1-2" },
                { "'=1", "'=1" },
                { " =1", "\" =1\"" },
                { "\t=1", "\" =1\"" },
                { "\r=1", "?=1" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                expect_field(json_string(cases[i].text), cases[i].field);
        /* A number is none. */
        expect_field(json_integer(-3), "-3");
        expect_field(json_real(-0.5), "-0.5");
}

/* CSV goes to a terminal, too; and a line end inside a field is where readers disagree. */
static void test_control_characters(void **state) {
        expect_field(json_string("\x1b[2Jgun\x07"), "?[2Jgun?");
        expect_field(json_string("a\nb"), "a b");
        expect_field(json_string("a\r\nb"), "a? b");
        expect_field(json_string("x\xe2\x80\xaey"), "x?y");
}

static void test_values(void **state) {
        expect_field(json_null(), "");
        expect_field(json_true(), "true");
        expect_field(json_false(), "false");
        expect_field(json_integer(28000), "28000");
        expect_field(json_integer(INT64_MAX), "9223372036854775807");
        expect_field(json_real(28.5), "28.5");
        expect_field(json_real(29.166), "29.166");
        expect_field(json_real(754.332001), "754.332001");
        expect_field(json_pack("[s, s]", "calf", "quads"), "calf quads");
        expect_field(json_pack("[s, s]", "=a", "b,c"), "\"'=a b,c\"");
        expect_field(json_array(), "");
}

static void test_object(void **state) {
        _cleanup_free_ char *text = NULL;
        json_t *object = json_object();
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_int_equal(csv_field(f, object), -EINVAL);
        fclose(f);
        json_decref(object);
}

static const struct column columns[] = {
        { "id", NULL, CELL_COUNT },
        { "name", "Name", CELL_NAME },
        { "at", "At", CELL_TIME },
        { "took", "Took", CELL_DURATION },
        { "level", "Level", CELL_LEVEL },
        { "on", "On", CELL_YES_NO },
        { "zones", "Zones", CELL_LIST },
        { "reason", "Reason", CELL_TEXT },
};

static void add_row(struct table *t, const char *name) {
        table_count(t, 4);
        table_text(t, name);
        table_time(t, 1795244700 * USEC_PER_SEC + 12345);
        table_duration(t, 90 * USEC_PER_SEC + 250 * USEC_PER_MSEC);
        table_level(t, 28.5, "Hz");
        table_yes_no(t, true);
        table_list(t, (char *[]){ (char[]){ "calf" }, (char[]){ "quads" }, NULL });
        table_word(t, "completed", "the routine is complete");
}

static char *print(const struct table *t) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_int_equal(table_print_csv(t, f), 0);
        fclose(f);
        return text;
}

#define HEADER "id,name,at,took,level,on,zones,reason\r\n"
#define REST ",2026-11-21T07:05:00.012345Z,90.25,28.5,true,calf quads,completed\r\n"

/* Every column, by its key, with what a program wants instead of what a person is shown. */
static void test_table(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, ARRAY_SIZE(columns));
        _cleanup_free_ char *text = NULL;

        add_row(t, "a \"gun\", blue");
        add_row(t, "");
        text = print(t);
        assert_string_equal(text, HEADER "4,\"a \"\"gun\"\", blue\"" REST "4," REST);
}

static void test_unknown(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, ARRAY_SIZE(columns));
        _cleanup_free_ char *text = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
                table_unknown(t);
        text = print(t);
        assert_string_equal(text, HEADER ",,,,,,,\r\n");
}

static void test_no_rows(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, ARRAY_SIZE(columns));
        _cleanup_free_ char *text = print(t);

        assert_string_equal(text, HEADER);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_formulas),
                cmocka_unit_test(test_control_characters),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_object),
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_unknown),
                cmocka_unit_test(test_no_rows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
