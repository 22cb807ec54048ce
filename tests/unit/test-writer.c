/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one place that writes, over a link that takes what a test lets it take. */

#include "daemon/device/writer.h"
#include "tests/test.h"
#include "tests/virtual/virtual-clock.h"

#define MSEC(n) ((n) *USEC_PER_MSEC)
#define GAP MSEC(50)
#define INTERVAL MSEC(100)

/* Frames are told apart by their first byte. */
#define STOP 0x00
#define STOP2 0x01
#define SET(n) (0x10 + (n))
#define HELLO 0x30

struct bench {
        struct link link; /* first: the link is the bench */
        struct virtual_clock *clock;
        struct writer *writer;
        char log[512]; /* "S" for a stop handed over, "10" for other frames, with the milliseconds since the last mark */
        uint64_t mark;
        int write_error;
        bool commands_are_answered; /* by the stack: no socket */
        int queued;
        unsigned handed_over, answered, stopped, acknowledged, unconfirmed, failed;
        struct writer_turn turn; /* of the last frame */
        int unconfirmed_error, failed_error;
        enum writer_lane failed_lane;
};

static int fake_write(
        struct link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        struct bench *b = (struct bench *) link;
        size_t used = strlen(b->log);

        if (b->write_error < 0)
                return b->write_error;
        (void) snprintf(b->log + used, sizeof(b->log) - used, "%02x@%llu ", bytes[0],
                (unsigned long long) ((virtual_clock_now(b->clock) - b->mark) / USEC_PER_MSEC));
        return write == FRAME_REQUEST || b->commands_are_answered;
}

static int fake_queued(struct link *link, unsigned endpoint) {
        const struct bench *b = (const struct bench *) link;

        return b->commands_are_answered ? -EOPNOTSUPP : b->queued;
}

static void fake_free(struct link *link) {}

static const struct link_ops fake_ops = { .write = fake_write, .queued = fake_queued, .free = fake_free };

static void on_handed_over(
        void *userdata, enum writer_lane lane, const struct writer_turn *turn, bool waits) {
        struct bench *b = userdata;

        b->handed_over++;
        b->turn = *turn;
}

static void on_answered(void *userdata, enum writer_lane lane, unsigned ends) {
        ((struct bench *) userdata)->answered++;
}

static void on_stopped(void *userdata, bool acknowledged) {
        struct bench *b = userdata;

        b->stopped++;
        b->acknowledged += acknowledged;
}

static void on_stop_unconfirmed(void *userdata, int error) {
        struct bench *b = userdata;

        b->unconfirmed++;
        b->unconfirmed_error = error;
}

static void on_failed(void *userdata, enum writer_lane lane, int error) {
        struct bench *b = userdata;

        b->failed++;
        b->failed_lane = lane;
        b->failed_error = error;
}

static const struct writer_handler handler = {
        .handed_over = on_handed_over,
        .answered = on_answered,
        .stopped = on_stopped,
        .stop_unconfirmed = on_stop_unconfirmed,
        .failed = on_failed,
};

static struct frames frames_of(enum frame_write write, unsigned n, const uint8_t *firsts) {
        struct frames frames = {};

        for (unsigned i = 0; i < n; i++)
                assert_non_null(frames_add(&frames, 0, write, &firsts[i], 1));
        return frames;
}

static struct bench *open_bench_with_gap(enum frame_write stop_write, unsigned n_stop, uint64_t gap_usec) {
        static const uint8_t stops[] = { STOP, STOP2 };
        struct frames stop = frames_of(stop_write, n_stop, stops);
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        b->clock = virtual_clock_new();
        b->link.ops = &fake_ops;
        b->mark = virtual_clock_now(b->clock);
        assert_int_equal(
                writer_new(virtual_clock_base(b->clock), &stop, gap_usec, INTERVAL, &handler, b, &b->writer),
                0);
        writer_set_link(b->writer, &b->link);
        return b;
}

static struct bench *open_bench(enum frame_write stop_write, unsigned n_stop) {
        return open_bench_with_gap(stop_write, n_stop, GAP);
}

static int setup_requests(void **state) {
        *state = open_bench(FRAME_REQUEST, 1);
        return 0;
}

static int setup_two_requests(void **state) {
        *state = open_bench(FRAME_REQUEST, 2);
        return 0;
}

static int setup_commands(void **state) {
        *state = open_bench(FRAME_COMMAND, 1);
        return 0;
}

static int setup_long_gap(void **state) {
        *state = open_bench_with_gap(FRAME_COMMAND, 1, MSEC(300));
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        writer_free(b->writer);
        virtual_clock_free(b->clock);
        free(b);
        return 0;
}

static void queue(struct bench *b, enum writer_lane lane, enum frame_write write, uint8_t first) {
        struct frames frames = frames_of(write, 1, &first);

        assert_int_equal(writer_queue(b->writer, lane, &frames), 0);
}

static void run(struct bench *b, uint64_t usec) {
        virtual_clock_advance(b->clock, usec);
}

static void mark(struct bench *b) {
        b->mark = virtual_clock_now(b->clock);
        b->log[0] = '\0';
}

static void a_stop_is_with_the_link_in_the_same_turn(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "00@0 ");
        assert_true(writer_is_stopping(b->writer));
        run(b, MSEC(10));
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->stopped, 1);
        assert_int_equal(b->acknowledged, 1);
        assert_false(writer_is_stopping(b->writer));
        run(b, MSEC(5000));
        assert_string_equal(b->log, "00@0 ");
        assert_int_equal(b->unconfirmed, 0);
}

static void a_stop_keeps_no_gap_and_drops_what_waits(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(2));
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(3));
        assert_string_equal(b->log, "11@0 ");
        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "11@0 00@0 ");
        writer_written(b->writer, 0, 0);
        run(b, MSEC(5000));
        assert_string_equal(b->log, "11@0 00@0 ");
}

static void a_stop_is_next_after_the_one_pending_request(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(2));
        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "11@0 ");
        run(b, MSEC(300));
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "11@0 00@300 ");
        assert_int_equal(b->stopped, 0);
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->acknowledged, 1);
        assert_int_equal(b->failed, 0);
}

static void a_failed_request_does_not_hold_the_stop_up(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, -EIO);
        assert_string_equal(b->log, "11@0 00@0 ");
        assert_int_equal(b->failed, 0);
        assert_int_equal(b->unconfirmed, 0);
}

/* One of another characteristic, that is: a socket and requests exclude each other on one. */
static void a_command_goes_out_behind_an_unanswered_request(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        run(b, MSEC(10));
        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "11@0 00@10 ");
        run(b, MSEC(50));
        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->stopped, 0);
        run(b, MSEC(300));
        assert_string_equal(b->log, "11@0 00@10 00@110 ");
        assert_int_equal(b->stopped, 1);
        assert_int_equal(b->acknowledged, 0);
}

static void an_answer_from_before_the_stop_confirms_no_setpoint(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        assert_int_equal(writer_stop(b->writer, false), 0);
        run(b, MSEC(300));
        assert_int_equal(b->stopped, 1);
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->answered, 0);
        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(2));
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->answered, 1);
}

static void a_request_that_stays_unanswered_does_not_keep_a_command_from_its_end(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        assert_int_equal(writer_stop(b->writer, false), 0);
        run(b, MSEC(300));
        assert_string_equal(b->log, "11@0 00@0 00@100 ");
        assert_int_equal(b->stopped, 1);
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(2));
        run(b, MSEC(1000));
        assert_string_equal(b->log, "11@0 00@0 00@100 ");
        assert_int_equal(b->failed, 1);
        assert_int_equal(b->failed_error, -ETIMEDOUT);
}

/* The stack takes one call at a time for a characteristic, whatever its type. */
static void a_command_without_a_socket_waits_for_the_answer(void **state) {
        struct bench *b = *state;

        b->commands_are_answered = true;
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "11@0 ");
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "11@0 00@0 ");
}

static void every_frame_of_a_stop_is_awaited(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "00@0 ");
        run(b, MSEC(20));
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "00@0 01@20 ");
        assert_int_equal(b->stopped, 0);
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->acknowledged, 1);
}

static void a_second_stop_begins_again(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "00@0 01@0 ");
        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "00@0 01@0 00@0 ");
        writer_written(b->writer, 0, 0);
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->acknowledged, 1);
}

/* Anybody may stop, thousands of times a second. */
static void what_is_off_is_told_once_in_a_while(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        for (unsigned i = 0; i < 1000; i++) {
                run(b, MSEC(1));
                assert_int_equal(writer_stop(b->writer, true), 0);
                if (writer_is_stopping(b->writer))
                        writer_written(b->writer, 0, 0);
        }
        assert_string_equal(
                b->log, "00@0 00@100 00@200 00@300 00@400 00@500 00@600 00@700 00@800 00@900 00@1000 ");
        /* Nor does a setpoint slip through that waited for its turn. */
        mark(b);
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        assert_int_equal(writer_stop(b->writer, true), 0);
        run(b, MSEC(1000));
        assert_string_equal(b->log, "");
}

/* A stop that is not sent again leaves what waits for the gap on its way. */
static void a_stop_that_was_just_told_keeps_the_handshake(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        queue(b, WRITER_HANDSHAKE, FRAME_COMMAND, HELLO);
        assert_int_equal(writer_stop(b->writer, true), 0);
        run(b, MSEC(200));
        assert_string_equal(b->log, "00@0 30@50 ");
}

static void what_may_be_on_is_told_every_time(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        run(b, MSEC(10));
        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "00@0 00@10 ");
        /* Whatever is called off: something was sent since. */
        run(b, MSEC(60));
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        assert_int_equal(writer_stop(b->writer, true), 0);
        assert_string_equal(b->log, "00@0 00@10 11@70 00@70 ");
}

/* Else a flood of them would keep the repeats from ever being over. */
static void a_stop_whose_repeat_is_to_come_does_not_begin_again(void **state) {
        struct bench *b = *state;

        for (unsigned i = 0; i < 300; i++) {
                if (!b->stopped)
                        assert_int_equal(writer_stop(b->writer, false), 0);
                run(b, MSEC(1));
        }
        assert_string_equal(b->log, "00@0 00@100 ");
        assert_int_equal(b->stopped, 1);
}

static void an_unanswered_stop_is_told_every_second(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        run(b, MSEC(999));
        assert_int_equal(b->unconfirmed, 0);
        run(b, MSEC(1));
        assert_int_equal(b->unconfirmed, 1);
        assert_int_equal(b->unconfirmed_error, -ETIMEDOUT);
        run(b, MSEC(3000));
        assert_int_equal(b->unconfirmed, 4);
        assert_true(writer_is_stopping(b->writer));
        /* A late answer is an answer. */
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->acknowledged, 1);
        run(b, MSEC(5000));
        assert_int_equal(b->unconfirmed, 4);
}

static void a_refused_stop_is_tried_again_until_it_is_taken(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, -EIO);
        assert_int_equal(b->unconfirmed, 1);
        run(b, INTERVAL);
        assert_string_equal(b->log, "00@0 00@100 ");
        writer_written(b->writer, 0, -EIO);
        run(b, INTERVAL);
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "00@0 00@100 00@200 ");
        assert_int_equal(b->acknowledged, 1);
}

static void a_link_that_takes_nothing_is_tried_again(void **state) {
        struct bench *b = *state;

        b->write_error = -EAGAIN;
        assert_int_equal(writer_stop(b->writer, false), -EAGAIN);
        assert_int_equal(b->unconfirmed, 1);
        assert_true(writer_is_stopping(b->writer));
        run(b, MSEC(250));
        assert_int_equal(b->unconfirmed, 3);
        b->write_error = 0;
        run(b, MSEC(50));
        assert_string_equal(b->log, "00@300 ");
}

static void commands_are_stopped_twice(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        run(b, MSEC(5000));
        assert_string_equal(b->log, "00@0 00@100 ");
        assert_int_equal(b->stopped, 1);
        assert_int_equal(b->acknowledged, 0);
        assert_int_equal(virtual_clock_armed(b->clock), 0);
}

/* A device that is deaf for its gap heard neither of two: it is told until the gap has passed. */
static void commands_are_stopped_until_the_gap_has_passed(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        assert_int_equal(writer_stop(b->writer, false), 0);
        run(b, MSEC(5000));
        assert_string_equal(b->log, "11@0 00@0 00@100 00@200 00@300 ");
        assert_int_equal(b->stopped, 1);
        assert_int_equal(b->unconfirmed, 0);
}

static void the_devices_word_spares_the_repeat(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_stop_confirmed(b->writer);
        assert_int_equal(b->acknowledged, 1);
        run(b, MSEC(5000));
        assert_string_equal(b->log, "00@0 ");
        writer_stop_confirmed(b->writer);
        assert_int_equal(b->stopped, 1);
}

static void the_devices_word_does_not_spare_what_was_not_sent(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_stop_confirmed(b->writer);
        assert_int_equal(b->stopped, 0);
        writer_written(b->writer, 0, 0);
        writer_stop_confirmed(b->writer);
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "00@0 01@0 ");
        assert_int_equal(b->stopped, 1);
}

static void a_setpoint_cancels_the_repeat_of_a_stop_that_is_out(void **state) {
        struct bench *b = *state;

        assert_int_equal(writer_stop(b->writer, false), 0);
        run(b, MSEC(60));
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        run(b, MSEC(5000));
        assert_string_equal(b->log, "00@0 11@60 ");
        assert_int_equal(b->stopped, 0);
}

static void a_setpoint_never_overtakes_a_stop_that_is_not_out(void **state) {
        struct bench *b = *state;

        b->write_error = -EAGAIN;
        (void) writer_stop(b->writer, false);
        b->write_error = 0;
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        assert_string_equal(b->log, "");
        run(b, MSEC(5000));
        assert_string_equal(b->log, "00@100 00@200 11@300 ");
}

static void the_latest_setpoint_wins(void **state) {
        struct bench *b = *state;

        for (unsigned i = 0; i < 5; i++)
                queue(b, WRITER_SETPOINT, FRAME_COMMAND, (uint8_t) SET(i));
        run(b, MSEC(1000));
        assert_string_equal(b->log, "10@0 14@50 ");
}

static void queue_two_with(struct bench *b, uint8_t first, uint8_t second, unsigned zeroes) {
        const uint8_t firsts[] = { first, second };
        struct frames frames = frames_of(FRAME_COMMAND, 2, firsts);

        frames.items[0].features = 1;
        frames.items[1].features = 2;
        assert_int_equal(writer_queue_setpoint(b->writer, &frames, zeroes), 0);
}

static void queue_two(struct bench *b, uint8_t first, uint8_t second) {
        queue_two_with(b, first, second, 0);
}

/* Whosever turn it is; and it stays first when a newer setpoint comes before it went out. */
static void a_zero_goes_first(void **state) {
        struct bench *b = *state;

        queue_two(b, SET(5), SET(0x15));
        run(b, MSEC(10));
        queue_two_with(b, SET(0), SET(0x16), 1);
        queue_two(b, SET(0), SET(0x17));
        run(b, MSEC(1000));
        assert_string_equal(b->log, "15@0 10@50 27@100 ");
        mark(b);
        queue_two_with(b, SET(1), SET(0x10), 2);
        run(b, MSEC(1000));
        assert_string_equal(b->log, "20@0 11@50 20@100 ");
}

/* A new setpoint begins where the old one was; what of it had gone out by then goes out again. */
static void every_frame_of_a_setpoint_has_its_turn(void **state) {
        struct bench *b = *state;

        for (uint8_t i = 0; i < 4; i++) {
                queue_two(b, (uint8_t) SET(i), (uint8_t) SET(0x10 + i));
                run(b, MSEC(30));
        }
        run(b, MSEC(1000));
        assert_string_equal(b->log, "10@0 21@50 13@100 23@150 ");
        mark(b);
        queue_two(b, SET(5), SET(0x15));
        run(b, MSEC(10));
        queue_two(b, SET(6), SET(0x16));
        run(b, MSEC(1000));
        assert_string_equal(b->log, "15@0 26@50 16@100 26@150 ");
        assert_true(b->turn.last);
        /* One that is replaced before any of it goes out leaves nothing behind. */
        mark(b);
        queue_two(b, SET(5), SET(0x15));
        run(b, MSEC(1000));
        assert_string_equal(b->log, "15@0 25@50 ");
}

/* A frame without a level, as one that says "now", is the last of each. */
static void a_turn_says_whose_levels_it_carries(void **state) {
        static const uint8_t firsts[] = { SET(1), SET(2), SET(3) };
        struct bench *b = *state;
        struct frames frames = frames_of(FRAME_COMMAND, 3, firsts);

        frames.items[0].features = 1;
        frames.items[1].features = 2;
        assert_int_equal(writer_queue(b->writer, WRITER_SETPOINT, &frames), 0);
        assert_int_equal(b->turn.features, 1);
        assert_int_equal(b->turn.begins, 1);
        assert_int_equal(b->turn.ends, 0);
        run(b, GAP);
        assert_int_equal(b->turn.begins, 2);
        assert_int_equal(b->turn.ends, 0);
        run(b, GAP);
        assert_int_equal(b->turn.begins & 3, 0);
        assert_int_equal(b->turn.ends & 3, 3);
        assert_true(b->turn.last);
}

static void frames_keep_the_devices_gap(void **state) {
        struct bench *b = *state;

        for (unsigned i = 0; i < 3; i++)
                queue(b, WRITER_HANDSHAKE, FRAME_COMMAND, HELLO);
        run(b, MSEC(1000));
        assert_string_equal(b->log, "30@0 30@50 30@100 ");
        mark(b);
        queue(b, WRITER_HANDSHAKE, FRAME_COMMAND, HELLO);
        assert_string_equal(b->log, "30@0 ");
}

static void the_handshake_goes_before_a_setpoint(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(2));
        queue(b, WRITER_HANDSHAKE, FRAME_COMMAND, HELLO);
        queue(b, WRITER_HANDSHAKE, FRAME_COMMAND, HELLO);
        run(b, MSEC(1000));
        assert_string_equal(b->log, "11@0 30@50 30@100 12@150 ");
}

static void one_request_at_a_time(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_HANDSHAKE, FRAME_REQUEST, HELLO);
        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        run(b, MSEC(200));
        assert_string_equal(b->log, "30@0 ");
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "30@0 11@200 ");
}

static void what_is_lost_drops_what_is_behind_it(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_HANDSHAKE, FRAME_REQUEST, HELLO);
        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        writer_written(b->writer, 0, -EIO);
        assert_int_equal(b->failed, 1);
        assert_int_equal(b->failed_lane, WRITER_HANDSHAKE);
        assert_int_equal(b->failed_error, -EIO);
        run(b, MSEC(1000));
        assert_string_equal(b->log, "30@0 ");
}

static void an_unanswered_setpoint_fails_after_a_second(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        run(b, MSEC(999));
        assert_int_equal(b->failed, 0);
        run(b, MSEC(1));
        assert_int_equal(b->failed, 1);
        assert_int_equal(b->failed_error, -ETIMEDOUT);
        assert_int_equal(b->failed_lane, WRITER_SETPOINT);
}

static void a_stalled_link_fails_after_half_a_second(void **state) {
        struct bench *b = *state;

        b->queued = 20;
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        run(b, MSEC(400));
        assert_int_equal(b->failed, 0);
        b->queued = 0;
        run(b, MSEC(10));
        assert_string_equal(b->log, "11@405 ");
        b->queued = 20;
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(2));
        run(b, MSEC(600));
        assert_int_equal(b->failed, 1);
        assert_int_equal(b->failed_error, -EAGAIN);
        assert_string_equal(b->log, "11@405 ");
}

/* Until the link took it, nobody knows the last setpoint; whether it was answered is told by itself. */
static void a_setpoint_under_way_is_not_known_yet(void **state) {
        struct bench *b = *state;

        assert_false(writer_is_behind(b->writer));
        b->queued = 20;
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        assert_true(writer_is_behind(b->writer));
        b->queued = 0;
        run(b, MSEC(10));
        assert_false(writer_is_behind(b->writer));
        queue(b, WRITER_HANDSHAKE, FRAME_REQUEST, HELLO);
        run(b, MSEC(100));
        assert_false(writer_is_behind(b->writer));
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->handed_over, 2);
        assert_int_equal(b->answered, 1);
        /* Handed over is not answered. */
        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(2));
        run(b, MSEC(100));
        assert_int_equal(b->handed_over, 3);
        assert_int_equal(b->answered, 1);
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->answered, 2);
}

static void the_devices_own_limits_go_before_setpoints_and_outlive_a_stop(void **state) {
        struct bench *b = *state;

        b->queued = 20;
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        queue(b, WRITER_LIMITS, FRAME_COMMAND, SET(8));
        queue(b, WRITER_LIMITS, FRAME_COMMAND, SET(9)); /* the latest replaces what waits */
        assert_int_equal(writer_stop(b->writer, false), 0);
        b->queued = 0;
        run(b, MSEC(1000));
        assert_string_equal(b->log, "00@0 00@100 19@200 ");
}

/* Of two stalls only the second one's own time counts. */
static void a_stop_does_not_wait_for_a_stalled_link(void **state) {
        struct bench *b = *state;

        b->queued = 20;
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        run(b, MSEC(100));
        (void) writer_stop(b->writer, false);
        assert_string_equal(b->log, "00@100 ");
}

static void nothing_is_written_after_the_link_is_gone(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_HANDSHAKE, FRAME_COMMAND, HELLO);
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        (void) writer_stop(b->writer, false);
        writer_set_link(b->writer, NULL);
        mark(b);
        run(b, MSEC(5000));
        writer_written(b->writer, 0, 0);
        assert_string_equal(b->log, "");
        assert_int_equal(writer_stop(b->writer, false), -ENOTCONN);
        assert_int_equal(writer_queue(b->writer, WRITER_SETPOINT, &(struct frames){ .n = 1 }), -ENOTCONN);
        assert_int_equal(virtual_clock_armed(b->clock), 0);
        assert_false(writer_is_stopping(b->writer));
}

static void a_new_link_begins_clean(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        writer_set_link(b->writer, NULL);
        writer_set_link(b->writer, &b->link);
        mark(b);
        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "00@0 ");
}

static void a_lane_that_is_full_takes_no_more(void **state) {
        struct bench *b = *state;
        struct frames many = { .n = PROTOCOL_FRAMES_MAX };

        queue(b, WRITER_HANDSHAKE, FRAME_REQUEST, HELLO);
        assert_int_equal(writer_queue(b->writer, WRITER_HANDSHAKE, &many), 0);
        assert_int_equal(writer_queue(b->writer, WRITER_HANDSHAKE, &(struct frames){ .n = 1 }), -ENOBUFS);
        assert_int_equal(writer_queue(b->writer, WRITER_HANDSHAKE, &(struct frames){ .n = 0 }), 0);
}

static void without_stop_frames_there_is_no_writer(void **state) {
        struct virtual_clock *clock = virtual_clock_new();
        struct writer *writer = NULL;

        assert_int_equal(writer_new(virtual_clock_base(clock), &(struct frames){}, GAP, INTERVAL, &handler,
                                 NULL, &writer),
                -EINVAL);
        virtual_clock_free(clock);
}

/* A finger that presses the key again and again must not keep the alarm from coming. */
static void stopping_again_does_not_put_the_alarm_off(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_REQUEST, SET(1));
        for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(writer_stop(b->writer, false), 0);
                assert_int_equal(b->unconfirmed, 0);
                run(b, MSEC(300));
        }
        assert_int_equal(b->unconfirmed, 1);
        assert_int_equal(b->unconfirmed_error, -ETIMEDOUT);
}

/* Where there is no socket, the stack answers for a command; the device may never have heard of it. */
static void a_command_that_the_stack_answered_is_no_answer_of_the_device(void **state) {
        struct bench *b = *state;

        b->commands_are_answered = true;
        assert_int_equal(writer_stop(b->writer, false), 0);
        writer_written(b->writer, 0, 0);
        assert_int_equal(b->stopped, 0);
        run(b, INTERVAL);
        writer_written(b->writer, 0, 0);
        run(b, INTERVAL);
        assert_string_equal(b->log, "00@0 00@100 ");
        assert_int_equal(b->stopped, 1);
        assert_int_equal(b->acknowledged, 0);
}

/* What is told only once after connecting is told, however soon the stop came. */
static void a_stop_keeps_the_handshake(void **state) {
        struct bench *b = *state;

        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(1));
        queue(b, WRITER_HANDSHAKE, FRAME_COMMAND, HELLO);
        queue(b, WRITER_SETPOINT, FRAME_COMMAND, SET(2));
        mark(b);
        assert_int_equal(writer_stop(b->writer, false), 0);
        assert_string_equal(b->log, "00@0 ");
        run(b, MSEC(1000));
        assert_non_null(strstr(b->log, "30@"));
        assert_null(strstr(b->log, "12@"));
}

int main(void) {
#define REQUESTS(f) cmocka_unit_test_setup_teardown(f, setup_requests, teardown)
#define TWO_REQUESTS(f) cmocka_unit_test_setup_teardown(f, setup_two_requests, teardown)
#define COMMANDS(f) cmocka_unit_test_setup_teardown(f, setup_commands, teardown)
        const struct CMUnitTest tests[] = {
                REQUESTS(a_stop_is_with_the_link_in_the_same_turn),
                REQUESTS(a_stop_keeps_no_gap_and_drops_what_waits),
                REQUESTS(a_stop_is_next_after_the_one_pending_request),
                REQUESTS(a_failed_request_does_not_hold_the_stop_up),
                TWO_REQUESTS(every_frame_of_a_stop_is_awaited),
                TWO_REQUESTS(a_second_stop_begins_again),
                REQUESTS(what_is_off_is_told_once_in_a_while),
                REQUESTS(a_stop_that_was_just_told_keeps_the_handshake),
                REQUESTS(what_may_be_on_is_told_every_time),
                COMMANDS(a_command_goes_out_behind_an_unanswered_request),
                COMMANDS(an_answer_from_before_the_stop_confirms_no_setpoint),
                COMMANDS(a_request_that_stays_unanswered_does_not_keep_a_command_from_its_end),
                COMMANDS(a_command_without_a_socket_waits_for_the_answer),
                COMMANDS(a_stop_whose_repeat_is_to_come_does_not_begin_again),
                REQUESTS(an_unanswered_stop_is_told_every_second),
                REQUESTS(a_refused_stop_is_tried_again_until_it_is_taken),
                REQUESTS(a_link_that_takes_nothing_is_tried_again),
                COMMANDS(commands_are_stopped_twice),
                cmocka_unit_test_setup_teardown(
                        commands_are_stopped_until_the_gap_has_passed, setup_long_gap, teardown),
                COMMANDS(the_devices_word_spares_the_repeat),
                TWO_REQUESTS(the_devices_word_does_not_spare_what_was_not_sent),
                COMMANDS(a_setpoint_cancels_the_repeat_of_a_stop_that_is_out),
                COMMANDS(a_setpoint_never_overtakes_a_stop_that_is_not_out),
                COMMANDS(the_latest_setpoint_wins),
                COMMANDS(a_zero_goes_first),
                COMMANDS(every_frame_of_a_setpoint_has_its_turn),
                COMMANDS(a_turn_says_whose_levels_it_carries),
                COMMANDS(frames_keep_the_devices_gap),
                COMMANDS(the_handshake_goes_before_a_setpoint),
                REQUESTS(one_request_at_a_time),
                REQUESTS(what_is_lost_drops_what_is_behind_it),
                REQUESTS(an_unanswered_setpoint_fails_after_a_second),
                COMMANDS(a_stalled_link_fails_after_half_a_second),
                COMMANDS(a_setpoint_under_way_is_not_known_yet),
                COMMANDS(the_devices_own_limits_go_before_setpoints_and_outlive_a_stop),
                COMMANDS(a_stop_does_not_wait_for_a_stalled_link),
                COMMANDS(nothing_is_written_after_the_link_is_gone),
                REQUESTS(a_new_link_begins_clean),
                REQUESTS(a_lane_that_is_full_takes_no_more),
                cmocka_unit_test(without_stop_frames_there_is_no_writer),
                REQUESTS(stopping_again_does_not_put_the_alarm_off),
                COMMANDS(a_command_that_the_stack_answered_is_no_answer_of_the_device),
                COMMANDS(a_stop_keeps_the_handshake),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
