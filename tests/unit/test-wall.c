/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A time of day goes into a file and comes back; what is no time is none. */

#include "lib/wall.h"
#include "tests/test.h"

#define SECOND UINT64_C(1000000)
#define THEN (UINT64_C(1795244700) * SECOND) /* 2026-11-21 07:05 UTC, by date(1) */

static void what_was_written_is_read(void **state) {
        char text[WALL_TEXT_MAX];
        uint64_t back = 0;

        assert_string_equal(wall_format(text, THEN), "2026-11-21T07:05:00Z");
        assert_int_equal(wall_parse(text, &back), 0);
        assert_int_equal(back, THEN);
        /* To the second, downward. */
        assert_string_equal(wall_format(text, THEN + SECOND - 1), "2026-11-21T07:05:00Z");
        assert_int_equal(wall_parse("2028-02-29T23:59:59Z", &back), 0);
        assert_string_equal(wall_format(text, back), "2028-02-29T23:59:59Z");
}

static void what_is_no_time_is_refused(void **state) {
        static const char *const bad[] = { "", "yesterday", "2026-11-21", "2026-11-21 07:05:00",
                "2026-11-21T07:05:00", "2026-11-21T07:05:00Z ", " 2026-11-21T07:05:00Z",
                "2026-02-30T07:05:00Z", "2026-13-01T07:05:00Z", "2026-11-21T25:05:00Z", "2026-1-1T07:05:00Z",
                "1969-12-31T23:59:59Z", "2026-11-21T07:05:00+01:00", "99999-11-21T07:05:00Z" };
        uint64_t back = 7;

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                if (wall_parse(bad[i], &back) != -EINVAL)
                        fail_msg("\"%s\" was taken", bad[i]);
        assert_int_equal(back, 7);
}

static void now_is_after_this_was_written(void **state) {
        assert_true(wall_now() > UINT64_C(1700000000) * SECOND);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_written_is_read),
                cmocka_unit_test(what_is_no_time_is_refused),
                cmocka_unit_test(now_is_after_this_was_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
