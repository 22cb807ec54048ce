/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long ago something was, across starts of the machine and clocks that are wrong. */

#include "daemon/record/timeline.h"
#include "lib/clock.h"
#include "tests/test.h"

#define SECOND USEC_PER_SEC
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WALL ((uint64_t) 1790000000 * SECOND)

struct bench {
        char directory[64], path[128];
        struct history *history;
        char *sentence;
};

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void) snprintf(
                b->directory, sizeof(b->directory), "%s/limber-time-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(b->directory));
        (void) snprintf(b->path, sizeof(b->path), "%s/history.db", b->directory);
        assert_int_equal(history_open(b->path, &b->history, &b->sentence), 0);
        *state = b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        history_free(b->history);
        (void) unlink(b->path);
        assert_int_equal(rmdir(b->directory), 0);
        free(b->sentence);
        free(b);
        return 0;
}

static struct history_event put(struct bench *b, uint64_t wall, uint64_t up, struct record_entry entry) {
        struct history_event event = { .at_usec = wall, .up_usec = up, .entry = entry };

        assert_int_equal(history_append(b->history, &event, 1), 0);
        return event;
}

static void start(struct bench *b, const char *boot, uint64_t wall, uint64_t up, bool right) {
        (void) put(b, wall, up,
                (struct record_entry){
                        RECORD_CLOCK, .given = right, .reason = RECORD_CLOCK_STARTED, .text = boot });
}

static struct history_event dose(struct bench *b, uint64_t wall, uint64_t up) {
        return put(b, wall, up, (struct record_entry){ RECORD_DOSE, .session = 1, .given = 60 });
}

static struct timeline *now(struct bench *b, const char *boot, uint64_t wall, uint64_t up, bool right) {
        const struct timeline_now moment = { wall, right, up, boot };
        struct timeline *timeline = NULL;

        assert_int_equal(timeline_new(b->history, &moment, &timeline), 0);
        return timeline;
}

static void expect(struct bench *b, const struct timeline *timeline, const struct history_event *event,
        uint64_t least, bool known) {
        struct timeline_age age = timeline_age(timeline, event);

        if (age.least_usec != least || age.is_known != known)
                fail_msg("%.3f s, %sknown", (double) age.least_usec / 1e6, age.is_known ? "" : "not ");
}

/* Whatever anybody does to the wall clock: within one run of the machine time is measured. */
static void req25_in_one_run_the_wall_clock_does_not_matter(void **state) {
        static const int64_t errors[] = { 0, -2 * (int64_t) DAY, 2 * (int64_t) DAY, -(int64_t) WALL };
        struct bench *b = *state;
        struct history_event event;

        start(b, "a", WALL, 10 * SECOND, false);
        event = dose(b, WALL + 50 * SECOND, MINUTE);
        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                _cleanup_(timeline_freep) struct timeline *timeline =
                        now(b, "a", WALL + (uint64_t) errors[i], HOUR + MINUTE, i % 2);

                expect(b, timeline, &event, HOUR, true);
        }
}

/* Neither a clock that is right: the machine ran on for 4 min, and for 3 min since. */
static void req25_without_a_clock_only_running_counts(void **state) {
        struct bench *b = *state;
        struct history_event event;
        _cleanup_(timeline_freep) struct timeline *timeline = NULL;

        start(b, "a", WALL, SECOND, false);
        event = dose(b, WALL + MINUTE, MINUTE);
        (void) dose(b, WALL + 5 * MINUTE, 5 * MINUTE);
        timeline = now(b, "b", WALL + 2 * DAY, 3 * MINUTE, false);
        expect(b, timeline, &event, 7 * MINUTE, false);
        assert_int_equal(timeline_age(timeline, &event).wall_usec, 0);
}

/* Days that it ran for ten minutes each, without a clock: they add up. */
static void runs_in_between_add_up(void **state) {
        struct bench *b = *state;
        struct history_event event;
        _cleanup_(timeline_freep) struct timeline *timeline = NULL;
        char boot[2] = "b";

        start(b, "a", WALL, SECOND, false);
        event = dose(b, WALL, MINUTE);
        for (unsigned i = 0; i < 5; i++, boot[0]++) {
                start(b, boot, WALL, SECOND, false);
                (void) dose(b, WALL, 10 * MINUTE);
        }
        timeline = now(b, "z", WALL, 2 * MINUTE, false);
        expect(b, timeline, &event, 52 * MINUTE, false);
        assert_int_equal(timeline_since(timeline, 53 * MINUTE), 1);
        /* The run before had its last event 2 min ago at the latest. */
        assert_true(timeline_since(timeline, 2 * MINUTE) > event.seq + 9);
}

static void with_a_right_clock_then_and_now_it_counts(void **state) {
        struct bench *b = *state;
        struct history_event event;
        _cleanup_(timeline_freep) struct timeline *timeline = NULL, *back = NULL;

        start(b, "a", WALL, SECOND, true);
        event = dose(b, WALL + MINUTE, MINUTE + SECOND);
        timeline = now(b, "b", WALL + DAY, 3 * MINUTE, true);
        expect(b, timeline, &event, DAY - MINUTE, true);
        assert_int_equal(timeline_since(timeline, DAY), 1);
        assert_int_equal(timeline_since(timeline, HOUR), event.seq + 1);
        /* A clock that claims less than the machine ran is not right. */
        back = now(b, "b", WALL + 2 * MINUTE, 3 * MINUTE, true);
        expect(b, back, &event, 3 * MINUTE, true);
}

/* One of two clocks that were said to be right was not: nobody knows which. */
static void req25_clocks_that_contradict_each_other_say_nothing(void **state) {
        struct bench *b = *state;
        struct history_event event;
        _cleanup_(timeline_freep) struct timeline *timeline = NULL, *unsure = NULL;

        start(b, "a", WALL + 30 * DAY, SECOND, true);
        event = dose(b, WALL + 30 * DAY + MINUTE, MINUTE + SECOND);
        timeline = now(b, "b", WALL + DAY, 3 * MINUTE, true);
        expect(b, timeline, &event, 3 * MINUTE, false);
        assert_int_equal(timeline_age(timeline, &event).wall_usec, 0);
        assert_int_equal(timeline_since(timeline, HOUR), 1);
        /* A clock that is not known to be right contradicts nothing. */
        unsure = now(b, "b", WALL + DAY, 3 * MINUTE, false);
        expect(b, unsure, &event, 3 * MINUTE, false);
        assert_int_equal(timeline_age(unsure, &event).wall_usec, WALL + 30 * DAY + MINUTE);
}

/* Nor when time has come to where the wrong one was. */
static void req25_what_was_contradicted_in_between_stays_unknown(void **state) {
        struct bench *b = *state;
        struct history_event event, between;
        _cleanup_(timeline_freep) struct timeline *timeline = NULL;

        start(b, "a", WALL + 30 * DAY, SECOND, true);
        event = dose(b, WALL + 30 * DAY + MINUTE, MINUTE + SECOND);
        start(b, "b", WALL + DAY, MINUTE, true);
        between = dose(b, WALL + DAY + 9 * MINUTE, 10 * MINUTE);
        timeline = now(b, "c", WALL + 33 * DAY, 2 * MINUTE, true);
        expect(b, timeline, &event, 12 * MINUTE, false);
        assert_int_equal(timeline_age(timeline, &event).wall_usec, 0);
        expect(b, timeline, &between, 32 * DAY - 9 * MINUTE, true);
        /* Whatever it was, it was before the later one. */
        assert_true(timeline_since(timeline, DAY) > event.seq);
        assert_int_equal(timeline_since(timeline, 40 * DAY), 1);
}

/* It began two days behind, then the network set it: what was before is known from then on. */
static void a_clock_that_is_put_right_counts_for_what_was_before(void **state) {
        struct bench *b = *state;
        struct history_event event;
        _cleanup_(timeline_freep) struct timeline *timeline = NULL, *later = NULL;

        start(b, "a", WALL - 2 * DAY, SECOND, false);
        event = dose(b, WALL - 2 * DAY + MINUTE, MINUTE);
        (void) put(b, WALL + 2 * MINUTE, 2 * MINUTE,
                (struct record_entry){ RECORD_CLOCK, .asked = 2 * (int64_t) DAY, .given = 1,
                        .reason = RECORD_CLOCK_SET, .text = "a" });
        timeline = now(b, "b", WALL + HOUR + MINUTE, 30 * SECOND, true);
        expect(b, timeline, &event, HOUR, true);
        /* Not yet right: known later. */
        later = now(b, "b", WALL - 5 * DAY, 30 * SECOND, false);
        expect(b, later, &event, MINUTE + 30 * SECOND, false);
        assert_int_equal(timeline_age(later, &event).wall_usec, WALL + MINUTE);
}

static void an_older_history_goes_by_its_wall_clock(void **state) {
        struct bench *b = *state;
        struct history_event event = dose(b, WALL, 0);
        _cleanup_(timeline_freep) struct timeline *right = now(b, "b", WALL + HOUR, MINUTE, true),
                                                  *wrong = now(b, "b", WALL + HOUR, MINUTE, false);

        expect(b, right, &event, HOUR, true);
        expect(b, wrong, &event, MINUTE, false);
        assert_true(timeline_is_news(right));
        assert_int_equal(timeline_run(right, 1), 1);
}

static void only_what_changed_is_news(void **state) {
        struct bench *b = *state;
        const struct {
                const char *boot;
                bool right, news;
        } cases[] = { { "a", false, false }, { "a", true, true }, { "b", false, true } };

        start(b, "a", WALL, SECOND, false);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(timeline_freep) struct timeline *timeline =
                        now(b, cases[i].boot, WALL, MINUTE, cases[i].right);

                assert_int_equal(timeline_is_news(timeline), cases[i].news);
        }
        assert_null(timeline_free(NULL));
}

/* The clock was 5 h behind, and was set while limberd was being upgraded: what is recorded next is dated by what it says now. */
static void a_clock_that_was_set_meanwhile_is_news(void **state) {
        static const int64_t steps[] = { 0, (int64_t) SECOND, 5 * (int64_t) HOUR, -5 * (int64_t) HOUR };
        struct bench *b = *state;

        start(b, "a", WALL, MINUTE, true);
        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                _cleanup_(timeline_freep) struct timeline *timeline =
                        now(b, "a", WALL + HOUR + (uint64_t) steps[i], HOUR + MINUTE, true);

                assert_int_equal(timeline_is_news(timeline), i >= 2);
        }
}

/* What may be removed for good is what is certainly that old: a battery clock that was set a year ahead makes nothing so. */
static void what_may_go_is_certainly_old(void **state) {
        struct bench *b = *state;
        _cleanup_(timeline_freep) struct timeline *network = NULL, *battery = NULL, *later = NULL;
        uint64_t seq = 0;

        start(b, "a", WALL, SECOND, true);
        (void) dose(b, WALL + MINUTE, MINUTE);
        network = now(b, "b", WALL + 365 * DAY, MINUTE, true);
        assert_int_equal(timeline_first_young(network, b->history, 180 * DAY, &seq), 0);
        assert_int_equal(seq, 3);
        battery = now(b, "b", WALL + 365 * DAY, MINUTE, false);
        assert_int_equal(timeline_first_young(battery, b->history, 180 * DAY, &seq), 0);
        assert_int_equal(seq, 1);
        /* A machine that runs for months: to the event. */
        start(b, "b", WALL + 2 * DAY, SECOND, true);
        (void) dose(b, WALL + 3 * DAY, DAY);
        (void) dose(b, WALL + 200 * DAY, 200 * DAY);
        later = now(b, "b", WALL + 300 * DAY, 300 * DAY, false);
        assert_int_equal(timeline_first_young(later, b->history, 180 * DAY, &seq), 0);
        assert_int_equal(seq, 5);
        assert_int_equal(timeline_first_young(later, b->history, 50 * DAY, &seq), 0);
        assert_int_equal(seq, 6);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        req25_in_one_run_the_wall_clock_does_not_matter, setup, teardown),
                cmocka_unit_test_setup_teardown(req25_without_a_clock_only_running_counts, setup, teardown),
                cmocka_unit_test_setup_teardown(runs_in_between_add_up, setup, teardown),
                cmocka_unit_test_setup_teardown(with_a_right_clock_then_and_now_it_counts, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        a_clock_that_is_put_right_counts_for_what_was_before, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        req25_clocks_that_contradict_each_other_say_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        req25_what_was_contradicted_in_between_stays_unknown, setup, teardown),
                cmocka_unit_test_setup_teardown(an_older_history_goes_by_its_wall_clock, setup, teardown),
                cmocka_unit_test_setup_teardown(only_what_changed_is_news, setup, teardown),
                cmocka_unit_test_setup_teardown(a_clock_that_was_set_meanwhile_is_news, setup, teardown),
                cmocka_unit_test_setup_teardown(what_may_go_is_certainly_old, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
