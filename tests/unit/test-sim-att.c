/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ATT server of the virtual radio against the Bluetooth Core Specification, Vol 3, Parts F and G. */

#include "sim/products/hex.h"
#include "sim/radio/att-server.h"
#include "tests/test.h"

/* A Theragun's attributes, as the table must have them. */
#define NAME "0300"
#define CHANGED_CCC "0900"
#define ANSWERS "0C00"
#define ANSWERS_CCC "0D00"
#define COMMANDS "0F00"
#define BATTERY "1200"

struct bench {
        struct product *product;
        struct gatt_table table;
        struct att_server server;
        unsigned writes;
        enum product_write_type type;
        char written[HEX_MAX];
        int write_error;
        size_t long_value; /* reads give so many bytes; 0: as the product has it */
        char hex[HEX_MAX];
};

static int on_write(void *userdata, unsigned characteristic, enum product_write_type type,
        const uint8_t *bytes, size_t n) {
        struct bench *bench = userdata;

        bench->writes++;
        bench->type = type;
        hex_print(bench->written, bytes, n);
        return bench->write_error;
}

static ssize_t on_read(void *userdata, unsigned characteristic, uint8_t *buffer, size_t size) {
        struct bench *bench = userdata;

        if (bench->long_value == 0)
                return product_read(bench->product, 0, characteristic, buffer, size);
        for (size_t i = 0; i < bench->long_value; i++)
                buffer[i] = (uint8_t) i;
        return (ssize_t) bench->long_value;
}

static int setup(void **state) {
        static const struct product_host nobody;
        static struct bench bench;

        bench = (struct bench){ 0 };
        assert_int_equal(product_new("theragun-pro", "C0:FF:EE:00:00:01", &nobody, &bench.product), 0);
        assert_int_equal(gatt_table_build(&bench.table, bench.product, GATT_FIRST_HANDLE, false), 0);
        bench.server = (struct att_server){
                .table = &bench.table,
                .host = { .write = on_write, .read = on_read, .userdata = &bench },
                .offered = 247,
        };
        att_server_reset(&bench.server);
        *state = &bench;
        return 0;
}

static int teardown(void **state) {
        product_free(((struct bench *) *state)->product);
        return 0;
}

static size_t bytes_of(const char *hex, uint8_t *bytes, size_t size) {
        unsigned value;
        size_t n = 0;

        for (const char *at = hex; *at; at += 2) {
                assert_true(n < size && sscanf(at, "%2x", &value) == 1);
                bytes[n++] = (uint8_t) value;
        }
        return n;
}

/* The answer to a PDU, in hex. */
static const char *ask(struct bench *bench, const char *hex) {
        struct packet answer;
        uint8_t pdu[64];

        att_server_receive(&bench->server, pdu, bytes_of(hex, pdu, sizeof(pdu)), &answer);
        return hex_print(bench->hex, answer.bytes, answer.n);
}

#define assert_answer(pdu, answer) assert_string_equal(ask(bench, pdu), answer)

static void test_services(void **state) {
        struct bench *bench = *state;

        /* Three fit into the smallest MTU; the next question goes on behind them. */
        assert_answer("100100FFFF0028", "1106"
                                        "010005000018"
                                        "060009000118"
                                        "0A000F00E0FF");
        assert_answer("101000FFFF0028", "1106"
                                        "100013000F18"
                                        "14001A000A18");
        assert_answer("101B00FFFF0028", "01101B000A");
        /* The type in full is the same type; others group nothing. */
        assert_answer("101400FFFFFB349B5F800000800010000000280000", "110614001A000A18");
        assert_answer("100100FFFF0128", "0110010010");
        assert_answer("100000FFFF0028", "0110000001");
        assert_answer("10050001000028", "0110050001");
}

static void test_one_service(void **state) {
        struct bench *bench = *state;

        assert_answer("060100FFFF0028E0FF", "070A000F00");
        assert_answer("060100FFFF0028FB349B5F8000008000100000E0FF0000", "070A000F00");
        assert_answer("060B00FFFF0028E0FF", "01060B000A");
        assert_answer("060100FFFF0028ABCD", "010601000A");
}

static void test_characteristics(void **state) {
        struct bench *bench = *state;

        assert_answer("080A000F000328", "0907"
                                        "0B00100C00E1FF"
                                        "0E000C0F00E2FF");
        assert_answer("0810001A000328", "0907"
                                        "1100121200192A"
                                        "1500021600292A"
                                        "1700021800242A");
        assert_answer("080F000F000328", "01080F000A");
        assert_answer("040C00FFFF", "05010C00E1FF0D0002290E0003280F00E2FF10000028");
        assert_answer("041B00FFFF", "01041B000A");
        /* The name, by its type. */
        assert_answer("080100FFFF002A", "0905030050726F");
        /* Of what cannot be read, that is said. */
        assert_answer("080100FFFFE1FF", "0108010002");
}

static void test_mtu(void **state) {
        struct bench *bench = *state;

        assert_answer("020502", "03F700");
        assert_int_equal(bench->server.mtu, 247);
        assert_answer("026400", "03F700");
        assert_int_equal(bench->server.mtu, 100);
        assert_answer("020100", "03F700");
        assert_int_equal(bench->server.mtu, 23);
        bench->server.offered = 23;
        assert_answer("020502", "031700");
        assert_int_equal(bench->server.mtu, 23);
        att_server_reset(&bench->server);
        assert_int_equal(bench->server.mtu, ATT_MTU_DEFAULT);
}

static void test_read(void **state) {
        struct bench *bench = *state;

        assert_answer("0A" NAME, "0B50726F");
        assert_answer("0A" BATTERY, "0B57");
        assert_answer("0A" COMMANDS, "010A0F0002");
        assert_answer("0A0800", "010A080002");
        assert_answer("0AFF00", "010AFF0001");
        assert_answer("0A0000", "010A000001");
        assert_answer("0A" ANSWERS_CCC, "0B0000");
        assert_answer("0A0A00", "0BE0FF");
}

static void test_long_read(void **state) {
        struct bench *bench = *state;

        bench->long_value = 30;
        assert_answer("0A" BATTERY, "0B000102030405060708090A0B0C0D0E0F101112131415");
        assert_answer("0C" BATTERY "1600", "0D161718191A1B1C1D");
        assert_answer("0C" BATTERY "1E00", "0D");
        assert_answer("0C" BATTERY "1F00", "010C120007");
        assert_answer("0C" COMMANDS "0000", "010C0F0002");
        bench->long_value = ATT_VALUE_MAX;
        ask(bench, "020502");
        ask(bench, "0A" BATTERY);
        assert_int_equal(strlen(bench->hex), 2 * 247);
}

static void test_write(void **state) {
        struct bench *bench = *state;

        assert_answer("12" COMMANDS "AA101000", "13");
        assert_string_equal(bench->written, "AA101000");
        assert_int_equal(bench->type, PRODUCT_WRITE_REQUEST);
        assert_answer("52" COMMANDS "AA202000", "");
        assert_string_equal(bench->written, "AA202000");
        assert_int_equal(bench->type, PRODUCT_WRITE_COMMAND);
        assert_answer("12" COMMANDS, "13"); /* an empty value is one */
        assert_int_equal(bench->writes, 3);

        bench->write_error = 0x80;
        assert_answer("12" COMMANDS "00", "01120F0080");
        assert_answer("52" COMMANDS "00", "");
        assert_int_equal(bench->writes, 5);
        /* Where nothing can be written. */
        assert_answer("12" NAME "00", "0112030003");
        assert_answer("120A0000", "01120A0003");
        assert_answer("12FF0000", "0112FF0001");
        assert_answer("52FF0000", "");
        assert_answer("52" NAME "00", "");
        assert_int_equal(bench->writes, 5);
}

static void test_subscription(void **state) {
        struct bench *bench = *state;
        const uint8_t value[] = { 1, 2, 3 };
        struct packet pdu;

        assert_false(att_server_notification(&bench->server, 0, value, sizeof(value), &pdu));
        assert_answer("12" ANSWERS_CCC "0100", "13");
        assert_answer("0A" ANSWERS_CCC, "0B0100");
        assert_true(att_server_notification(&bench->server, 0, value, sizeof(value), &pdu));
        assert_string_equal(hex_print(bench->hex, pdu.bytes, pdu.n), "1B0C00010203");
        assert_false(att_server_notification(&bench->server, 2, value, sizeof(value), &pdu));
        /* It has no indications, the length is wrong, a command does not do. */
        assert_answer("12" ANSWERS_CCC "0200", "01120D00FD");
        assert_answer("12" ANSWERS_CCC "0180", "01120D00FD");
        assert_answer("12" ANSWERS_CCC "01", "01120D000D");
        assert_answer("12" ANSWERS_CCC "010000", "01120D000D");
        assert_answer("52" ANSWERS_CCC "0000", "");
        assert_answer("0A" ANSWERS_CCC, "0B0100");
        assert_answer("12" ANSWERS_CCC "0000", "13");
        assert_false(att_server_notification(&bench->server, 0, value, sizeof(value), &pdu));
}

static void test_notification_is_cut(void **state) {
        struct bench *bench = *state;
        const uint8_t value[40] = { 0 };
        struct packet pdu;

        ask(bench, "12" ANSWERS_CCC "0100");
        assert_true(att_server_notification(&bench->server, 0, value, sizeof(value), &pdu));
        assert_int_equal(pdu.n, 23);
        assert_false(att_server_notification(&bench->server, 99, value, sizeof(value), &pdu));
}

static void test_moved(void **state) {
        struct bench *bench = *state;
        const uint8_t value = 0;
        struct packet pdu;

        /* Nobody wants to know; subscriptions are gone all the same. */
        ask(bench, "12" ANSWERS_CCC "0100");
        assert_int_equal(gatt_table_build(&bench->table, bench->product, 0x2a, false), 0);
        assert_false(att_server_moved(&bench->server, &pdu));
        assert_false(att_server_notification(&bench->server, 0, &value, 1, &pdu));
        assert_answer("100600FFFF0028", "1106"
                                        "060009000118"
                                        "2A002F00E0FF"
                                        "300033000F18");
        assert_answer("0A" ANSWERS, "010A0C0001");

        assert_answer("12" CHANGED_CCC "0200", "13");
        assert_true(att_server_moved(&bench->server, &pdu));
        assert_string_equal(hex_print(bench->hex, pdu.bytes, pdu.n), "1D08000A00FFFF");
        /* One at a time: the next waits for the confirmation. */
        assert_false(att_server_moved(&bench->server, &pdu));
        assert_answer("1E", "1D08000A00FFFF");
        assert_answer("1E", "");
        assert_true(att_server_moved(&bench->server, &pdu));
}

static void test_bare(void **state) {
        struct bench *bench = *state;
        const uint8_t value = 0;
        struct packet pdu;

        assert_int_equal(gatt_table_build(&bench->table, bench->product, GATT_FIRST_HANDLE, true), 0);
        assert_answer("100A00FFFF0028", "1106"
                                        "0A000D000F18"
                                        "0E0014000A18");
        assert_false(att_server_notification(&bench->server, 0, &value, 1, &pdu));
}

static void test_what_is_not_served(void **state) {
        struct bench *bench = *state;

        assert_answer("160F00000001", "0116000006"); /* Prepare Write */
        assert_answer("1801", "0118000006");         /* Execute Write */
        assert_answer("0E0C000F00", "010E000006");   /* Read Multiple */
        assert_answer("20", "0120000006");           /* Read Multiple Variable */
        assert_answer("D20F00", "");                 /* Signed Write Command: a command is never answered */
        assert_answer("13", "");                     /* answers, to nothing */
        assert_answer("010A000001", "");
        assert_answer("1B0C0000", "");
        assert_answer("", "");
        assert_int_equal(bench->writes, 0);
}

static void test_malformed(void **state) {
        static const char *const pdus[] = { "02", "0205", "02050200", "04010000", "0401000000FF",
                "0601000000", "080100000003", "0801000000000300", "0A", "0A03", "0A030000", "0C03",
                "0C030000", "10010000", "12", "120F" };
        struct bench *bench = *state;
        char expected[16];

        for (size_t i = 0; i < ARRAY_SIZE(pdus); i++) {
                snprintf(expected, sizeof(expected), "01%.2s000004", pdus[i]);
                assert_answer(pdus[i], expected);
        }
        assert_answer("52", "");
        assert_answer("520F", "");
        /* Longer than the MTU allows. */
        assert_answer("120F00000102030405060708090A0B0C0D0E0F1011121314", "0112000004");
        assert_int_equal(bench->writes, 0);
}

static void test_random(void **state) {
        struct bench *bench = *state;
        struct packet answer;
        uint8_t pdu[300];

        srand(1);
        for (unsigned round = 0; round < 200000; round++) {
                size_t n = (size_t) rand() % (round % 16 == 0 ? sizeof(pdu) : 24);

                for (size_t i = 0; i < n; i++)
                        pdu[i] = (uint8_t) (rand() >> 8);
                /* Mostly what exists, with small handles. */
                if (n > 2 && round % 4 != 0) {
                        pdu[0] &= 0x5f;
                        pdu[1] &= 0x1f;
                        pdu[2] = 0;
                }
                att_server_receive(&bench->server, pdu, n, &answer);
                assert_true(answer.n <= bench->server.mtu);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_services, setup, teardown),
                cmocka_unit_test_setup_teardown(test_one_service, setup, teardown),
                cmocka_unit_test_setup_teardown(test_characteristics, setup, teardown),
                cmocka_unit_test_setup_teardown(test_mtu, setup, teardown),
                cmocka_unit_test_setup_teardown(test_read, setup, teardown),
                cmocka_unit_test_setup_teardown(test_long_read, setup, teardown),
                cmocka_unit_test_setup_teardown(test_write, setup, teardown),
                cmocka_unit_test_setup_teardown(test_subscription, setup, teardown),
                cmocka_unit_test_setup_teardown(test_notification_is_cut, setup, teardown),
                cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bare, setup, teardown),
                cmocka_unit_test_setup_teardown(test_what_is_not_served, setup, teardown),
                cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
