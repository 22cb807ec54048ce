/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "cli/term/since.h"
#include "lib/clock.h"

/* Rules in place of names, so that no time zone database is wanted. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define CAIRO "EET-2EEST,M4.5.5/0,M10.5.4/24" /* the last Friday of April has no midnight */
#define DUBLIN "IST-1GMT0,M10.5.0,M3.5.0/1"   /* what is not standard there is the winter */
#define NEWFOUNDLAND "NST3:30NDT,M3.2.0,M11.1.0"

struct expectation {
        const char *zone, *now, *text, *moment; /* now and moment in UTC */
};

static uint64_t usec_of(const char *utc) {
        struct tm tm = {};

        assert_int_equal(sscanf(utc, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                                 &tm.tm_min, &tm.tm_sec),
                6);
        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        return (uint64_t) timegm(&tm) * USEC_PER_SEC;
}

static void expect(const struct expectation *e) {
        uint64_t usec = 7;

        assert_int_equal(setenv("TZ", e->zone, 1), 0);
        if (since_parse(e->text, usec_of(e->now), &usec) != 0)
                fail_msg("\"%s\" in %s was not understood", e->text, e->zone);
        if (usec != usec_of(e->moment))
                fail_msg("\"%s\" in %s: %llu s beside %s", e->text, e->zone,
                        (unsigned long long) (usec / USEC_PER_SEC), e->moment);
}

static void expect_all(const struct expectation *e, size_t n) {
        for (size_t i = 0; i < n; i++)
                expect(&e[i]);
}

#define NOW "2026-11-21T11:00:30" /* noon in Berlin */

static void test_dates(void **state) {
        static const struct expectation cases[] = {
                { BERLIN, NOW, "2026-11-20", "2026-11-19T23:00:00" },
                { BERLIN, NOW, "2026-11-20 07:05", "2026-11-20T06:05:00" },
                { BERLIN, NOW, "2026-11-20 23:59", "2026-11-20T22:59:00" },
                { BERLIN, NOW, "2026-07-01 07:05", "2026-07-01T05:05:00" },
                { BERLIN, NOW, "2024-02-29", "2024-02-28T23:00:00" },
                { BERLIN, NOW, "2030-01-01", "2029-12-31T23:00:00" },
                { "UTC0", NOW, "2026-11-20", "2026-11-20T00:00:00" },
                { NEWFOUNDLAND, NOW, "2026-11-20 07:05", "2026-11-20T10:35:00" },
                { BERLIN, NOW, "today", "2026-11-20T23:00:00" },
                { BERLIN, NOW, "yesterday", "2026-11-19T23:00:00" },
                { BERLIN, "2026-01-01T00:00:00", "yesterday", "2025-12-30T23:00:00" },
                /* The same moment is still Friday there. */
                { NEWFOUNDLAND, "2026-11-21T03:00:00", "today", "2026-11-20T03:30:00" },
        };

        expect_all(cases, ARRAY_SIZE(cases));
}

static void test_spans(void **state) {
        static const struct expectation cases[] = {
                { BERLIN, NOW, "1h", "2026-11-21T10:00:30" },
                { BERLIN, NOW, "12h", "2026-11-20T23:00:30" },
                { BERLIN, NOW, "7d", "2026-11-14T11:00:30" },
                { BERLIN, NOW, "07d", "2026-11-14T11:00:30" },
                { BERLIN, NOW, "3w", "2026-10-31T11:00:30" },
                { BERLIN, NOW, "366d", "2025-11-20T11:00:30" },
                { BERLIN, NOW, "99999h", "2015-06-25T20:00:30" },
        };

        expect_all(cases, ARRAY_SIZE(cases));
}

static void test_clocks_put_back(void **state) {
        static const struct expectation cases[] = {
                /* 02:30 comes twice on that night; whoever asks for it must not miss the first one. */
                { BERLIN, NOW, "2026-10-25 02:30", "2026-10-25T00:30:00" },
                { BERLIN, NOW, "2026-10-25 02:00", "2026-10-25T00:00:00" },
                { BERLIN, NOW, "2026-10-25 03:00", "2026-10-25T02:00:00" },
                { DUBLIN, NOW, "2026-10-25 01:30", "2026-10-25T00:30:00" },
                /* A day of 25 hours. */
                { BERLIN, "2026-10-25T22:00:00", "today", "2026-10-24T22:00:00" },
                { BERLIN, "2026-10-25T22:00:00", "24h", "2026-10-24T22:00:00" },
                { BERLIN, "2026-10-25T22:00:00", "1d", "2026-10-24T21:00:00" },
                { BERLIN, NOW, "4w", "2026-10-24T10:00:30" },
                /* Now itself is the second 02:30. */
                { BERLIN, "2026-10-25T01:30:00", "1h", "2026-10-25T00:30:00" },
                { BERLIN, "2026-10-25T01:30:00", "today", "2026-10-24T22:00:00" },
        };

        expect_all(cases, ARRAY_SIZE(cases));
}

static void test_clocks_put_forward(void **state) {
        static const struct expectation cases[] = {
                { BERLIN, NOW, "2026-03-29 01:59", "2026-03-29T00:59:00" },
                /* There was none: from the moment the clocks went over it. */
                { BERLIN, NOW, "2026-03-29 02:00", "2026-03-29T01:00:00" },
                { BERLIN, NOW, "2026-03-29 02:30", "2026-03-29T01:00:00" },
                { BERLIN, NOW, "2026-03-29 02:59", "2026-03-29T01:00:00" },
                { BERLIN, NOW, "2026-03-29 03:00", "2026-03-29T01:00:00" },
                { BERLIN, NOW, "2026-03-29 03:01", "2026-03-29T01:01:00" },
                { BERLIN, "2026-03-30T00:30:00", "1d", "2026-03-29T01:00:00" },
                { BERLIN, "2026-03-30T00:30:00", "24h", "2026-03-29T00:30:00" },
                { BERLIN, "2026-03-29T10:00:00", "today", "2026-03-28T23:00:00" },
                { CAIRO, NOW, "2026-04-24", "2026-04-23T22:00:00" },
                { CAIRO, "2026-04-24T09:00:00", "today", "2026-04-23T22:00:00" },
                { CAIRO, "2026-04-25T09:00:00", "yesterday", "2026-04-23T22:00:00" },
                { CAIRO, NOW, "2026-04-23", "2026-04-22T22:00:00" },
        };

        expect_all(cases, ARRAY_SIZE(cases));
}

/* Samoa went over the date line on the evening of the 29th: its 30th never came. Only the database knows. */
static void test_day_left_out(void **state) {
        static const struct expectation cases[] = {
                { "Pacific/Apia", NOW, "2011-12-29", "2011-12-29T10:00:00" },
                { "Pacific/Apia", NOW, "2011-12-30", "2011-12-30T10:00:00" },
                { "Pacific/Apia", NOW, "2011-12-30 12:00", "2011-12-30T10:00:00" },
                { "Pacific/Apia", NOW, "2011-12-31", "2011-12-30T10:00:00" },
        };

        if (access("/usr/share/zoneinfo/Pacific/Apia", R_OK) < 0)
                skip();
        expect_all(cases, ARRAY_SIZE(cases));
}

/* What was before the epoch is from its beginning. */
static void test_beginning(void **state) {
        static const struct expectation cases[] = {
                { BERLIN, NOW, "1969-12-31", "1970-01-01T00:00:00" },
                { BERLIN, NOW, "1970-01-01", "1970-01-01T00:00:00" },
                { "UTC0", NOW, "1969-12-31 23:59", "1970-01-01T00:00:00" },
                { BERLIN, NOW, "0001-01-01", "1970-01-01T00:00:00" },
                { BERLIN, NOW, "99999w", "1970-01-01T00:00:00" },
                { BERLIN, "1970-01-01T01:00:00", "2h", "1970-01-01T00:00:00" },
                { BERLIN, "1970-01-01T01:00:00", "1h", "1970-01-01T00:00:00" },
        };

        expect_all(cases, ARRAY_SIZE(cases));
}

static void refuse(const char *text, int error) {
        uint64_t usec = 7;
        int r = since_parse(text, usec_of(NOW), &usec);

        if (r != error)
                fail_msg("\"%s\": %d", text, r);
        assert_int_equal(usec, 7);
}

static void test_nonsense(void **state) {
        static const char *const texts[] = { "", " ", "soon", "Today", " today", "today ", "todayx",
                "tomorrow", "7", "d", "h7", "-7d", "+7d", "0d", "00h", "7 d", "7m", "7D", "7dd", "7d7d",
                "1.5d", "0x7d", "123456d", "99999999999999999999999999d", "2026", "2026-11", "2026-1-5",
                "26-11-21", "2026/11/21", "21.11.2026", "2026-11-21 ", "2026-11-21T07:05", "2026-11-21 7:05",
                "2026-11-21  07:05", "2026-11-21 07:05:00", "2026-11-21 07", "-026-11-21", "2026-11-2x",
                "٧d" };
        static const char *const wrong_days[] = { "2026-02-29", "2026-02-30", "2026-00-10", "2026-13-01",
                "2026-11-31", "2026-11-00", "0000-00-00", "2026-11-21 24:00", "2026-11-21 07:60",
                "2026-02-30 07:05", "9999-99-99 99:99" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                refuse(texts[i], -EINVAL);
        for (size_t i = 0; i < ARRAY_SIZE(wrong_days); i++)
                refuse(wrong_days[i], -ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_dates),
                cmocka_unit_test(test_spans),
                cmocka_unit_test(test_clocks_put_back),
                cmocka_unit_test(test_clocks_put_forward),
                cmocka_unit_test(test_day_left_out),
                cmocka_unit_test(test_beginning),
                cmocka_unit_test(test_nonsense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
