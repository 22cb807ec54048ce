/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/arming.h"
#include "tests/test.h"

static uint8_t seed;
static int random_result;

static int counted(void *bytes, size_t n) {
        for (size_t i = 0; i < n; i++)
                ((uint8_t *) bytes)[i] = seed++;
        return random_result;
}

static void the_nonce_of_the_challenge_arms_once(void **state) {
        struct arming arming = {};
        char nonce[ARMING_NONCE_SIZE];

        assert_int_equal(arming_challenge(&arming, counted, 1000), 0);
        assert_int_equal(strlen(arming.nonce), 32);
        memcpy(nonce, arming.nonce, sizeof(nonce));
        assert_int_equal(arming_answer(&arming, nonce, 1000), 0);
        assert_int_equal(arming_answer(&arming, nonce, 1000), -EKEYREJECTED);
}

static void a_wrong_answer_uses_it_up(void **state) {
        static const char *const wrong[] = { "", "x", "00000000000000000000000000000000",
                "000000000000000000000000000000000000" };

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                struct arming arming = {};
                char nonce[ARMING_NONCE_SIZE];

                assert_int_equal(arming_challenge(&arming, counted, 1000), 0);
                memcpy(nonce, arming.nonce, sizeof(nonce));
                assert_int_equal(arming_answer(&arming, wrong[i], 1000), -EKEYREJECTED);
                assert_int_equal(arming_answer(&arming, nonce, 1000), -EKEYREJECTED);
        }
}

static void nothing_arms_without_a_challenge(void **state) {
        struct arming arming = {};

        assert_int_equal(arming_answer(&arming, "", 0), -EKEYREJECTED);
        assert_int_equal(arming_challenge(&arming, counted, 0), 0);
        arming_void(&arming);
        assert_int_equal(arming_answer(&arming, "", 0), -EKEYREJECTED);
}

static void it_is_good_for_thirty_seconds(void **state) {
        for (unsigned late = 0; late <= 1; late++) {
                struct arming arming = {};
                char nonce[ARMING_NONCE_SIZE];

                assert_int_equal(arming_challenge(&arming, counted, 1000), 0);
                memcpy(nonce, arming.nonce, sizeof(nonce));
                assert_int_equal(arming_answer(&arming, nonce, 1000 + ARMING_VALID_USEC + late),
                        late ? -EKEYREJECTED : 0);
        }
}

static void a_new_challenge_voids_the_old_one(void **state) {
        struct arming arming = {};
        char nonce[ARMING_NONCE_SIZE];

        assert_int_equal(arming_challenge(&arming, counted, 0), 0);
        memcpy(nonce, arming.nonce, sizeof(nonce));
        assert_int_equal(arming_challenge(&arming, counted, 0), 0);
        assert_string_not_equal(nonce, arming.nonce);
        assert_int_equal(arming_answer(&arming, nonce, 0), -EKEYREJECTED);
}

/* Keys that do something else in the live view never arm. */
static void the_key_means_nothing_else(void **state) {
        for (unsigned i = 0; i < 256; i++) {
                struct arming arming = {};

                assert_int_equal(arming_challenge(&arming, counted, 0), 0);
                assert_int_equal(strlen(arming.key), 1);
                assert_null(strchr("0123456789 nsqp+-ilo", arming.key[0]));
        }
}

static void without_random_bytes_there_is_no_challenge(void **state) {
        struct arming arming = {};

        random_result = -EIO;
        assert_int_equal(arming_challenge(&arming, counted, 0), -EIO);
        random_result = 0;
        assert_string_equal(arming.nonce, "");
        assert_int_equal(arming_answer(&arming, "", 0), -EKEYREJECTED);
}

/* A challenge that cannot be made leaves none open, not even the one before. */
static void a_failed_challenge_voids_the_old_one(void **state) {
        struct arming arming = {};
        char nonce[ARMING_NONCE_SIZE];

        assert_int_equal(arming_challenge(&arming, counted, 0), 0);
        memcpy(nonce, arming.nonce, sizeof(nonce));
        random_result = -EPERM;
        assert_int_equal(arming_challenge(&arming, counted, 0), -EPERM);
        random_result = 0;
        assert_string_equal(arming.key, "");
        assert_int_equal(arming_answer(&arming, nonce, 0), -EKEYREJECTED);
}

static void every_byte_of_the_nonce_counts(void **state) {
        for (unsigned i = 0; i <= ARMING_NONCE_SIZE; i++) {
                struct arming arming = {};
                char answer[2 * ARMING_NONCE_SIZE] = {};

                assert_int_equal(arming_challenge(&arming, counted, 0), 0);
                memcpy(answer, arming.nonce, sizeof(arming.nonce));
                if (i < ARMING_NONCE_SIZE)
                        answer[i] = answer[i] == 'x' ? 'y' : 'x'; /* the last one: one byte more */
                else
                        answer[ARMING_NONCE_SIZE - 2] = '\0'; /* one byte less */
                assert_int_equal(arming_answer(&arming, answer, 0), -EKEYREJECTED);
        }
}

static uint8_t last_byte;

static int zeroes_and_one(void *bytes, size_t n) {
        memset(bytes, 0, n);
        ((uint8_t *) bytes)[n - 1] = last_byte;
        return 0;
}

/* The key is drawn by a byte of its own, so that it tells nothing of the nonce, from all the keys there are. */
static void the_key_is_drawn_apart_from_the_nonce(void **state) {
        static const char keys[] = "dfghjkvwxz";

        for (unsigned i = 0; i < 30; i++) {
                struct arming arming = {};

                last_byte = (uint8_t) i;
                assert_int_equal(arming_challenge(&arming, zeroes_and_one, 0), 0);
                assert_string_equal(arming.nonce, "00000000000000000000000000000000");
                assert_int_equal(arming.key[0], keys[i % 10]);
                assert_int_equal(arming.key[1], '\0');
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_nonce_of_the_challenge_arms_once),
                cmocka_unit_test(a_wrong_answer_uses_it_up),
                cmocka_unit_test(nothing_arms_without_a_challenge),
                cmocka_unit_test(it_is_good_for_thirty_seconds),
                cmocka_unit_test(a_new_challenge_voids_the_old_one),
                cmocka_unit_test(the_key_means_nothing_else),
                cmocka_unit_test(without_random_bytes_there_is_no_challenge),
                cmocka_unit_test(a_failed_challenge_voids_the_old_one),
                cmocka_unit_test(every_byte_of_the_nonce_counts),
                cmocka_unit_test(the_key_is_drawn_apart_from_the_nonce),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
