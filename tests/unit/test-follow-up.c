/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is asked after a session and the next morning, when, and what a bad morning does to the next time. */

#include <time.h>

#include "daemon/runner/follow-up.h"
#include "daemon/service/follow-up-history.h"
#include "tests/test.h"

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define ME 1000
#define MORNING_OF(t) follow_up_morning_after(t)

static uint64_t at(int month, int day, int hour, int minute) {
        struct tm tm = { .tm_year = 126,
                .tm_mon = month - 1,
                .tm_mday = day,
                .tm_hour = hour,
                .tm_min = minute,
                .tm_isdst = -1 };

        return (uint64_t) mktime(&tm) * USEC_PER_SEC;
}

static struct follow_up_part part(const char *zone, enum side side) {
        struct follow_up_part part = { zone_by_id(zone), side };

        assert_non_null(part.zone);
        return part;
}

static void treat(
        struct follow_ups *follow_ups, unsigned session, const char *zone, enum side side, uint64_t t) {
        struct follow_up_part p = part(zone, side);

        assert_int_equal(follow_ups_treated(follow_ups, ME, session, &p, t), 0);
        follow_ups_over(follow_ups, session);
}

static int setup(void **state) {
        assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
        tzset();
        return follow_ups_new((struct follow_ups **) state);
}

static int teardown(void **state) {
        follow_ups_free(*state);
        return 0;
}

static void a_morning_is_five_in_the_morning_five_hours_later_or_more(void **state) {
        const struct {
                uint64_t ended, morning;
        } cases[] = {
                { at(11, 20, 18, 0), at(11, 21, 5, 0) },
                { at(11, 20, 7, 0), at(11, 21, 5, 0) },
                { at(11, 20, 23, 59), at(11, 21, 5, 0) },
                { at(11, 21, 0, 0), at(11, 22, 5, 0) }, /* 5:00 is in the night still */
                { at(11, 21, 4, 30), at(11, 22, 5, 0) },
                { at(12, 31, 20, 0), at(12, 31, 20, 0) + 9 * HOUR },
                /* The clocks change in between: 5:00 is what the clock shows. */
                { at(10, 24, 22, 0), at(10, 25, 5, 0) },
                { at(3, 28, 22, 0), at(3, 29, 5, 0) },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(follow_up_morning_after(cases[i].ended), cases[i].morning);
        assert_int_equal(at(10, 25, 5, 0) - at(10, 24, 22, 0), 8 * HOUR);
        assert_int_equal(at(3, 29, 5, 0) - at(3, 28, 22, 0), 6 * HOUR);
}

static void questions_open_and_close(void **state) {
        struct follow_ups *follow_ups = *state;
        uint64_t ended = at(11, 20, 18, 0), morning = at(11, 21, 5, 0);
        const struct {
                uint64_t now;
                int occasion; /* -1: nothing */
        } cases[] = {
                { ended, FOLLOW_UP_END },
                { ended + 30 * MINUTE - 1, FOLLOW_UP_END },
                { ended + 30 * MINUTE, -1 },
                { morning - 1, -1 },
                { morning, FOLLOW_UP_MORNING },
                { morning + 14 * HOUR - 1, FOLLOW_UP_MORNING },
                { morning + 14 * HOUR, -1 },
        };
        struct follow_up_question q;

        treat(follow_ups, 7, "calf", SIDE_LEFT, ended);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                bool open = follow_ups_question(follow_ups, ME, cases[i].now, &q);

                assert_int_equal(open, cases[i].occasion >= 0);
                assert_false(follow_ups_question(follow_ups, ME + 1, cases[i].now, &q));
                if (!open)
                        continue;
                assert_int_equal(q.occasion, cases[i].occasion);
                assert_int_equal(q.session, 7);
                assert_string_equal(q.parts[0].zone->id, "calf");
        }
}

static void a_session_that_goes_on_is_not_asked_about(void **state) {
        struct follow_ups *follow_ups = *state;
        struct follow_up_part calf = part("calf", SIDE_LEFT);
        struct follow_up_question q;

        assert_int_equal(follow_ups_treated(follow_ups, ME, 7, &calf, HOUR), 0);
        assert_false(follow_ups_question(follow_ups, ME, HOUR + MINUTE, &q));
        follow_ups_over(follow_ups, 7);
        assert_true(follow_ups_question(follow_ups, ME, HOUR + MINUTE, &q));
}

static void a_session_without_output_is_not_asked_about(void **state) {
        struct follow_ups *follow_ups = *state;
        struct follow_up_question q;
        uid_t runner;

        assert_int_equal(follow_ups_said(follow_ups, ME, 7, FOLLOW_UP_BASELINE, 2, HOUR), 0);
        follow_ups_over(follow_ups, 7);
        assert_false(follow_ups_question(follow_ups, ME, HOUR, &q));
        assert_false(follow_ups_question(follow_ups, ME, MORNING_OF(HOUR), &q));
        assert_int_equal(follow_ups_next(follow_ups, HOUR, &runner), USEC_INFINITY);
}

static void an_answer_is_taken_once_and_only_to_what_is_asked(void **state) {
        struct follow_ups *follow_ups = *state;
        uint64_t ended = at(11, 20, 18, 0);
        struct follow_up_result result;

        treat(follow_ups, 7, "calf", SIDE_LEFT, ended);
        assert_int_equal(follow_ups_answer(follow_ups, ME, 7, FOLLOW_UP_END, 11, ended, &result), -EDOM);
        assert_int_equal(follow_ups_answer(follow_ups, ME, 6, FOLLOW_UP_END, 3, ended, &result), -ENOENT);
        assert_int_equal(
                follow_ups_answer(follow_ups, ME + 1, 7, FOLLOW_UP_END, 3, ended, &result), -ENOENT);
        assert_int_equal(
                follow_ups_answer(follow_ups, ME, 7, FOLLOW_UP_MORNING, 3, ended, &result), -ENOENT);
        assert_int_equal(
                follow_ups_answer(follow_ups, ME, 7, FOLLOW_UP_BASELINE, 3, ended, &result), -ENOENT);
        assert_int_equal(follow_ups_answer(follow_ups, ME, 7, FOLLOW_UP_END, 3, ended, &result), 0);
        assert_false(result.bad);
        assert_int_equal(follow_ups_answer(follow_ups, ME, 7, FOLLOW_UP_END, 3, ended, &result), -ENOENT);
}

/* The rule, just inside, at, and past it. */
static void a_bad_morning_is_five_or_more_than_two_above_before(void **state) {
        static const struct {
                unsigned before, score;
                bool bad;
        } cases[] = {
                { 0, 2, false },
                { 0, 3, true },
                { 1, 3, false },
                { 1, 4, true },
                { 2, 4, false },
                { 2, 5, true },
                { 3, 4, false },
                { 3, 5, true },
                { 6, 4, false },
                { 6, 5, true },
                { 6, 9, true },
                { DISCOMFORT_NONE, 2, false },
                { DISCOMFORT_NONE, 3, true },
        };
        uint64_t ended = at(11, 20, 18, 0);

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(follow_ups_freep) struct follow_ups *follow_ups = NULL;
                struct follow_up_result result = {};

                assert_int_equal(follow_ups_new(&follow_ups), 0);
                if (cases[i].before != DISCOMFORT_NONE)
                        assert_int_equal(follow_ups_said(follow_ups, ME, 7, FOLLOW_UP_BASELINE,
                                                 cases[i].before, ended - MINUTE),
                                0);
                treat(follow_ups, 7, "calf", SIDE_LEFT, ended);
                assert_int_equal(follow_ups_answer(follow_ups, ME, 7, FOLLOW_UP_MORNING, cases[i].score,
                                         MORNING_OF(ended), &result),
                        0);
                assert_int_equal(result.bad, cases[i].bad);
                assert_int_equal(
                        follow_ups_lowered(follow_ups, ME, zone_by_id("calf"), SIDE_LEFT), cases[i].bad);
        }
}

static void every_bad_morning_lowers_a_good_one_gives_back(void **state) {
        static const struct {
                unsigned score, lowered;
        } mornings[] = { { 5, 1 }, { 7, 2 }, { 5, 3 }, { 5, 3 }, { 1, 0 }, { 1, 0 }, { 6, 1 } };
        struct follow_ups *follow_ups = *state;
        struct follow_up_result result;

        for (unsigned i = 0; i < ARRAY_SIZE(mornings); i++) {
                uint64_t ended = at(11, 1 + (int) i, 18, 0);

                treat(follow_ups, i + 1, "calf", SIDE_LEFT, ended);
                assert_int_equal(follow_ups_answer(follow_ups, ME, i + 1, FOLLOW_UP_MORNING,
                                         mornings[i].score, MORNING_OF(ended), &result),
                        0);
                assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("calf"), SIDE_LEFT),
                        mornings[i].lowered);
        }
        assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("calf"), SIDE_RIGHT), 0);
        assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("calf"), SIDE_BOTH), 1);
        assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("quads"), SIDE_LEFT), 0);
        assert_int_equal(follow_ups_lowered(follow_ups, ME + 1, zone_by_id("calf"), SIDE_LEFT), 0);
}

static void one_morning_stands_for_all_sessions_of_the_day(void **state) {
        struct follow_ups *follow_ups = *state;
        uint64_t noon = at(11, 20, 12, 0), evening = at(11, 20, 20, 0), morning = MORNING_OF(evening);
        struct follow_up_result result;
        struct follow_up_question q;

        treat(follow_ups, 7, "calf", SIDE_LEFT, noon);
        treat(follow_ups, 7, "calf", SIDE_RIGHT, noon);
        treat(follow_ups, 8, "quads", SIDE_BOTH, evening);
        treat(follow_ups, 8, "calf", SIDE_LEFT, evening);
        assert_true(follow_ups_question(follow_ups, ME, morning, &q));
        assert_int_equal(q.session, 8);
        assert_int_equal(q.n_parts, 3);
        assert_int_equal(follow_ups_answer(follow_ups, ME, 8, FOLLOW_UP_MORNING, 6, morning, &result), 0);
        assert_int_equal(result.n_sessions, 2);
        assert_int_equal(result.n_parts, 3);
        assert_false(follow_ups_question(follow_ups, ME, morning, &q));
        assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("quads"), SIDE_LEFT), 1);
}

static void the_next_question_is_known(void **state) {
        struct follow_ups *follow_ups = *state;
        uint64_t ended = at(11, 20, 18, 0);
        struct follow_up_result result;
        uid_t runner = 0;

        treat(follow_ups, 7, "calf", SIDE_LEFT, ended);
        assert_int_equal(follow_ups_next(follow_ups, ended, &runner), MORNING_OF(ended));
        assert_int_equal(runner, ME);
        assert_int_equal(follow_ups_next(follow_ups, MORNING_OF(ended), &runner), USEC_INFINITY);
        assert_int_equal(
                follow_ups_answer(follow_ups, ME, 7, FOLLOW_UP_MORNING, 1, MORNING_OF(ended), &result), 0);
        assert_int_equal(follow_ups_next(follow_ups, ended, &runner), USEC_INFINITY);
}

/* --- after a restart --- */

static void keep(struct history *history, uint64_t t, struct record_entry entry) {
        struct history_event event = { .at_usec = t, .entry = entry };

        event.entry.runner = ME;
        assert_int_equal(history_append(history, &event, 1), 0);
}

static void a_restart_forgets_neither_question_nor_answer(void **state) {
        char directory[] = "/tmp/limber-follow_ups-XXXXXX", path[64];
        _cleanup_(history_freep) struct history *history = NULL;
        _cleanup_(timeline_freep) struct timeline *timeline = NULL;
        uint64_t ended = at(11, 20, 18, 0);
        const struct timeline_now now = { ended + MINUTE, true, MINUTE, "this" };
        struct follow_ups *follow_ups = *state;
        struct follow_up_question q;
        char *sentence = NULL;

        assert_non_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/history.db", directory);
        assert_int_equal(history_open(path, &history, &sentence), 0);
        keep(history, ended - 80 * DAY,
                (struct record_entry){ RECORD_TARGET, .zone = "quads", .side = "left", .given = 2 });
        keep(history, ended - 91 * DAY,
                (struct record_entry){ RECORD_TARGET, .zone = "glutes", .side = "left", .given = 2 });
        keep(history, ended - MINUTE,
                (struct record_entry){ RECORD_DISCOMFORT, .session = 7, .given = 2, .reason = "baseline" });
        keep(history, ended,
                (struct record_entry){ RECORD_DOSE, .session = 7, .feature = "percussion", .zone = "calf",
                        .side = "left", .given = (int64_t) MINUTE });
        keep(history, ended,
                (struct record_entry){ RECORD_DISCOMFORT, .session = 7, .given = 3, .reason = "end" });
        /* No treatment: nobody is asked how it was. */
        keep(history, ended,
                (struct record_entry){ RECORD_DOSE, .session = 8, .feature = "estim", .zone = "calf",
                        .side = "left", .given = (int64_t) MINUTE, .reason = "calibration" });
        /* Nonsense. */
        keep(history, ended,
                (struct record_entry){ RECORD_TARGET, .zone = "tail", .side = "left", .given = 3 });
        keep(history, ended,
                (struct record_entry){ RECORD_TARGET, .zone = "calf", .side = "left", .given = -3 });
        keep(history, ended,
                (struct record_entry){ RECORD_DISCOMFORT, .session = 7, .given = 99, .reason = "morning" });

        assert_int_equal(timeline_new(history, &now, &timeline), 0);
        assert_int_equal(follow_ups_load(follow_ups, history, timeline, ended + MINUTE), 0);
        assert_false(follow_ups_question(follow_ups, ME, ended + MINUTE, &q));
        assert_true(follow_ups_question(follow_ups, ME, MORNING_OF(ended), &q));
        assert_int_equal(q.session, 7);
        assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("quads"), SIDE_LEFT), 2);
        assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("glutes"), SIDE_LEFT), 0);
        assert_int_equal(follow_ups_lowered(follow_ups, ME, zone_by_id("calf"), SIDE_LEFT), 0);
        history = history_free(history);
        (void) unlink(path);
        assert_int_equal(rmdir(directory), 0);
}

int main(void) {
#define BOOK_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BOOK_TEST(a_morning_is_five_in_the_morning_five_hours_later_or_more),
                BOOK_TEST(questions_open_and_close),
                BOOK_TEST(a_session_that_goes_on_is_not_asked_about),
                BOOK_TEST(a_session_without_output_is_not_asked_about),
                BOOK_TEST(an_answer_is_taken_once_and_only_to_what_is_asked),
                BOOK_TEST(a_bad_morning_is_five_or_more_than_two_above_before),
                BOOK_TEST(every_bad_morning_lowers_a_good_one_gives_back),
                BOOK_TEST(one_morning_stands_for_all_sessions_of_the_day),
                BOOK_TEST(the_next_question_is_known),
                BOOK_TEST(a_restart_forgets_neither_question_nor_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
