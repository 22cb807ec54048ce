/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The simulated Coyote 3 against the examples and rules of the maker's page (DG-LAB, README_V3.md). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "sim/products/product.h"

enum { COMMANDS, ANSWERS, BATTERY };

struct bench {
        struct product *product;
        uint64_t now_usec;
        uint8_t answer[20];
        size_t answer_size;
        unsigned answers, missed, late, dropped, bad;
};

static void on_notify(void *userdata, unsigned characteristic, const uint8_t *bytes, size_t n) {
        struct bench *bench = userdata;

        if (characteristic != ANSWERS)
                return;
        assert_true(n <= sizeof(bench->answer));
        memcpy(bench->answer, bytes, n);
        bench->answer_size = n;
        bench->answers++;
}

static void on_observed(void *userdata, uint64_t t_usec, const char *what, const char *json) {
        struct bench *bench = userdata;

        assert_int_equal(json[0], '{');
        if (streq(what, "missed-window"))
                bench->missed++;
        else if (streq(what, "late-frame"))
                bench->late++;
        else if (streq(what, "dropped-group"))
                bench->dropped++;
        else if (streq(what, "bad-frame"))
                bench->bad++;
}

static int setup(void **state) {
        static struct bench bench;
        const struct product_host host = { on_notify, on_observed, &bench };

        bench = (struct bench){ .now_usec = 5 * USEC_PER_SEC };
        assert_int_equal(product_new("coyote3", "C0:FF:EE:00:00:02", &host, &bench.product), 0);
        product_linked(bench.product, bench.now_usec, true);
        *state = &bench;
        return 0;
}

static int teardown(void **state) {
        struct bench *bench = *state;

        product_free(bench->product);
        return 0;
}

static void put(struct bench *bench, const char *hex) {
        uint8_t bytes[32];
        size_t n = 0;

        while (*hex) {
                unsigned byte;

                assert_int_equal(sscanf(hex, "%2x", &byte), 1);
                bytes[n++] = (uint8_t) byte;
                hex += hex[2] == ' ' ? 3 : 2;
        }
        assert_int_equal(
                product_write(bench->product, bench->now_usec, COMMANDS, PRODUCT_WRITE_COMMAND, bytes, n),
                0);
}

static void wait_usec(struct bench *bench, uint64_t usec) {
        bench->now_usec += usec;
        product_advance(bench->product, bench->now_usec);
}

static void expect(struct bench *bench, unsigned channel, unsigned amplitude_permille, unsigned rate_mhz) {
        struct product_output output = product_output(bench->product, channel);

        assert_int_equal(output.amplitude_permille, amplitude_permille);
        assert_int_equal(output.rate_mhz, rate_mhz);
}

static void expect_answer(struct bench *bench, uint8_t sequence, uint8_t a, uint8_t b) {
        const uint8_t expected[] = { 0xB1, sequence, a, b };

        assert_int_equal(bench->answer_size, sizeof(expected));
        assert_memory_equal(bench->answer, expected, sizeof(expected));
}

/* Asks for the strengths by a frame that keeps both. */
static void expect_strengths(struct bench *bench, uint8_t a, uint8_t b) {
        put(bench, "B0 F0 00 00 0A 0A 0A 0A 00 00 00 00 0A 0A 0A 0A 00 00 00 00");
        expect_answer(bench, 15, a, b);
}

/* Both at this strength, steady 10 ms pulses at full intensity on A, B kept quiet. */
#define PLAY_A_10 "B0 0F 0A 00 0A 0A 0A 0A 64 64 64 64 00 00 00 00 00 00 00 65"
#define KEEP_PLAYING_A "B0 00 00 00 0A 0A 0A 0A 64 64 64 64 00 00 00 00 00 00 00 65"
#define STOP "B0 1F 00 00 0A 0A 0A 0A 00 00 00 00 0A 0A 0A 0A 00 00 00 00"

static void test_groups_of_25_ms(void **state) {
        struct bench *bench = *state;

        put(bench, "B0 0F 0A 00 0A 0A 0A 0A 00 0A 14 1E 00 00 00 00 00 00 00 65");
        expect(bench, 0, 0, 0);
        wait_usec(bench, 25000);
        expect(bench, 0, 5, 100000); /* 10/200 of 10 % */
        wait_usec(bench, 24999);
        expect(bench, 0, 5, 100000);
        wait_usec(bench, 1);
        expect(bench, 0, 10, 100000);
        wait_usec(bench, 25000);
        expect(bench, 0, 15, 100000);
        expect(bench, 1, 0, 0);
}

static void test_dies_100_ms_after_the_last_frame(void **state) {
        struct bench *bench = *state;

        put(bench, PLAY_A_10);
        expect(bench, 0, 50, 100000);
        wait_usec(bench, 60000);
        put(bench, KEEP_PLAYING_A);
        wait_usec(bench, 99999);
        expect(bench, 0, 50, 100000);
        wait_usec(bench, 1);
        expect(bench, 0, 0, 0);
        assert_true(product_next(bench->product) == USEC_INFINITY);
        expect_strengths(bench, 10, 0);
}

static void test_one_long_step_equals_many(void **state) {
        struct bench *bench = *state;

        put(bench, PLAY_A_10);
        wait_usec(bench, 3600 * USEC_PER_SEC);
        expect(bench, 0, 0, 0);
}

static void test_frequency_byte(void **state) {
        static const struct {
                const char *frame;
                unsigned rate_mhz;
        } cases[] = {
                { "B0 0C 64 00 64 64 64 64 64 64 64 64 00 00 00 00 00 00 00 65", 10000 }, /* 100 ms */
                { "B0 0C 64 00 78 78 78 78 64 64 64 64 00 00 00 00 00 00 00 65", 5000 },  /* 200 ms */
                { "B0 0C 64 00 C8 C8 C8 C8 64 64 64 64 00 00 00 00 00 00 00 65", 1666 },  /* 600 ms */
                { "B0 0C 64 00 C9 C9 C9 C9 64 64 64 64 00 00 00 00 00 00 00 65", 1639 },  /* 610 ms */
                { "B0 0C 64 00 F0 F0 F0 F0 64 64 64 64 00 00 00 00 00 00 00 65", 1000 },  /* 1000 ms */
        };
        struct bench *bench = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                put(bench, cases[i].frame);
                expect(bench, 0, 500, cases[i].rate_mhz);
        }
}

/* The six examples under "how the strength value is read", each from 10 and 10. */
static void test_strength_modes(void **state) {
        static const struct {
                const char *head;
                uint8_t a, b;
        } cases[] = {
                { "B0 10 05 08", 10, 10 },
                { "B0 14 05 08", 15, 10 },
                { "B0 12 05 08", 10, 2 },
                { "B0 13 05 08", 10, 8 },
                { "B0 16 05 08", 15, 2 },
                { "B0 1D 05 08", 5, 18 },
                /* … and the four under "strength value" */
                { "B0 14 C3 00", 200, 10 },
                { "B0 18 14 00", 0, 10 },
                { "B0 14 C9 00", 10, 10 },
                { "B0 1C C9 00", 0, 10 },
        };
        struct bench *bench = *state;
        char frame[80];

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                put(bench, "B0 0F 0A 0A 0A 0A 0A 0A 00 00 00 00 0A 0A 0A 0A 00 00 00 00");
                snprintf(frame, sizeof(frame), "%s 0A 0A 0A 0A 00 00 00 00 0A 0A 0A 0A 00 00 00 00",
                        cases[i].head);
                put(bench, frame);
                expect_answer(bench, 1, cases[i].a, cases[i].b);
        }
}

static void test_sequence_0_wants_no_answer(void **state) {
        struct bench *bench = *state;

        put(bench, "B0 04 05 00 0A 0A 0A 0A 00 0A 14 1E 00 00 00 00 00 00 00 65");
        assert_int_equal(bench->answers, 0);
        put(bench, "B0 48 01 00 14 14 14 14 32 32 32 32 00 00 00 00 00 00 00 65");
        assert_int_equal(bench->answers, 1);
        expect_answer(bench, 4, 4, 0);
}

static void test_one_bad_value_drops_the_channel(void **state) {
        struct bench *bench = *state;

        /* Kept quiet on purpose: no mistake to report. */
        put(bench, "B0 0F C8 C8 0A 0A 0A 0A 64 64 64 64 0A 0A 0A 0A 64 64 64 65");
        expect(bench, 0, 1000, 100000);
        expect(bench, 1, 0, 0);
        assert_int_equal(bench->dropped, 0);
        /* A frequency of 9 or 241, an intensity beyond 101. */
        put(bench, "B0 00 00 00 0A 0A 0A 09 64 64 64 64 0A 0A 0A 0A 64 64 64 64");
        expect(bench, 0, 0, 0);
        expect(bench, 1, 1000, 100000);
        put(bench, "B0 00 00 00 F1 0A 0A 0A 64 64 64 64 0A 0A 0A 0A 64 66 64 64");
        expect(bench, 0, 0, 0);
        expect(bench, 1, 0, 0);
        assert_int_equal(bench->dropped, 3);
}

static void test_soft_limit(void **state) {
        struct bench *bench = *state;

        put(bench, "BF 3C 1E A0 A0 00 00");
        assert_int_equal(bench->answers, 0);
        put(bench, "B0 1F C8 C8 0A 0A 0A 0A 64 64 64 64 0A 0A 0A 0A 64 64 64 64");
        expect_answer(bench, 1, 60, 30);
        expect(bench, 0, 300, 100000);
        put(bench, "B0 25 0A 0A 0A 0A 0A 0A 64 64 64 64 0A 0A 0A 0A 64 64 64 64");
        expect_answer(bench, 2, 60, 30);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "wheel-a", 5), 0);
        expect_strengths(bench, 60, 30);

        /* Out of range: that channel's limit stays. A lower limit takes the strength along. */
        put(bench, "BF C9 0A A0 A0 00 00");
        expect_answer(bench, 0, 60, 10);
        /* Limits outlive being switched off, strengths do not. */
        assert_int_equal(product_poke(bench->product, bench->now_usec, "off", 1), 0);
        expect_strengths(bench, 0, 0);
        put(bench, "B0 3F C8 C8 0A 0A 0A 0A 64 64 64 64 0A 0A 0A 0A 64 64 64 64");
        expect_answer(bench, 3, 60, 10);
}

static void test_wheel(void **state) {
        struct bench *bench = *state;

        put(bench, PLAY_A_10);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "wheel-a", 1), 0);
        expect_answer(bench, 0, 11, 0);
        expect(bench, 0, 55, 100000);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "wheel-b", 3), 0);
        expect_answer(bench, 0, 11, 3);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "wheel-a", -20), 0);
        expect_answer(bench, 0, 0, 3);
        expect(bench, 0, 0, 0);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "wheel-a", -1), 0);
        assert_int_equal(bench->answers, 3);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "wheel-c", 1), -EOPNOTSUPP);
}

static void test_stop(void **state) {
        struct bench *bench = *state;

        put(bench, PLAY_A_10);
        wait_usec(bench, 30000);
        put(bench, STOP);
        expect(bench, 0, 0, 0);
        expect_answer(bench, 1, 0, 0);
        put(bench, STOP);
        expect_answer(bench, 1, 0, 0);
        assert_int_equal(bench->answers, 2);
}

static void test_missed_window(void **state) {
        struct bench *bench = *state;
        char *summary;

        /* A frame every 100 ms to the microsecond is in time. */
        put(bench, PLAY_A_10);
        for (unsigned i = 0; i < 50; i++) {
                bench->now_usec += 100000;
                put(bench, KEEP_PLAYING_A);
        }
        assert_int_equal(bench->missed, 0);

        /* Late by less than the shortest pulse period: seen, but no hole that could be felt. */
        wait_usec(bench, 109999);
        put(bench, KEEP_PLAYING_A);
        assert_int_equal(bench->missed, 0);
        assert_int_equal(bench->late, 1);

        wait_usec(bench, 110000);
        put(bench, KEEP_PLAYING_A);
        assert_int_equal(bench->missed, 1);

        /* Late, but it brings nothing that could have been missed. */
        wait_usec(bench, 150000);
        put(bench, STOP);
        wait_usec(bench, 150000);
        put(bench, PLAY_A_10);
        assert_int_equal(bench->missed, 1);

        summary = product_summary(bench->product);
        assert_non_null(strstr(summary, "1 missed windows, the longest gap 10.0 ms"));
        free(summary);
}

static void test_link_loss(void **state) {
        struct bench *bench = *state;
        char *summary;

        put(bench, PLAY_A_10);
        wait_usec(bench, 10000);
        product_linked(bench->product, bench->now_usec, false);
        expect(bench, 0, 50, 100000);
        wait_usec(bench, 90000);
        expect(bench, 0, 0, 0);
        wait_usec(bench, 10 * USEC_PER_SEC);
        summary = product_summary(bench->product);
        assert_non_null(strstr(summary, "channel A gave output for 0.1 s in 1 spell"));
        assert_non_null(strstr(summary, "last ended because the link was lost"));
        assert_non_null(strstr(summary, "channel B never gave output"));
        free(summary);

        /* Back again: the strength is as it was, and the gap is nobody's missed window. */
        product_linked(bench->product, bench->now_usec, true);
        put(bench, KEEP_PLAYING_A);
        expect(bench, 0, 50, 100000);
        assert_int_equal(bench->missed, 0);
}

static void test_other_frames_are_ignored(void **state) {
        struct bench *bench = *state;

        put(bench, PLAY_A_10);
        put(bench, "B0 1F 00 00");
        put(bench, "B5 01");
        put(bench, "BF 00 00");
        assert_int_equal(bench->bad, 3);
        expect(bench, 0, 50, 100000);
}

static void test_battery(void **state) {
        struct bench *bench = *state;
        uint8_t percent = 0;

        assert_int_equal(product_read(bench->product, bench->now_usec, BATTERY, &percent, 1), 1);
        assert_int_equal(percent, 92);
        assert_int_equal(product_read(bench->product, bench->now_usec, COMMANDS, &percent, 1), -2);
        put(bench, PLAY_A_10);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "battery", 101), -ERANGE);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "battery", 0), 0);
        expect(bench, 0, 0, 0);
        put(bench, PLAY_A_10);
        expect(bench, 0, 0, 0);
}

static void test_properties(void **state) {
        struct bench *bench = *state;
        const uint8_t byte = 1;

        assert_int_equal(
                product_write(bench->product, bench->now_usec, ANSWERS, PRODUCT_WRITE_REQUEST, &byte, 1), 3);
        assert_int_equal(
                product_write(bench->product, bench->now_usec, ANSWERS, PRODUCT_WRITE_COMMAND, &byte, 1), 0);
        assert_int_equal(product_channels(bench->product), 2);
        assert_string_equal(product_advertised_name(bench->product), "47L121000");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_groups_of_25_ms, setup, teardown),
                cmocka_unit_test_setup_teardown(test_dies_100_ms_after_the_last_frame, setup, teardown),
                cmocka_unit_test_setup_teardown(test_one_long_step_equals_many, setup, teardown),
                cmocka_unit_test_setup_teardown(test_frequency_byte, setup, teardown),
                cmocka_unit_test_setup_teardown(test_strength_modes, setup, teardown),
                cmocka_unit_test_setup_teardown(test_sequence_0_wants_no_answer, setup, teardown),
                cmocka_unit_test_setup_teardown(test_one_bad_value_drops_the_channel, setup, teardown),
                cmocka_unit_test_setup_teardown(test_soft_limit, setup, teardown),
                cmocka_unit_test_setup_teardown(test_wheel, setup, teardown),
                cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
                cmocka_unit_test_setup_teardown(test_missed_window, setup, teardown),
                cmocka_unit_test_setup_teardown(test_link_loss, setup, teardown),
                cmocka_unit_test_setup_teardown(test_other_frames_are_ignored, setup, teardown),
                cmocka_unit_test_setup_teardown(test_battery, setup, teardown),
                cmocka_unit_test_setup_teardown(test_properties, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
