/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/term/table.h"
#include "cli/term/text.h"
#include "lib/clock.h"

static const struct column columns[] = {
        { "name", "Name", CELL_NAME },
        { "note", "Note", CELL_TEXT },
        { "takes", "Takes", CELL_DURATION },
        { "battery", "Battery", CELL_PERCENT },
        { "speed", "Speed", CELL_FREQUENCY },
        { "on", "On", CELL_YES_NO },
        { "count", "Count", CELL_COUNT },
        { "zones", "Zones", CELL_LIST },
        { "hidden", NULL, CELL_LEVEL },
};

static void add_row(struct table *t, const char *name, const char *note, unsigned battery) {
        table_text(t, name);
        table_text(t, note);
        table_duration(t, 90 * USEC_PER_SEC);
        if (battery > 100)
                table_unknown(t);
        else
                table_percent(t, battery);
        table_frequency(t, 28.5);
        table_yes_no(t, true);
        table_count(t, 7);
        table_list(t, (char *[]){ (char[]){ "calf" }, (char[]){ "quads" }, NULL });
        table_level(t, 12, "mA");
}

static char *print(const struct table *t, unsigned width, bool colour) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        assert_int_equal(table_print(t, f, width, colour), 0);
        fclose(f);
        return text;
}

static void test_alignment(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, ARRAY_SIZE(columns));
        _cleanup_free_ char *text = NULL;

        add_row(t, "gun", "x", 5);
        add_row(t, "Fön", "日本", 255);
        text = print(t, 0, false);
        assert_string_equal(text, "Name  Note       Takes  Battery    Speed  On   Count  Zones\n"
                                  "gun   x     1 min 30 s      5 %  28.5 Hz  yes      7  calf, quads\n"
                                  "Fön   日本  1 min 30 s        -  28.5 Hz  yes      7  calf, quads\n");
        assert_int_equal(table_rows(t), 2);
}

static void test_fits_width(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, ARRAY_SIZE(columns));
        _cleanup_free_ char *text = NULL;
        char *save = NULL;

        add_row(t, "a-name-that-stays-whole", "a note that is far too long for any terminal and so is cut",
                5);
        text = print(t, 90, false);
        assert_non_null(strstr(text, "a-name-that-stays-whole"));
        assert_non_null(strstr(text, "…"));
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                assert_true(text_width(line) <= 90);
}

/* A name comes from the radio; it must not reach the terminal as a command. */
static void test_control_characters(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, ARRAY_SIZE(columns));
        _cleanup_free_ char *text = NULL;

        add_row(t, "\x1b[2Jgun\x07", "a\nb\xc2\x9bm\xe2\x80\xae", 5);
        text = print(t, 0, false);
        assert_null(strchr(text, '\x1b'));
        assert_null(strchr(text, '\x07'));
        assert_null(strstr(text, "\xc2\x9b"));
        assert_null(strstr(text, "\xe2\x80\xae"));
        assert_non_null(strstr(text, "?[2Jgun?"));
        assert_non_null(strstr(text, "a b?m?"));
}

static void test_colour(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, 1);
        _cleanup_free_ char *plain = NULL, *colour = NULL;

        table_text(t, "gun");
        table_style(t, STYLE_BAD);
        plain = print(t, 0, false);
        colour = print(t, 0, true);
        assert_string_equal(plain, "Name\ngun\n");
        assert_non_null(strstr(colour, "\x1b[1;31mgun\x1b[0m"));
}

static void test_json(void **state) {
        _cleanup_(table_freep) struct table *t = table_new(columns, ARRAY_SIZE(columns));
        json_t *json, *row;

        add_row(t, "gun", "", 255);
        json = table_json(t);
        assert_int_equal(json_array_size(json), 1);
        row = json_array_get(json, 0);
        assert_string_equal(json_string_value(json_object_get(row, "name")), "gun");
        assert_string_equal(json_string_value(json_object_get(row, "note")), "");
        assert_true(json_real_value(json_object_get(row, "takes")) == 90.0);
        assert_true(json_is_null(json_object_get(row, "battery")));
        assert_true(json_real_value(json_object_get(row, "speed")) == 28.5);
        assert_true(json_is_true(json_object_get(row, "on")));
        assert_int_equal(json_integer_value(json_object_get(row, "count")), 7);
        assert_int_equal(json_array_size(json_object_get(row, "zones")), 2);
        assert_true(json_real_value(json_object_get(row, "hidden")) == 12.0);
        json_decref(json);
}

static void test_blocks(void **state) {
        static const struct column two[] = { { "a", "A", CELL_TEXT }, { "long", "Longer", CELL_COUNT } };
        _cleanup_(table_freep) struct table *t = table_new(two, 2);
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        table_text(t, NULL);
        table_count(t, 3);
        assert_int_equal(table_print_blocks(t, f, false), 0);
        fclose(f);
        assert_string_equal(text, "A       -\nLonger  3\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_alignment),
                cmocka_unit_test(test_fits_width),
                cmocka_unit_test(test_control_characters),
                cmocka_unit_test(test_colour),
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_blocks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
