/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/report/chart-text.h"
#include "cli/report/chart-words.h"
#include "cli/term/text.h"
#include "tests/unit/history-events.h"

#define MSEC USEC_PER_MSEC

static struct session_chart *chart_of(const struct history_infos *infos) {
        struct session_chart *chart = NULL;

        assert_int_equal(session_chart_new(infos, infos->sessions, NULL, &chart), 0);
        return chart;
}

static void expect_point(
        const struct chart_channel *c, size_t i, uint64_t msec, int64_t asked, int64_t given) {
        assert_true(i < c->n_points);
        assert_int_equal(c->points[i].at, msec * MSEC);
        assert_int_equal(c->points[i].asked, asked);
        assert_int_equal(c->points[i].given, given);
}

/* A gun of 28 Hz for 20 s on the calf, then a stretch; then the end. */
static void add_plain(struct history_infos *infos) {
        add_session(infos, 3);
        add_event(infos, 0, "session-started", "", "");
        add_event(infos, 1000, "armed", "", "");
        add_step(infos, 1000, "Calf", "percussion", "calf", 20);
        add_setpoint(infos, 6000, GUN, "Hz", 28000, 17000, "slew");
        add_setpoint(infos, 8000, GUN, "Hz", 28000, 22000, "slew");
        add_setpoint(infos, 10000, GUN, "Hz", 28000, 28000, "none");
        add_dose(infos, 26000, "percussion", "calf", 20000);
        add_step(infos, 26000, "Stretch", "", "calf", 30);
        add_event(infos, 56000, "session-ended", "", "completed");
}

/* The record says nothing when a step ends; its output does all the same. */
static void test_levels_end_with_their_step(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;

        add_plain(&infos);
        chart = chart_of(&infos);
        assert_true(chart->ended);
        assert_int_equal(chart->length, 56000 * MSEC);
        assert_int_equal(chart->n_channels, 1);
        assert_string_equal(chart->channels[0].unit, "Hz");
        assert_int_equal(chart->channels[0].n_points, 4);
        expect_point(&chart->channels[0], 0, 6000, 28000, 17000);
        expect_point(&chart->channels[0], 2, 10000, 28000, 28000);
        expect_point(&chart->channels[0], 3, 26000, 0, 0);
        assert_int_equal(chart->channels[0].on_usec, 20000 * MSEC);
        assert_int_equal(chart->n_steps, 2);
        assert_int_equal(chart->steps[0].until, 26000 * MSEC);
        assert_int_equal(chart->steps[0].highest_given, 28000);
        assert_int_equal(chart->steps[0].on_usec, 20000 * MSEC);
        assert_string_equal(chart->steps[0].unit, "Hz");
        assert_int_equal(chart->steps[1].highest_given, 0);
        assert_int_equal(chart->n_zones, 1);
        assert_string_equal(chart->zones[0].zone, "calf");
        assert_int_equal(chart->zones[0].on_usec, 20000 * MSEC);
        assert_int_equal(chart->zones[0].highest_given, 28000);
}

static void test_highest_in_a_span(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;
        int64_t asked, given;

        add_plain(&infos);
        chart = chart_of(&infos);
        chart_channel_highest(chart->channels, 0, 6000 * MSEC, &asked, &given);
        assert_true(asked == 0 && given == 0);
        chart_channel_highest(chart->channels, 7000 * MSEC, 7001 * MSEC, &asked, &given);
        assert_true(asked == 28000 && given == 17000);
        chart_channel_highest(chart->channels, 7000 * MSEC, 10001 * MSEC, &asked, &given);
        assert_true(asked == 28000 && given == 28000);
        chart_channel_highest(chart->channels, 26000 * MSEC, 56000 * MSEC, &asked, &given);
        assert_true(asked == 0 && given == 0);
}

/* Pads that go on while the gun works elsewhere: each has its own step, and the pads end when their time is over. */
static void test_what_goes_on_in_the_background(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;

        add_session(&infos, 3);
        add_step(&infos, 0, "Pads", "estim", "calf", 10);
        add_step(&infos, 0, "Gun", "percussion", "quads", 5);
        add_setpoint(&infos, 100, PADS, "mA", 8000, 2000, "slew");
        add_setpoint(&infos, 100, GUN, "Hz", 28000, 28000, "none");
        add_setpoint(&infos, 4000, PADS, "mA", 8000, 8000, "none");
        add_step(&infos, 5100, "Stretch", "", "quads", 20);
        add_event(&infos, 25100, "session-ended", "", "completed");
        chart = chart_of(&infos);
        assert_int_equal(chart->n_channels, 2);
        expect_point(&chart->channels[1], 1, 5100, 0, 0);
        expect_point(&chart->channels[0], 2, 10100, 0, 0);
        assert_int_equal(chart->channels[0].n_points, 3);
        assert_int_equal(chart->steps[0].highest_given, 8000);
        assert_int_equal(chart->steps[0].until, 10100 * MSEC);
        assert_int_equal(chart->steps[1].highest_given, 28000);
        assert_string_equal(chart->zones[0].zone, "calf");
        assert_string_equal(chart->zones[0].unit, "mA");
        /* No dose was counted: what was drawn stands in. */
        assert_int_equal(chart->zones[0].on_usec, 10000 * MSEC);
}

static void test_pause_takes_to_zero_and_does_not_use_up_the_step(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;
        char words[CHART_WORDS_MAX];

        add_session(&infos, 3);
        add_step(&infos, 0, "Gun", "percussion", "quads", 10);
        add_setpoint(&infos, 0, GUN, "Hz", 28000, 28000, "none");
        add_event(&infos, 4000, "paused", "", "lease-lost");
        add_event(&infos, 34000, "armed", "", "");
        add_setpoint(&infos, 34000, GUN, "Hz", 28000, 28000, "none");
        add_event(&infos, 45000, "session-ended", "", "completed");
        chart = chart_of(&infos);
        assert_int_equal(chart->channels[0].n_points, 4);
        expect_point(&chart->channels[0], 1, 4000, 0, 0);
        expect_point(&chart->channels[0], 3, 40000, 0, 0);
        assert_int_equal(chart->channels[0].on_usec, 10000 * MSEC);
        assert_int_equal(chart->n_notes, 2);
        assert_int_equal(chart->notes[0].kind, CHART_PAUSE);
        assert_int_equal(chart->notes[0].at, 4000 * MSEC);
        assert_int_equal(chart->notes[0].until, 34000 * MSEC);
        assert_string_equal(chart_note_words(words, &chart->notes[0]),
                "the program that held it was not heard from in time");
        assert_int_equal(chart->notes[1].kind, CHART_END);
}

static void test_a_stop_is_of_one_device_or_of_all(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;

        add_session(&infos, 3);
        add_setpoint(&infos, 0, GUN, "Hz", 28000, 28000, "none");
        add_setpoint(&infos, 0, PADS, "mA", 8000, 8000, "none");
        add_event(&infos, 1000, "stop", "", "")->device = text_of(GUN);
        add_event(&infos, 2000, "stop", "", "");
        chart = chart_of(&infos);
        expect_point(&chart->channels[0], 1, 1000, 0, 0);
        expect_point(&chart->channels[1], 1, 2000, 0, 0);
}

static void test_limits_add_up(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;

        add_session(&infos, 3);
        add_setpoint(&infos, 1000, GUN, "Hz", 30000, 20000, "slew");
        add_setpoint(&infos, 2000, GUN, "Hz", 30000, 24000, "device");
        add_setpoint(&infos, 5000, GUN, "Hz", 30000, 23000, "device");
        add_setpoint(&infos, 6000, GUN, "Hz", 30000, 29990, "step"); /* cannot be seen */
        add_setpoint(&infos, 7000, GUN, "Hz", 30000, 28000, "step"); /* can */
        add_setpoint(&infos, 8000, GUN, "Hz", 30000, 24000, "device");
        add_event(&infos, 9000, "session-ended", "", "stopped");
        chart = chart_of(&infos);
        assert_int_equal(chart->n_limits, 4);
        assert_int_equal(chart->limits[1].from, 2000 * MSEC);
        assert_int_equal(chart->limits[1].until, 6000 * MSEC);
        assert_int_equal(chart->limits[1].given, 23000);
        assert_int_equal(chart->n_sums, 3);
        assert_string_equal(chart->sums[0].limit.rule, "device");
        assert_int_equal(chart->sums[0].times, 2);
        assert_int_equal(chart->sums[0].usec, 5000 * MSEC);
        assert_int_equal(chart->sums[0].limit.from, 2000 * MSEC);
        assert_int_equal(chart->sums[0].limit.until, 9000 * MSEC);
        assert_int_equal(chart->sums[0].limit.given, 23000);
        assert_false(chart_rule_is_ordinary(chart->sums[0].limit.rule));
        /* Every rise is slow, every level is rounded: the least worth reading. */
        assert_string_equal(chart->sums[1].limit.rule, "slew");
        assert_string_equal(chart->sums[2].limit.rule, "step");
        assert_true(chart_rule_is_ordinary(chart->sums[2].limit.rule));
}

/* The score is a number now, and was a text before. */
static void test_discomfort(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;

        add_session(&infos, 3);
        add_event(&infos, 1000, "discomfort", "", "6 sharp");
        add_event(&infos, 2000, "discomfort", "asked", "burning")->given = 7;
        add_event(&infos, 3000, "discomfort", "unasked", "")->given = 10;
        add_event(&infos, 4000, "discomfort", "asked", "")->given = 11; /* there is none */
        add_event(&infos, 5000, "session-ended", "", "stopped");
        add_event(&infos, 60000000, "discomfort", "morning", "")->given = 2;
        chart = chart_of(&infos);
        assert_int_equal(chart->n_says, 4);
        assert_int_equal(chart->says[0].score, 6);
        assert_string_equal(chart->says[0].words, "sharp");
        assert_int_equal(chart->says[1].score, 7);
        assert_string_equal(chart->says[1].words, "burning");
        assert_string_equal(chart_occasion_words(chart->says[1].occasion), "when asked");
        assert_int_equal(session_chart_worst(chart), 10);
        /* The next morning is no part of the chart. */
        assert_int_equal(chart->length, 5000 * MSEC);
        assert_true(chart_say_is_within(chart, &chart->says[2]));
        assert_false(chart_say_is_within(chart, &chart->says[3]));
}

static void test_questions(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;

        add_session(&infos, 3);
        add_event(&infos, 1000, "answer", "", "to nothing");
        add_event(&infos, 1000, "prompt", "", "Ready?");
        add_event(&infos, 4000, "answer", "", "go");
        add_event(&infos, 5000, "prompt", "", "still there?");
        add_event(&infos, 5000, "prompt", "discomfort", "How much?");
        add_event(&infos, 5500, "discomfort", "unasked", "")->given = 5;
        add_event(&infos, 6000, "discomfort", "asked", "")->given = 3;
        add_event(&infos, 6000, "prompt", "offer", "One level more?");
        add_event(&infos, 6000, "prompt", "discomfort", "How much?");
        add_event(&infos, 7000, "answer", "offer", "no");
        chart = chart_of(&infos);
        assert_int_equal(chart->n_questions, 5);
        /* A number that was asked for is the answer to what asks for one, and only that. */
        assert_int_equal(chart->questions[2].score, 3);
        assert_int_equal(chart->questions[2].answered_at, 6000 * MSEC);
        assert_string_equal(chart->questions[3].answer, "no");
        assert_int_equal(chart->questions[4].score, -1);
        assert_int_equal(chart->questions[4].answered_at, 0);
        assert_string_equal(chart->questions[0].answer, "go");
        assert_int_equal(chart->questions[0].answered_at, 4000 * MSEC);
        assert_string_equal(chart->questions[1].text, "still there?");
        assert_string_equal(chart->questions[1].answer, "");
}

/* Found days later by the next daemon: that is not when it ended, and what the body had counts as the more. */
static void test_a_session_without_an_end(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;

        add_session(&infos, 3);
        add_step(&infos, 0, "Gun", "percussion", "quads", 100);
        add_setpoint(&infos, 0, GUN, "Hz", 28000, 28000, "none");
        add_dose(&infos, 5000, "percussion", "quads", 5000);
        add_event(&infos, 30000, "alert", "left-on", "it may be on");
        add_event(&infos, 86400000, "abandoned", "", "daemon-died");
        chart = chart_of(&infos);
        assert_false(chart->ended);
        assert_int_equal(chart->length, 30000 * MSEC);
        assert_int_equal(chart->zones[0].on_usec, 30000 * MSEC);
        assert_int_equal(chart->notes[1].kind, CHART_END);
}

/* Times that go back, kinds of a newer daemon, keys that are missing, levels below zero. */
static void test_nonsense_is_harmless(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL, *empty = NULL;
        struct history_event_info *e;

        add_session(&infos, 3);
        empty = chart_of(&infos);
        assert_int_equal(empty->length, USEC_PER_SEC);
        assert_int_equal(session_chart_worst(empty), -1);

        add_setpoint(&infos, 9000, GUN, NULL, 28000, 28000, "none");
        add_setpoint(&infos, 3000, GUN, NULL, -5, -28000, "none");
        add_event(&infos, 4000, "dreamt", "", "of sheep");
        e = array_grow(&infos.events, &infos.n_events, sizeof(*e));
        e->kind = text_of("setpoint");
        e = array_grow(&infos.events, &infos.n_events, sizeof(*e));
        e->kind = text_of("step");
        e = array_grow(&infos.events, &infos.n_events, sizeof(*e));
        e->kind = text_of("discomfort");
        (void) array_grow(&infos.events, &infos.n_events, sizeof(*e));
        chart = chart_of(&infos);
        expect_point(&chart->channels[0], 0, 9000, 28000, 28000);
        expect_point(&chart->channels[0], 1, 9000, 0, 0);
        assert_int_equal(chart->length, 9000 * MSEC);
}

static char *print(const struct history_infos *infos, unsigned columns) {
        _cleanup_(session_chart_freep) struct session_chart *chart = chart_of(infos);
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        assert_int_equal(chart_print(chart, NULL, f, columns, false), 0);
        fclose(f);
        return text;
}

static void add_drawn(struct history_infos *infos) {
        add_session(infos, 3);
        add_step(infos, 0, "Gun", "percussion", "quads", 40);
        add_setpoint(infos, 0, GUN, "Hz", 32000, 8000, "slew");
        add_setpoint(infos, 10000, GUN, "Hz", 32000, 20000, "person");
        add_event(infos, 12000, "discomfort", "", "3");
        add_event(infos, 13000, "discomfort", "", "10 sharp");
        add_event(infos, 20000, "paused", "", "paused");
        add_event(infos, 30000, "armed", "", "");
        add_setpoint(infos, 30000, GUN, "Hz", 32000, 100, "slew");
        add_event(infos, 37000, "discomfort", "", "10");
        add_event(infos, 39000, "discomfort", "", "3");
        add_event(infos, 40000, "session-ended", "", "stopped");
}

static void test_drawn(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_free_ char *text = NULL, *ascii = NULL;

        add_drawn(&infos);
        text = print(&infos, 30);
        assert_string_equal(text, GUN ", motor\n"
                                      "on for 30 s, at most 20 Hz of…\n"
                                      "   32 Hz │░░░░░░░░░░     ░░░░░\n"
                                      "         │░░░░░▄▄▄▄▄     ░░░░░\n"
                                      "         │░░░░░█████     ░░░░░\n"
                                      "       0 │██████████     ▁▁▁▁▁\n" /* a little is not nothing */
                                      "    hurt │      10!         10\n" /* no room for a 3 beside either */
                                      "         │          ======\n"
                                      "          = paused\n"
                                      "         └0:00           0:30\n"
                                      "\n"
                                      "Limit…  On      Times  When       Together  Asked   Given\n"
                                      "a cap…  C0:FF…      1  0:10–0:20      10 s  32 Hz   20 Hz\n"
                                      "still…  C0:FF…      2  0:00–0:40      20 s  32 Hz  0.1 Hz\n");
        text_set_utf8(false);
        ascii = print(&infos, 30);
        text_set_utf8(true);
        assert_non_null(strstr(ascii, "   32 Hz |..........     .....\n"
                                      "         |.....#####     .....\n"
                                      "         |.....#####     .....\n"
                                      "       0 |##########     #####\n"));
        for (const char *c = ascii; *c; c++)
                assert_true(*c > 0);
}

static int by_time(const void *a, const void *b) {
        uint64_t x = ((const struct history_event_info *) a)->at,
                 y = ((const struct history_event_info *) b)->at;

        return (x > y) - (x < y);
}

/* Numbers that run into each other would be numbers that nobody said. */
static void expect_numbers(const char *text) {
        _cleanup_free_ char *line = strdup(strstr(text, "hurt │") + strlen("hurt │"));
        unsigned n = 0;

        line[strcspn(line, "\n")] = '\0';
        for (char *word = strtok(line, " "); word; word = strtok(NULL, " "), n++)
                assert_true(
                        streq(word, "10") || streq(word, "10!") || streq(word, "9!") || streq(word, "3"));
        assert_in_range(n, 1, 43);
}

/* Whatever the width, nothing is wider. */
static void test_drawn_at_any_width(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};

        add_drawn(&infos);
        for (unsigned second = 1; second < 40; second++)
                add_event(&infos, second * 1000, "discomfort", "", second % 3 ? "10" : "9 numb");
        qsort(infos.events, infos.n_events, sizeof(*infos.events), by_time);
        for (unsigned columns = 1; columns < 300; columns += 7) {
                _cleanup_free_ char *text = print(&infos, columns);
                char *limits = strstr(text, "\nLimit");

                assert_non_null(limits);
                *limits = '\0'; /* the table has columns that are never cut */
                expect_numbers(text);
                for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                        assert_true(text_width(line) <= MAX(columns, 26U));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_levels_end_with_their_step),
                cmocka_unit_test(test_highest_in_a_span),
                cmocka_unit_test(test_what_goes_on_in_the_background),
                cmocka_unit_test(test_pause_takes_to_zero_and_does_not_use_up_the_step),
                cmocka_unit_test(test_a_stop_is_of_one_device_or_of_all),
                cmocka_unit_test(test_limits_add_up),
                cmocka_unit_test(test_discomfort),
                cmocka_unit_test(test_questions),
                cmocka_unit_test(test_a_session_without_an_end),
                cmocka_unit_test(test_nonsense_is_harmless),
                cmocka_unit_test(test_drawn),
                cmocka_unit_test(test_drawn_at_any_width),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
