/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The simulated Theragun and Wave Roller against the Theragun notes of stpihkal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "sim/products/product.h"

enum { ANSWERS, COMMANDS, BATTERY };

struct bench {
        struct product *product;
        uint64_t now_usec;
        uint8_t answer[20];
        size_t answer_size;
        unsigned answers, battery_notes, bad;
};

static void on_notify(void *userdata, unsigned characteristic, const uint8_t *bytes, size_t n) {
        struct bench *bench = userdata;

        if (characteristic == BATTERY) {
                bench->battery_notes++;
                return;
        }
        assert_true(n <= sizeof(bench->answer));
        memcpy(bench->answer, bytes, n);
        bench->answer_size = n;
        bench->answers++;
}

static void on_observed(void *userdata, uint64_t t_usec, const char *what, const char *json) {
        struct bench *bench = userdata;

        assert_int_equal(json[0], '{');
        if (streq(what, "bad-frame"))
                bench->bad++;
}

static void start(struct bench *bench, const char *kind) {
        const struct product_host host = { on_notify, on_observed, bench };

        *bench = (struct bench){ .now_usec = 5 * USEC_PER_SEC };
        assert_int_equal(product_new(kind, "C0:FF:EE:00:00:01", &host, &bench->product), 0);
        product_linked(bench->product, bench->now_usec, true);
}

static int setup(void **state) {
        static struct bench bench;

        start(&bench, "theragun-pro");
        *state = &bench;
        return 0;
}

static int setup_roller(void **state) {
        static struct bench bench;

        start(&bench, "wave-roller");
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
                product_write(bench->product, bench->now_usec, COMMANDS, PRODUCT_WRITE_REQUEST, bytes, n),
                0);
}

static void wait_usec(struct bench *bench, uint64_t usec) {
        bench->now_usec += usec;
        product_advance(bench->product, bench->now_usec);
}

static unsigned rate(struct bench *bench) {
        return product_output(bench->product, 0).rate_mhz;
}

static void expect_status(struct bench *bench, bool running, unsigned speed) {
        uint8_t sum = 0;

        assert_true(bench->answer_size >= 15);
        assert_int_equal(bench->answer[0], 0xBB);
        for (size_t i = 2; i < bench->answer_size; i++)
                sum = (uint8_t) (sum + bench->answer[i]);
        assert_int_equal(bench->answer[1], sum);
        assert_int_equal(bench->answer[2], 0x10);
        assert_int_equal(bench->answer[4], running);
        assert_int_equal(bench->answer[13] << 8 | bench->answer[14], speed);
}

#define SPEED_0 "AA 07 01 03 00 00 03"
#define SPEED_1750 "AA E3 01 03 06 D6 03"

static void test_spins_up_and_down(void **state) {
        struct bench *bench = *state;
        unsigned before;

        put(bench, SPEED_1750);
        assert_int_equal(rate(bench), 0);
        wait_usec(bench, 400000);
        /* One time constant: 63 % of 1750/60 Hz. */
        assert_in_range(rate(bench), 17500, 19500);
        wait_usec(bench, 4 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 29167);
        assert_int_equal(product_output(bench->product, 0).amplitude_permille, 1000);

        put(bench, SPEED_0);
        before = rate(bench);
        assert_int_equal(before, 29167); /* a stop is not instant */
        for (unsigned i = 0; i < 6; i++) {
                wait_usec(bench, 100000);
                assert_true(rate(bench) < before);
                before = rate(bench);
        }
        wait_usec(bench, 1500000);
        assert_int_equal(rate(bench), 0);
        assert_int_equal(product_output(bench->product, 0).amplitude_permille, 0);
        assert_true(product_next(bench->product) == USEC_INFINITY);
}

static void test_one_long_step_equals_many(void **state) {
        struct bench *bench = *state;

        put(bench, SPEED_1750);
        wait_usec(bench, 30 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 29167);
}

static void test_speeds(void **state) {
        struct bench *bench = *state;

        put(bench, "AA 8E 01 03 07 80 03");
        expect_status(bench, true, 1920);
        put(bench, "AA 15 01 03 0E 00 03");
        expect_status(bench, true, 3584);
        put(bench, "AA 35 01 03 0E 20 03");
        expect_status(bench, true, 3616);
        assert_int_equal(bench->answers, 3);
        /* One more than there is. */
        put(bench, "AA 36 01 03 0E 21 03");
        assert_int_equal(bench->answers, 3);
        assert_int_equal(bench->bad, 1);
        put(bench, SPEED_0);
        expect_status(bench, false, 0);
}

static void test_bad_frames_are_ignored(void **state) {
        struct bench *bench = *state;

        put(bench, SPEED_1750);
        put(bench, "AA 06 01 03 00 00 03");    /* checksum */
        put(bench, "AA 01 03 00 00 03 07");    /* checksum behind the body */
        put(bench, "BB 07 01 03 00 00 03");    /* from the wrong side */
        put(bench, "AA 04 01 03");             /* meaning not known */
        put(bench, "AA 0A 01 03 00 00 03 03"); /* too long */
        put(bench, "AA");
        assert_int_equal(bench->bad, 6);
        wait_usec(bench, 4 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 29167);
}

static void test_status_and_version(void **state) {
        struct bench *bench = *state;

        put(bench, "AA 10 10 00");
        expect_status(bench, false, 0);
        put(bench, SPEED_1750);
        put(bench, "AA 10 10 00");
        expect_status(bench, true, 1750);
        assert_int_equal(bench->answers, 3);
        put(bench, "AA 20 20 00");
        assert_int_equal(bench->answer[2], 0x20);
        assert_int_equal(bench->answer[12] << 8 | bench->answer[13], 216);
        /* Nothing changes, nothing is said. */
        put(bench, SPEED_1750);
        assert_int_equal(bench->answers, 4);
}

static void test_runs_on_without_a_link(void **state) {
        struct bench *bench = *state;

        put(bench, SPEED_1750);
        wait_usec(bench, 4 * USEC_PER_SEC);
        product_linked(bench->product, bench->now_usec, false);
        wait_usec(bench, 60 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 29167);

        product_linked(bench->product, bench->now_usec, true);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "link-loss-stops", 1), 0);
        product_linked(bench->product, bench->now_usec, false);
        wait_usec(bench, 4 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 0);
}

static void test_a_hand_on_it(void **state) {
        struct bench *bench = *state;
        char *summary;

        assert_int_equal(product_poke(bench->product, bench->now_usec, "speed", 2400), 0);
        expect_status(bench, true, 2400);
        wait_usec(bench, 4 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 40000);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "off", 1), 0);
        expect_status(bench, false, 0);
        wait_usec(bench, 4 * USEC_PER_SEC);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "speed", 4000), -ERANGE);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "wheel-a", 1), -EOPNOTSUPP);
        summary = product_summary(bench->product);
        assert_non_null(strstr(summary, "in 1 spell"));
        assert_non_null(strstr(summary, "last ended because a hand switched it off"));
        free(summary);
}

static void test_battery(void **state) {
        struct bench *bench = *state;
        uint8_t percent = 0;

        assert_int_equal(product_read(bench->product, bench->now_usec, BATTERY, &percent, 1), 1);
        assert_int_equal(percent, 87);
        wait_usec(bench, 3600 * USEC_PER_SEC);
        assert_int_equal(bench->battery_notes, 0); /* idle costs nothing */
        put(bench, SPEED_1750);
        wait_usec(bench, 200 * USEC_PER_SEC);
        assert_int_equal(product_read(bench->product, bench->now_usec, BATTERY, &percent, 1), 1);
        assert_int_equal(percent, 85);
        assert_int_equal(bench->battery_notes, 2);
        assert_int_equal(product_poke(bench->product, bench->now_usec, "battery", 0), 0);
        expect_status(bench, false, 0);
        wait_usec(bench, 4 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 0);
        put(bench, SPEED_1750);
        wait_usec(bench, 4 * USEC_PER_SEC);
        assert_int_equal(rate(bench), 0);
}

static void test_wave_roller(void **state) {
        struct bench *bench = *state;

        assert_string_equal(product_advertised_name(bench->product), "fr01");
        put(bench, "AA 1B 01 03 01 13 03"); /* 275 */
        expect_status(bench, true, 275);
        put(bench, "AA 1C 01 03 01 14 03"); /* 276: no such step */
        assert_int_equal(bench->bad, 1);
        put(bench, SPEED_1750);
        assert_int_equal(bench->bad, 2);
        expect_status(bench, true, 275);
        put(bench, SPEED_0);
        expect_status(bench, false, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_spins_up_and_down, setup, teardown),
                cmocka_unit_test_setup_teardown(test_one_long_step_equals_many, setup, teardown),
                cmocka_unit_test_setup_teardown(test_speeds, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bad_frames_are_ignored, setup, teardown),
                cmocka_unit_test_setup_teardown(test_status_and_version, setup, teardown),
                cmocka_unit_test_setup_teardown(test_runs_on_without_a_link, setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_hand_on_it, setup, teardown),
                cmocka_unit_test_setup_teardown(test_battery, setup, teardown),
                cmocka_unit_test_setup_teardown(test_wave_roller, setup_roller, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
