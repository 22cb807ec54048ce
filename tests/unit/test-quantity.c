/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/quantity.h"
#include "tests/test.h"

static const struct {
        const char *text;
        enum dimension dimension;
        int result;
        int64_t min, max;
} values[] = {
        { "30s", DIMENSION_TIME, 0, 30000000, 30000000 },
        { "5min", DIMENSION_TIME, 0, 300000000, 300000000 },
        { "2h", DIMENSION_TIME, 0, 7200000000, 7200000000 },
        { "250us", DIMENSION_TIME, 0, 250, 250 },
        { "1.5ms", DIMENSION_TIME, 0, 1500, 1500 },
        { "0s", DIMENSION_TIME, 0, 0, 0 },
        { " 30 s", DIMENSION_TIME, 0, 30000000, 30000000 },
        { "28-33Hz", DIMENSION_FREQUENCY, 0, 28000, 33000 },
        { "28 - 33 Hz", DIMENSION_FREQUENCY, 0, 28000, 33000 },
        { "28-28Hz", DIMENSION_FREQUENCY, 0, 28000, 28000 },
        { "1750-2400/min", DIMENSION_FREQUENCY, 0, 29166, 40000 },
        { "0.001Hz", DIMENSION_FREQUENCY, 0, 1, 1 },
        { "12mA", DIMENSION_CURRENT, 0, 12000, 12000 },
        { "500uA", DIMENSION_CURRENT, 0, 500, 500 },
        { "70%", DIMENSION_RATIO, 0, 700, 700 },
        { "0.5%", DIMENSION_RATIO, 0, 5, 5 },
        { "0.05%", DIMENSION_RATIO, 0, 0, 0 }, /* cut, never rounded up */
        { "25cm2", DIMENSION_AREA, 0, 2500, 2500 },
        { "999999999h", DIMENSION_TIME, 0, INT64_C(999999999) * 3600000000,
                INT64_C(999999999) * 3600000000 },
        { "33-28Hz", DIMENSION_FREQUENCY, -EBADMSG, 0, 0 },
        { "1234567890s", DIMENSION_TIME, -ERANGE, 0, 0 },
        { "30", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "30-40", DIMENSION_FREQUENCY, -EINVAL, 0, 0 },
        { "30Hz", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "30s", DIMENSION_FREQUENCY, -EINVAL, 0, 0 },
        { "-30s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "+30s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "3e1s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "0x10s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "nans", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "infHz", DIMENSION_FREQUENCY, -EINVAL, 0, 0 },
        { "1,5s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { ".5s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "5.s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "1.0001s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "30S", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "30s ", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "30s30s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "1-2-3s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "s", DIMENSION_TIME, -EINVAL, 0, 0 },
        { "\xc2\xb5s", DIMENSION_TIME, -EINVAL, 0, 0 },
};

static void values_with_units_are_read(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
                struct quantity_range range = { -1, -1 };
                int r = quantity_parse_range(values[i].text, values[i].dimension, &range);

                if (r != values[i].result)
                        fail_msg("'%s' is %d", values[i].text, r);
                assert_int_equal(range.min, r < 0 ? -1 : values[i].min);
                assert_int_equal(range.max, r < 0 ? -1 : values[i].max);
        }
}

static void a_range_is_no_single_value(void **state) {
        int64_t value = -1;

        assert_int_equal(quantity_parse("28-33Hz", DIMENSION_FREQUENCY, &value), -EINVAL);
        assert_int_equal(quantity_parse("28-28Hz", DIMENSION_FREQUENCY, &value), -EINVAL);
        assert_int_equal(value, -1);
        assert_int_equal(quantity_parse("28Hz", DIMENSION_FREQUENCY, &value), 0);
        assert_int_equal(value, 28000);
}

static void values_are_written_in_a_readable_unit(void **state) {
        static const struct {
                enum dimension dimension;
                int64_t value;
                const char *text;
        } cases[] = {
                { DIMENSION_TIME, 30000000, "30s" },
                { DIMENSION_TIME, 1000000, "1s" },
                { DIMENSION_TIME, 60000000, "1min" },
                { DIMENSION_TIME, 90000000, "90s" },
                { DIMENSION_TIME, 3660000000, "61min" },
                { DIMENSION_TIME, 7200000000, "2h" },
                { DIMENSION_TIME, 250, "250us" },
                { DIMENSION_TIME, 1500000, "1.5s" },
                { DIMENSION_TIME, 500000, "500ms" },
                { DIMENSION_FREQUENCY, 29166, "29.166Hz" },
                { DIMENSION_FREQUENCY, 8000, "8Hz" },
                { DIMENSION_CURRENT, 12000, "12mA" },
                { DIMENSION_CURRENT, 500, "500uA" },
                { DIMENSION_RATIO, 600, "60%" },
                { DIMENSION_RATIO, 5, "0.5%" },
                { DIMENSION_AREA, 2500, "25cm2" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[QUANTITY_TEXT_MAX];

                assert_string_equal(
                        quantity_format(text, cases[i].dimension, cases[i].value), cases[i].text);
        }
}

/* Both ends can be read back exactly: what a message says is allowed must be allowed. */
static void ranges_are_written_so_that_both_ends_are_true(void **state) {
        static const struct {
                enum dimension dimension;
                struct quantity_range range;
                const char *text;
        } cases[] = {
                { DIMENSION_TIME, { 1000000, 180000000 }, "1-180s" },
                { DIMENSION_TIME, { 1000000, 300000000 }, "1-300s" },
                { DIMENSION_TIME, { 0, 60000000 }, "0-1min" },
                { DIMENSION_TIME, { 50, 400 }, "50-400us" },
                { DIMENSION_TIME, { 1000000, 12000000 }, "1-12s" },
                { DIMENSION_FREQUENCY, { 17000, 40000 }, "17-40Hz" },
                { DIMENSION_RATIO, { 10, 1000 }, "1-100%" },
                { DIMENSION_AREA, { 400, 20000 }, "4-200cm2" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[QUANTITY_TEXT_MAX];
                struct quantity_range range;

                assert_string_equal(
                        quantity_format_range(text, cases[i].dimension, &cases[i].range), cases[i].text);
                assert_int_equal(quantity_parse_range(text, cases[i].dimension, &range), 0);
                assert_int_equal(range.min, cases[i].range.min);
                assert_int_equal(range.max, cases[i].range.max);
        }
}

/* A value that is written and read again is never more than it was, and the same when three decimals can say it. */
static void writing_and_reading_never_raises(void **state) {
        for (int d = 0; d < _DIMENSION_MAX; d++)
                for (int64_t value = 0; value < INT64_C(90000000000); value = value * 17 / 16 + 1) {
                        char text[QUANTITY_TEXT_MAX];
                        int64_t read;

                        (void) quantity_format(text, (enum dimension) d, value);
                        if (quantity_parse(text, (enum dimension) d, &read) == -ERANGE)
                                continue;
                        assert_int_equal(quantity_parse(text, (enum dimension) d, &read), 0);
                        assert_true(read <= value);
                        assert_true(value - read <= value / 1000);
                }
}

static void every_dimension_has_an_example_that_can_be_read(void **state) {
        for (int d = 0; d < _DIMENSION_MAX; d++) {
                struct quantity_range range;

                assert_int_equal(quantity_parse_range(
                                         dimension_example((enum dimension) d), (enum dimension) d, &range),
                        0);
                assert_true(strlen(dimension_units((enum dimension) d)) > 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_with_units_are_read),
                cmocka_unit_test(a_range_is_no_single_value),
                cmocka_unit_test(values_are_written_in_a_readable_unit),
                cmocka_unit_test(ranges_are_written_so_that_both_ends_are_true),
                cmocka_unit_test(writing_and_reading_never_raises),
                cmocka_unit_test(every_dimension_has_an_example_that_can_be_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
