/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/lease.h"
#include "tests/test.h"
#include "tests/virtual/virtual-clock.h"

#define MSEC(n) ((n) *USEC_PER_MSEC)

/* Memory ends after so many allocations; -1: never. The linker puts these in the place of the C library's. */
static int memory = -1;
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
char *__wrap_strdup(const char *s);

static bool is_out_of_memory(void) {
        if (memory < 0)
                return false;
        return memory-- == 0;
}

void *__wrap_calloc(size_t n, size_t size) {
        return is_out_of_memory() ? NULL : __real_calloc(n, size);
}

char *__wrap_strdup(const char *s) {
        return is_out_of_memory() ? NULL : __real_strdup(s);
}

struct bench {
        struct virtual_clock *clock;
        struct lease *lease;
        unsigned lost;
        enum lease_loss loss;
        uint64_t lost_usec;
};

static void on_lost(enum lease_loss loss, void *userdata) {
        struct bench *b = userdata;

        b->lost++;
        b->loss = loss;
        b->lost_usec = virtual_clock_now(b->clock);
}

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        b->clock = virtual_clock_new();
        assert_int_equal(lease_new(virtual_clock_base(b->clock), on_lost, b, &b->lease), 0);
        assert_int_equal(lease_take(b->lease, ":1.1"), 0);
        *state = b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        lease_free(b->lease);
        virtual_clock_free(b->clock);
        free(b);
        return 0;
}

static void it_is_alive_for_a_second_after_a_beat(void **state) {
        struct bench *b = *state;

        assert_false(lease_is_alive(b->lease));
        assert_int_equal(lease_beat(b->lease, ":1.1", true), 0);
        virtual_clock_advance(b->clock, MSEC(999));
        assert_true(lease_is_alive(b->lease));
        virtual_clock_advance(b->clock, MSEC(1));
        assert_false(lease_is_alive(b->lease));
}

static void req4_silence_is_noticed_after_a_second(void **state) {
        struct bench *b = *state;
        uint64_t last;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        for (unsigned i = 0; i < 10; i++) {
                virtual_clock_advance(b->clock, MSEC(400));
                (void) lease_beat(b->lease, ":1.1", true);
        }
        assert_int_equal(b->lost, 0);
        last = virtual_clock_now(b->clock);
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost, 1);
        assert_int_equal(b->loss, LEASE_SILENT);
        assert_int_equal(b->lost_usec, last + MSEC(1000));
}

static void req4_a_stuttering_holder_cannot_put_off_the_end(void **state) {
        struct bench *b = *state;
        uint64_t last = 0;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        /* Each beat is 500 ms late, which uses up what is forgiven: 600, 100, then nothing. */
        for (unsigned i = 0; i < 3 && b->lost == 0; i++) {
                last = virtual_clock_now(b->clock);
                virtual_clock_advance(b->clock, MSEC(900));
                (void) lease_beat(b->lease, ":1.1", true);
        }
        assert_int_equal(b->lost, 1);
        assert_int_equal(b->lost_usec, last + MSEC(500));
}

static void forgiveness_comes_back_a_quarter_as_fast(void **state) {
        struct bench *b = *state;
        uint64_t last;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        virtual_clock_advance(b->clock, MSEC(900)); /* 100 ms are left */
        (void) lease_beat(b->lease, ":1.1", true);
        virtual_clock_advance(b->clock, MSEC(400)); /* and 200 after this one */
        (void) lease_beat(b->lease, ":1.1", true);
        last = virtual_clock_now(b->clock);
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost_usec, last + MSEC(600));
}

static void silence_is_no_matter_while_nothing_is_on(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        virtual_clock_advance(b->clock, MSEC(5000));
        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        lease_watch(b->lease, false);
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost, 0);
        assert_int_equal(virtual_clock_armed(b->clock), 0);
}

/* Output on under a holder who never beat, or long ago. */
static void who_is_silent_already_is_noticed_at_once(void **state) {
        struct bench *b = *state;

        lease_watch(b->lease, true);
        virtual_clock_advance(b->clock, 0);
        assert_int_equal(b->lost, 1);
}

static void only_the_holder_beats(void **state) {
        struct bench *b = *state;

        assert_int_equal(lease_beat(b->lease, ":1.2", true), -EPERM);
        assert_int_equal(lease_beat(b->lease, "", true), -EPERM);
        assert_false(lease_is_alive(b->lease));
        lease_drop(b->lease);
        assert_int_equal(lease_beat(b->lease, ":1.1", true), -EPERM);
        assert_string_equal(lease_holder(b->lease), "");
}

static void req4_three_beats_in_a_row_that_disagree(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        for (unsigned i = 0; i < 5; i++) {
                (void) lease_beat(b->lease, ":1.1", false);
                (void) lease_beat(b->lease, ":1.1", false);
                (void) lease_beat(b->lease, ":1.1", true);
        }
        assert_int_equal(b->lost, 0);
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(b->lost, 0);
                (void) lease_beat(b->lease, ":1.1", false);
        }
        assert_int_equal(b->lost, 1);
        assert_int_equal(b->loss, LEASE_DISAGREED);
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost, 1);
}

static void disagreement_before_output_does_not_count(void **state) {
        struct bench *b = *state;

        for (unsigned i = 0; i < 5; i++)
                (void) lease_beat(b->lease, ":1.1", false);
        assert_int_equal(b->lost, 0);
        lease_watch(b->lease, true);
        (void) lease_beat(b->lease, ":1.1", true);
        assert_int_equal(b->lost, 0);
}

static void req4_a_holder_who_leaves_is_told_at_once(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        lease_holder_gone(b->lease, ":1.2");
        assert_int_equal(b->lost, 0);
        lease_holder_gone(b->lease, ":1.1");
        assert_int_equal(b->lost, 1);
        assert_int_equal(b->loss, LEASE_HOLDER_GONE);
        assert_string_equal(lease_holder(b->lease), "");
        assert_false(lease_is_alive(b->lease));
        lease_holder_gone(b->lease, ":1.1");
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost, 1);
}

static void a_new_holder_has_not_beaten_yet(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        assert_int_equal(lease_take(b->lease, ":1.2"), 0);
        assert_false(lease_is_alive(b->lease));
        assert_int_equal(lease_beat(b->lease, ":1.1", true), -EPERM);
        assert_int_equal(lease_beat(b->lease, ":1.2", true), 0);
        assert_true(lease_is_alive(b->lease));
}

/* The machine slept: the beat is heard before the timer that would have told. */
static void req4_a_beat_that_comes_too_late_revives_nothing(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        virtual_clock_oversleep(b->clock, MSEC(1000) - 1);
        assert_int_equal(lease_beat(b->lease, ":1.1", true), 0);
        assert_int_equal(b->lost, 0);
        virtual_clock_advance(b->clock, MSEC(300));
        (void) lease_beat(b->lease, ":1.1", true);
        /* 600 ms were used up but for one microsecond, and 300 / 4 came back. */
        virtual_clock_oversleep(b->clock, MSEC(475) + 1);
        assert_int_equal(lease_beat(b->lease, ":1.1", true), 0);
        assert_int_equal(b->lost, 1);
        assert_int_equal(b->loss, LEASE_SILENT);
        assert_false(lease_is_alive(b->lease));
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost, 1);
        /* Nothing is on any more: the next one counts. */
        assert_int_equal(lease_beat(b->lease, ":1.1", true), 0);
        assert_true(lease_is_alive(b->lease));
}

/* What was used up under watch is there again once nothing is on. */
static void a_pause_gives_all_forgiveness_back(void **state) {
        struct bench *b = *state;
        uint64_t last;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        virtual_clock_advance(b->clock, MSEC(999));
        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, false);
        virtual_clock_advance(b->clock, MSEC(400));
        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        last = virtual_clock_now(b->clock);
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost_usec, last + MSEC(1000));
}

static void disagree(struct bench *b, const char *holder, unsigned times) {
        for (unsigned i = 0; i < times; i++)
                assert_int_equal(lease_beat(b->lease, holder, false), 0);
}

/* Three in a row are counted anew for each holder, and after each loss. */
static void disagreements_are_forgotten_with_their_cause(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        disagree(b, ":1.1", 3);
        assert_int_equal(b->lost, 1);
        lease_watch(b->lease, true);
        disagree(b, ":1.1", 2);
        assert_int_equal(b->lost, 1);

        lease_watch(b->lease, false);
        assert_int_equal(lease_take(b->lease, ":1.2"), 0);
        (void) lease_beat(b->lease, ":1.2", false);
        lease_watch(b->lease, true);
        disagree(b, ":1.2", 1);
        assert_int_equal(b->lost, 1);
        disagree(b, ":1.2", 1);
        assert_int_equal(b->lost, 2);
}

/* The beat that was one too many is no sign of life. */
static void the_last_disagreement_renews_nothing(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        virtual_clock_advance(b->clock, MSEC(100));
        disagree(b, ":1.1", 2);
        virtual_clock_advance(b->clock, MSEC(100));
        disagree(b, ":1.1", 1);
        assert_int_equal(b->lost, 1);
        virtual_clock_advance(b->clock, MSEC(899));
        assert_true(lease_is_alive(b->lease));
        virtual_clock_advance(b->clock, MSEC(1));
        assert_false(lease_is_alive(b->lease));
}

/* A clock that has just begun to run. */
static uint64_t young_usec;

static uint64_t young_now(struct clock *clock) {
        return young_usec;
}

static int young_timer(struct clock *clock, struct clock_timer *timer) {
        return 0;
}

static void young_nothing(struct clock_timer *timer) {}

static void who_never_beat_is_not_alive_however_young_the_clock(void **state) {
        static const struct clock_ops ops = { young_now, young_timer, young_nothing, young_nothing,
                young_nothing };
        struct clock clock = { &ops };
        struct lease *lease;

        assert_int_equal(lease_new(&clock, on_lost, NULL, &lease), 0);
        young_usec = 0;
        assert_int_equal(lease_take(lease, ":1.1"), 0);
        assert_false(lease_is_alive(lease));
        young_usec = 1;
        assert_int_equal(lease_beat(lease, ":1.1", true), 0);
        assert_true(lease_is_alive(lease));
        assert_int_equal(lease_take(lease, ":1.2"), 0);
        assert_false(lease_is_alive(lease));
        lease_free(lease);
}

/* The lease of nobody. */
static void a_dropped_lease_is_nobodys(void **state) {
        struct bench *b = *state;

        (void) lease_beat(b->lease, ":1.1", true);
        lease_watch(b->lease, true);
        lease_drop(b->lease);
        assert_false(lease_is_alive(b->lease));
        lease_holder_gone(b->lease, ":1.1");
        virtual_clock_advance(b->clock, MSEC(5000));
        assert_int_equal(b->lost, 0);
}

/* One timer that is told to nobody. */
static int no_timer(struct clock *clock, struct clock_timer *timer) {
        return -EPERM;
}

static void without_memory_there_is_no_lease(void **state) {
        static const struct clock_ops ops = { .timer_new = no_timer };
        struct clock clock = { &ops };
        struct bench *b = *state;
        struct lease *lease = NULL;

        for (int n = 0; n < 2; n++) {
                memory = n;
                assert_int_equal(lease_new(virtual_clock_base(b->clock), on_lost, b, &lease), -ENOMEM);
                assert_null(lease);
        }
        memory = -1;
        assert_int_equal(lease_new(&clock, on_lost, b, &lease), -EPERM);
        assert_null(lease);
        assert_null(lease_free(NULL));

        memory = 0;
        assert_int_equal(lease_take(b->lease, ":1.2"), -ENOMEM);
        memory = -1;
        assert_string_equal(lease_holder(b->lease), ":1.1");
}

int main(void) {
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BENCH_TEST(it_is_alive_for_a_second_after_a_beat),
                BENCH_TEST(req4_silence_is_noticed_after_a_second),
                BENCH_TEST(req4_a_stuttering_holder_cannot_put_off_the_end),
                BENCH_TEST(forgiveness_comes_back_a_quarter_as_fast),
                BENCH_TEST(silence_is_no_matter_while_nothing_is_on),
                BENCH_TEST(who_is_silent_already_is_noticed_at_once),
                BENCH_TEST(only_the_holder_beats),
                BENCH_TEST(req4_three_beats_in_a_row_that_disagree),
                BENCH_TEST(disagreement_before_output_does_not_count),
                BENCH_TEST(req4_a_holder_who_leaves_is_told_at_once),
                BENCH_TEST(a_new_holder_has_not_beaten_yet),
                BENCH_TEST(req4_a_beat_that_comes_too_late_revives_nothing),
                BENCH_TEST(a_pause_gives_all_forgiveness_back),
                BENCH_TEST(disagreements_are_forgotten_with_their_cause),
                BENCH_TEST(the_last_disagreement_renews_nothing),
                BENCH_TEST(a_dropped_lease_is_nobodys),
                cmocka_unit_test(who_never_beat_is_not_alive_however_young_the_clock),
                BENCH_TEST(without_memory_there_is_no_lease),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
