/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The controller of the virtual radio, as a host sees it: Bluetooth Core Specification, Vol 4, Part E. The bytes stand
 * as they go over /dev/vhci. */

#include "tests/unit/sim-host.h"

static void test_answers(void **state) {
        struct host *host = *state;

        host_send(host, "01030C00"); /* Reset */
        assert_next("040E0401030C00");
        host_send(host, "01091000"); /* Read BD_ADDR */
        assert_next("040E0A0109100052424D494C02");
        host_send(host, "01022000"); /* LE Read Buffer Size: 16 of 251 */
        assert_next("040E0701022000FB0010");
        host_send(host, "01031000"); /* Read Local Supported Features: LE, no BR/EDR */
        assert_next("040E0C010310000000000060000000");
        host_send(host, "01032000"); /* LE: nothing new */
        assert_next("040E0C010320000000000000000000");
        host_send(host, "010120081F00000000000000"); /* LE Set Event Mask */
        assert_next("040E0401012000");
        assert_quiet();
}

static void test_commands_told_are_known(void **state) {
        struct host *host = *state;
        const char *all;

        host_send(host, "01021000");
        all = host_next(host);
        assert_int_equal(strlen(all), 2 * (3 + 4 + 64));
        /* Octets 25 to 28 are the LE ones; LE Encrypt (27.6), advertising parameters and the like as they are. */
        assert_int_equal(strncmp(all + 2 * (7 + 25), "F7FFA708", 8), 0);
        /* Disconnect. */
        assert_int_equal(strncmp(all + 2 * 7, "20", 2), 0);
}

static void test_unknown_and_wrong(void **state) {
        struct host *host = *state;

        host_send(host, "0117200100"); /* LE Encrypt is not among them */
        assert_next("040E0401172001");
        host_send(host, "01FFFC00");
        assert_next("040E0401FFFC01");
        host_send(host, "010B200101"); /* LE Set Scan Parameters wants seven bytes */
        assert_next("040E04010B2012");
        host_send(host, "010D200100"); /* LE Create Connection: by status */
        assert_next("040F0412010D20");
        host_send(host, "01060403010013"); /* Disconnect what is not there */
        assert_next("040F0402010604");
        host_send(host, "010514020100"); /* RSSI of it */
        assert_next("040E07010514020100C4");
        /* Not packets at all. */
        host_send(host, "01");
        host_send(host, "0103");
        host_send(host, "01030C01");
        host_send(host, "0300000000");
        host_send(host, "");
        assert_quiet();
}

static void test_scan(void **state) {
        struct host *host = *state;
        unsigned reports = 0;

        host_wait(host, USEC_PER_SEC);
        assert_quiet(); /* nobody listens */
        host_send(host, "010B200701600030000000");
        host_send(host, "010C20020100");
        host_forget(host);
        host_wait(host, 40 * USEC_PER_MSEC);
        assert_next("043E0F02010000" COYOTE_LE "03020106C4");
        assert_next("043E1702010400" COYOTE_LE "0B0A0934374C313231303030C4");
        host_wait(host, 60 * USEC_PER_MSEC);
        assert_next("043E0F02010001" GUN_LE "03020106C4");
        assert_next("043E1102010401" GUN_LE "05040950726FC4");
        assert_quiet();
        /* Every 100 ms. */
        host_wait(host, USEC_PER_SEC);
        while (*host_next(host))
                reports++;
        assert_int_equal(reports, 40);
        host_send(host, "010C20020000");
        assert_next("040E04010C2000");
        host_wait(host, USEC_PER_SEC);
        assert_quiet();
        assert_true(air_next(host->air) == UINT64_MAX);
}

static void test_passive_distinct_and_listed(void **state) {
        struct host *host = *state;
        unsigned reports = 0;

        host_send(host, "0111200701" GUN_LE);
        assert_next("040E0401112000");
        host_send(host, "010B200700600030000001");
        host_send(host, "010C20020101");
        /* Not while the list is in use. */
        host_forget(host);
        host_send(host, "01102000");
        assert_next("040E040110200C");
        host_send(host, "010B200700600030000001");
        assert_next("040E04010B200C");
        host_wait(host, 2950 * USEC_PER_MSEC);
        for (const char *hex = host_next(host); *hex; hex = host_next(host)) {
                assert_string_equal(hex, "043E0F02010001" GUN_LE "03020106C4");
                reports++;
        }
        assert_int_equal(reports, 3);
        /* One that is never the same is no duplicate. */
        assert_ok("fault " GUN " advert-changes");
        host_wait(host, USEC_PER_SEC);
        while (*host_next(host))
                reports++;
        assert_int_equal(reports, 13);
}

static void test_connect_by_address(void **state) {
        struct host *host = *state;

        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        assert_next(CREATE_STATUS);
        assert_quiet();
        host_wait(host, 100 * USEC_PER_MSEC);
        assert_next("043E13010001000001" GUN_LE "280000002A0000");
        assert_quiet();
        /* It does not advertise any more, and cannot be connected twice. */
        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        assert_next("040F040B010D20");
        host_send(host, "010B200701600030000000");
        host_send(host, "010C20020100");
        host_forget(host);
        host_wait(host, 300 * USEC_PER_MSEC);
        for (const char *hex = host_next(host); *hex; hex = host_next(host))
                assert_non_null(strstr(hex, COYOTE_LE));
}

static void test_connect_by_list(void **state) {
        struct host *host = *state;

        host_send(host, "0111200701" GUN_LE);
        host_send(host, "0111200700" COYOTE_LE);
        host_send(host, "0112200701" GUN_LE);
        host_forget(host);
        host_send(host, CREATE_CONNECTION("01", "00000000000000"));
        assert_next(CREATE_STATUS);
        host_send(host, "0111200701" GUN_LE);
        assert_next("040E040111200C");
        host_send(host, CREATE_CONNECTION("01", "00000000000000"));
        assert_next("040F040C010D20");
        host_wait(host, 100 * USEC_PER_MSEC);
        assert_next("043E13010001000000" COYOTE_LE "280000002A0000");
}

static void test_accept_list_is_full(void **state) {
        struct host *host = *state;
        char command[64];

        for (unsigned i = 0; i < AIR_ACCEPT_MAX; i++) {
                snprintf(command, sizeof(command), "0111200700%02X0000000000", i);
                host_send(host, command);
                assert_next("040E0401112000");
        }
        host_send(host, "0111200700000000000000"); /* is on it */
        assert_next("040E0401112000");
        host_send(host, "0111200701" GUN_LE);
        assert_next("040E0401112007");
        host_send(host, "01102000");
        assert_next("040E0401102000");
        host_send(host, "0111200701" GUN_LE);
        assert_next("040E0401112000");
}

static void test_cancel(void **state) {
        struct host *host = *state;

        host_send(host, "010E2000");
        assert_next("040E04010E200C");
        host_send(host, CREATE_CONNECTION("00", "01FFFFFFFFFFFF"));
        assert_next(CREATE_STATUS);
        host_wait(host, 10 * USEC_PER_SEC);
        assert_quiet();
        host_send(host, "010E2000");
        assert_next("040E04010E2000");
        assert_next("043E13010200000001FFFFFFFFFFFF00000000000000");
        assert_quiet();
}

static void test_wrong_parameters(void **state) {
        struct host *host = *state;

        /* The supervision timeout is shorter than the interval. */
        host_send(host, "010D2019600060000001" GUN_LE "009001900100000A0000000000");
        assert_next("040F0412010D20");
        host_wait(host, USEC_PER_SEC);
        assert_quiet();
}

static void test_link_procedures(void **state) {
        struct host *host = *state;

        assert_int_equal(host_connect(host, GUN), 1);
        host_send(host, "011620020100"); /* LE Read Remote Features */
        assert_next("040F0400011620");
        assert_quiet();
        host_wait(host, 50 * USEC_PER_MSEC);
        assert_next("043E0C040001000000000000000000");
        host_send(host, "011D04020100"); /* Read Remote Version Information */
        assert_next("040F0400011D04");
        host_wait(host, 50 * USEC_PER_MSEC);
        assert_next("040C0800010008FFFF0000");
        host_send(host, "0113200E01000C000C000000C80000000000");
        assert_next("040F0400011320");
        host_wait(host, 300 * USEC_PER_MSEC);
        assert_next("043E0A030001000C000000C800");
        host_send(host, "010514020100");
        assert_next("040E07010514000100C4");
        host_send(host, "0119201C01000000000000000000000000000000000000000000000000000000");
        assert_next("040F041A011920");
        assert_quiet();
}

static void test_disconnect(void **state) {
        struct host *host = *state;

        host_connect(host, GUN);
        host_send(host, "01060403010013");
        assert_next("040F0400010604");
        assert_quiet();
        host_wait(host, 50 * USEC_PER_MSEC);
        assert_next("04050400010016");
        assert_quiet();
        /* A link after it has another handle. */
        assert_int_equal(host_connect(host, GUN), 2);
        host_send(host, "01060403010013");
        assert_next("040F0402010604");
}

static void test_sixteen_links(void **state) {
        struct host *host = *state;
        char text[128];

        for (unsigned i = 0; i < AIR_LINKS_MAX + 1; i++) {
                snprintf(text, sizeof(text), "00:00:00:00:00:%02X", i);
                assert_int_equal(air_add_product(host->air, host->now_usec, "wave-roller", text), 0);
        }
        for (unsigned i = 0; i < AIR_LINKS_MAX; i++) {
                snprintf(text, sizeof(text), CREATE_CONNECTION("00", "00%02X0000000000"), i);
                host_send(host, text);
                assert_next(CREATE_STATUS);
                host_wait(host, 100 * USEC_PER_MSEC);
                assert_non_null(startswith(host_next(host), "043E130100"));
        }
        assert_int_equal(air_links(host->air), AIR_LINKS_MAX);
        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        assert_next("040F0409010D20");
        /* Reset drops them all, and says nothing of it. */
        host_send(host, "01030C00");
        assert_next("040E0401030C00");
        assert_int_equal(air_links(host->air), 0);
        host_wait(host, USEC_PER_SEC);
        assert_quiet();
}

static void test_products(void **state) {
        struct host *host = *state;

        assert_int_equal(air_add_product(host->air, 0, "no-such-thing", "C0:00:00:00:00:09"), -ENOENT);
        assert_int_equal(air_add_product(host->air, 0, "coyote3", "c0:ff:ee:00:00:01"), -EEXIST);
        assert_int_equal(air_add_product(host->air, 0, "coyote3", "C0:FF:EE:00:00"), -EINVAL);
        assert_int_equal(air_add_product(host->air, 0, "coyote3", "C0:FF:EE:00:00:0g"), -EINVAL);
        assert_int_equal(air_add_product(host->air, 0, "coyote3", "C0:FF:EE:00:00-01"), -EINVAL);
        assert_int_equal(air_add_product(host->air, 0, "coyote3", "+0:FF:EE:00:00:01"), -EINVAL);
        assert_int_equal(air_find(host->air, GUN)->address.type, ADDRESS_RANDOM);
        assert_int_equal(air_find(host->air, COYOTE)->address.type, 0);
}

/* Commands that exist with parameters that are anything, links that come and go, and bytes that are nothing. */
static void test_random(void **state) {
        struct host *host = *state;
        uint8_t packet[400];

        srand(2);
        for (unsigned round = 0; round < 100000; round++) {
                size_t n = 1 + (size_t) rand() % (round % 64 == 0 ? sizeof(packet) - 1 : 40);

                for (size_t i = 0; i < n; i++)
                        packet[i] = (uint8_t) (rand() >> 8);
                packet[0] = (uint8_t) (rand() % 3);
                if (n > 4 && packet[0] == H4_COMMAND) {
                        packet[1] &= 0x1f;
                        packet[2] = round % 3 == 0 ? (uint8_t) (rand() % 0x21) : 0x20;
                        packet[3] = (uint8_t) (n - 4);
                } else if (n > 9 && packet[0] == H4_ACL) {
                        struct peripheral *gun = air_find(host->air, GUN);

                        packet[1] = (uint8_t) gun->link.handle;
                        packet[2] =
                                (uint8_t) ((gun->link.handle >> 8 & 0x0f) | (rand() % 4 == 0 ? 0x10 : 0));
                        packet[3] = (uint8_t) (n - 5);
                        packet[4] = (uint8_t) ((n - 5) >> 8);
                        if (round % 2 == 0) {
                                packet[5] = (uint8_t) (n - 9);
                                packet[6] = (uint8_t) ((n - 9) >> 8);
                                packet[7] = (uint8_t) (4 + rand() % 3);
                                packet[8] = 0;
                        }
                }
                air_receive(host->air, host->now_usec, packet, n);
                if (round % 500 == 0 && !air_find(host->air, GUN)->link.up) {
                        host_send(host, "01030C00");
                        host_connect(host, GUN);
                }
                if (round % 7 == 0)
                        host_wait(host, 1000 * (uint64_t) (rand() % 50));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_answers, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_commands_told_are_known, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_unknown_and_wrong, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_scan, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_passive_distinct_and_listed, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_connect_by_address, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_connect_by_list, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_accept_list_is_full, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_cancel, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_wrong_parameters, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_link_procedures, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_disconnect, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_sixteen_links, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_products, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_random, host_setup, host_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
