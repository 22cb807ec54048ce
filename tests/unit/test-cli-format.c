/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "cli/term/canvas.h"
#include "cli/term/format.h"
#include "cli/term/text.h"
#include "lib/clock.h"

static int ascii_only(void **state) {
        text_set_utf8(false);
        return 0;
}

static int utf8_again(void **state) {
        text_set_utf8(true);
        return 0;
}

static void test_clock(void **state) {
        char b[FORMAT_MAX];

        assert_string_equal(format_clock(b, 0), "0:00");
        assert_string_equal(format_clock(b, 18999999), "0:18");
        assert_string_equal(format_clock(b, 725 * USEC_PER_SEC), "12:05");
        assert_string_equal(format_clock(b, 3723 * USEC_PER_SEC), "1:02:03");
        assert_string_equal(format_left(b, 0), "0:00");
        assert_string_equal(format_left(b, 1), "0:01");
        assert_string_equal(format_left(b, 18 * USEC_PER_SEC), "0:18");
        assert_string_equal(format_left(b, 18 * USEC_PER_SEC + 1), "0:19");
        assert_true(strlen(format_left(b, UINT64_MAX)) > 0);
}

static void test_duration(void **state) {
        char b[FORMAT_MAX];

        assert_string_equal(format_duration(b, 0), "0 s");
        assert_string_equal(format_duration(b, 45 * USEC_PER_SEC), "45 s");
        assert_string_equal(format_duration(b, 59 * USEC_PER_SEC + 700000), "1 min");
        assert_string_equal(format_duration(b, 90 * USEC_PER_SEC), "1 min 30 s");
        assert_string_equal(format_duration(b, 600 * USEC_PER_SEC), "10 min");
        assert_string_equal(format_duration(b, 3600 * USEC_PER_SEC), "1 h");
        assert_string_equal(format_duration(b, 3900 * USEC_PER_SEC), "1 h 5 min");
        assert_true(strlen(format_duration(b, UINT64_MAX)) > 0);
}

static void test_date_time(void **state) {
        uint64_t usec = 1795244700 * USEC_PER_SEC + 12345;
        char b[FORMAT_MAX];

        assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
        tzset();
        assert_string_equal(format_date_time(b, usec), "2026-11-21 08:05");
        assert_string_equal(format_timestamp(b, usec), "2026-11-21T07:05:00.012345Z");
        assert_string_equal(format_date_time(b, usec - 153 * 86400 * USEC_PER_SEC), "2026-06-21 09:05");
        assert_string_equal(format_timestamp(b, 0), "1970-01-01T00:00:00.000000Z");
        assert_true(strlen(format_date_time(b, UINT64_MAX)) > 0);
        assert_true(strlen(format_timestamp(b, UINT64_MAX)) > 0);
}

static void test_offset(void **state) {
        uint64_t from = 1795244700 * USEC_PER_SEC;
        char b[FORMAT_MAX];

        assert_string_equal(format_offset(b, from, from), "00:00.000");
        assert_string_equal(format_offset(b, from + 999, from), "00:00.000");
        assert_string_equal(format_offset(b, from + 65250000, from), "01:05.250");
        assert_string_equal(format_offset(b, from + 3599999999, from), "59:59.999");
        assert_string_equal(format_offset(b, from + 3723 * USEC_PER_SEC, from), "1:02:03.000");
        assert_string_equal(format_offset(b, from - 10000, from), "-00:00.010");
        assert_true(strlen(format_offset(b, 0, UINT64_MAX)) > 0);
}

static void test_level(void **state) {
        char b[FORMAT_MAX];

        assert_string_equal(format_level(b, 28, "Hz"), "28 Hz");
        assert_string_equal(format_level(b, 12.5, "mA"), "12.5 mA");
        assert_string_equal(format_level(b, -0.01, "%"), "0 %");
        assert_string_equal(format_level(b, 3, ""), "3");
        assert_false(format_level_is_less(31.082, 31.083, "Hz"));
        assert_true(format_level_is_less(30.9, 31.083, "Hz"));
        assert_false(format_level_is_less(3, 3, "step"));
        assert_string_equal(format_level(b, 3, NULL), "3");
        assert_string_equal(format_level(b, 1, "step"), "1 step");
        assert_string_equal(format_level(b, 3.6, "step"), "3.6 steps");
        assert_string_equal(format_level(b, 0, "step"), "0 steps");
        assert_string_equal(format_level(b, NAN, "Hz"), "? Hz");
}

static void test_bar(void **state) {
        char b[64];

        assert_string_equal(format_bar(b, sizeof(b), 0, 4), "░░░░");
        assert_string_equal(format_bar(b, sizeof(b), 0.5, 4), "██░░");
        assert_string_equal(format_bar(b, sizeof(b), 0.625, 4), "██▌░");
        assert_string_equal(format_bar(b, sizeof(b), 1, 4), "████");
        assert_string_equal(format_bar(b, sizeof(b), 7, 4), "████");
        assert_string_equal(format_bar(b, sizeof(b), -1, 4), "░░░░");
        assert_string_equal(format_bar(b, sizeof(b), NAN, 4), "░░░░");
        /* What does not fit is left out whole, never cut in the middle of a character. */
        assert_string_equal(format_bar(b, 8, 1, 4), "██");
        for (unsigned i = 0; i <= 100; i++)
                assert_int_equal(text_width(format_bar(b, sizeof(b), i / 100.0, 13)), 13);
}

static void test_bar_ascii(void **state) {
        char b[64];

        assert_string_equal(format_bar(b, sizeof(b), 0.5, 4), "##..");
}

static void test_width(void **state) {
        assert_int_equal(text_width("calf"), 4);
        assert_int_equal(text_width("Fön"), 3);
        assert_int_equal(text_width("Fo\xcc\x88n"), 3); /* o and a combining mark */
        assert_int_equal(text_width("日本"), 4);
        assert_int_equal(text_width("💪"), 2);
        assert_int_equal(text_width(NULL), 0);
}

static void test_fit(void **state) {
        char b[64];

        assert_int_equal(text_fit("calf", 10, b, sizeof(b)), 4);
        assert_string_equal(b, "calf");
        assert_int_equal(text_fit("hamstrings", 5, b, sizeof(b)), 5);
        assert_string_equal(b, "hams…");
        assert_int_equal(text_fit("日本語", 4, b, sizeof(b)), 3);
        assert_string_equal(b, "日…");
        assert_int_equal(text_fit("calf", 1, b, sizeof(b)), 1);
        assert_string_equal(b, "…");
        assert_int_equal(text_fit("calf", 0, b, sizeof(b)), 0);
        assert_string_equal(b, "");
        (void) text_fit("日本語日本語", 12, b, 8);
        assert_true(strlen(b) < 8);
}

static void test_clean(void **state) {
        static const struct {
                const char *in, *out;
        } cases[] = {
                { "plain", "plain" },
                { "a\tb\nc", "a b c" },
                { "\x1b]0;x\x07", "?]0;x?" },
                { "\xff\xfe", "??" },
                { "\xc3", "?" },
                { "\xe0\x80\x9b", "???" }, /* an escape in too many bytes */
                { "\xe2\x80\xae"
                  "x",
                        "?x" }, /* right to left */
                { "Fön", "Fön" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *s = text_clean(cases[i].in);

                assert_string_equal(s, cases[i].out);
        }
}

static void test_clean_ascii(void **state) {
        _cleanup_free_ char *s = text_clean("Fön");

        assert_string_equal(s, "F?n");
}

static void add_line(const char *line, void *userdata) {
        strcat(userdata, line);
        strcat(userdata, "|");
}

static void test_fold(void **state) {
        char out[256] = "";

        text_fold("one two three", 7, add_line, out);
        assert_string_equal(out, "one two|three|");
        out[0] = '\0';
        text_fold("hamstrings", 4, add_line, out);
        assert_string_equal(out, "hams|trin|gs|");
        out[0] = '\0';
        text_fold("日本", 1, add_line, out);
        assert_string_equal(out, "日|本|");
        out[0] = '\0';
        text_fold("", 4, add_line, out);
        assert_string_equal(out, "");
}

static void test_canvas(void **state) {
        _cleanup_(canvas_freep) struct canvas *c = canvas_new(false);

        canvas_begin(c, 10, 3);
        canvas_text(c, STYLE_STRONG, "left");
        canvas_right(c, STYLE_PLAIN, "end");
        canvas_next(c);
        canvas_text(c, STYLE_PLAIN, "far too long");
        canvas_right(c, STYLE_PLAIN, "no room");
        canvas_next(c);
        canvas_next(c);
        canvas_text(c, STYLE_PLAIN, "below the screen");
        assert_string_equal(canvas_line(c, 0), "left   end");
        assert_string_equal(canvas_line(c, 1), "far too l…");
        assert_string_equal(canvas_line(c, 2), "");
        canvas_bottom(c, 2);
        canvas_text(c, STYLE_PLAIN, "keys");
        assert_string_equal(canvas_line(c, 1), "keys");
}

/* Only what changed is written, and nothing when nothing did. */
static void test_canvas_flush(void **state) {
        _cleanup_(canvas_freep) struct canvas *c = canvas_new(false);
        char out[128];
        int fds[2];
        ssize_t n;

        assert_int_equal(pipe(fds), 0);
        for (unsigned i = 0; i < 3; i++) {
                canvas_begin(c, 10, 2);
                canvas_text(c, STYLE_PLAIN, "same");
                canvas_next(c);
                canvas_text(c, STYLE_PLAIN, i < 2 ? "old" : "new");
                assert_int_equal(canvas_flush(c, fds[1]), 0);
                assert_int_equal(write(fds[1], "$", 1), 1);
                n = read(fds[0], out, sizeof(out) - 1);
                assert_true(n > 0);
                out[n] = '\0';
                assert_string_equal(out, i == 0   ? "\x1b[2J\x1b[1;1H\x1b[Ksame\x1b[2;1H\x1b[Kold$"
                                         : i == 1 ? "$"
                                                  : "\x1b[2;1H\x1b[Knew$");
        }
        close(fds[0]);
        close(fds[1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_clock),
                cmocka_unit_test(test_duration),
                cmocka_unit_test(test_date_time),
                cmocka_unit_test(test_offset),
                cmocka_unit_test(test_level),
                cmocka_unit_test(test_bar),
                cmocka_unit_test_setup_teardown(test_bar_ascii, ascii_only, utf8_again),
                cmocka_unit_test(test_width),
                cmocka_unit_test(test_fit),
                cmocka_unit_test(test_clean),
                cmocka_unit_test_setup_teardown(test_clean_ascii, ascii_only, utf8_again),
                cmocka_unit_test(test_fold),
                cmocka_unit_test(test_canvas),
                cmocka_unit_test(test_canvas_flush),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
