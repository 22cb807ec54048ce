/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Links of the virtual radio, what runs over them, and every fault a test may call for. */

#include "tests/unit/sim-host.h"

/* A Theragun's handles. */
#define ANSWERS_CCC "0D00"
#define COMMANDS "0F00"
#define ASK_VERSION "AA202000"
#define VERSION "1B0C00BBF82000000000000000000000D8"

static uint16_t connect_and_subscribe(struct host *host) {
        uint16_t handle = host_connect(host, GUN);

        host_att(host, handle, "02F700");
        host_att(host, handle, "12" ANSWERS_CCC "0100");
        host_forget(host);
        return handle;
}

/* The file that a recorder wrote so far. */
static char *recorded(const char *path) {
        char *text;
        size_t n;

        assert_int_equal(read_file(path, 1024 * 1024, &text, &n), 0);
        return text;
}

static void test_acknowledged_and_answered(void **state) {
        struct host *host = *state;
        uint16_t handle = host_connect(host, GUN);

        host_att(host, handle, "02F700");
        assert_next("0413050101000100");
        assert_next("02012007000300040003F700");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_next("0413050101000100");
        assert_next("02012005000100040013");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_next("0413050101000100");
        assert_quiet(); /* nobody has subscribed */
        host_att(host, handle, "12" ANSWERS_CCC "0100");
        host_forget(host);
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_att(VERSION);
        /* A packet for no link is for nobody. */
        host_att(host, 7, "02F700");
        assert_quiet();
}

static void test_reassembly(void **state) {
        struct host *host = *state;

        host_connect(host, GUN);
        host_send(host, "0201000300030004"); /* the header itself is cut */
        assert_next("0413050101000100");
        host_send(host, "02011002000002");
        assert_next("0413050101000100");
        host_send(host, "0201100200F700");
        assert_next("0413050101000100");
        assert_next("02012007000300040003F700");
        /* A rest without a beginning, more than was announced, a length that is not the packet's. */
        host_send(host, "0201100200F700");
        assert_next("0413050101000100");
        host_send(host, "02010008000300040002F700FF");
        assert_next("0413050101000100");
        host_send(host, "02010009000300040002F700");
        assert_quiet();
        /* A new beginning drops what came before. */
        host_send(host, "02010006000300040002F7");
        host_forget(host);
        host_att(host, 1, "02F700");
        assert_att("03F700");
}

static void test_long_answer_is_cut(void **state) {
        struct host *host = *state;
        struct peripheral *gun = air_find(host->air, GUN);
        uint16_t handle = host_connect(host, GUN);
        const uint8_t value[ATT_VALUE_MAX] = { 0 };

        assert_ok("fault " GUN " mtu 517");
        host_att(host, handle, "020502");
        assert_att("030502");
        host_att(host, handle, "12" ANSWERS_CCC "0100");
        host_forget(host);
        air_att_notify(gun, 0, value, sizeof(value));
        air_advance(host->air, host->now_usec);
        /* 515 bytes of ATT make 519 of L2CAP: 251, 251 and 17. */
        assert_non_null(startswith(host_next(host), "020120FB00030204001B0C00"));
        assert_non_null(startswith(host_next(host), "020110FB00"));
        assert_non_null(startswith(host_next(host), "0201101100"));
        assert_quiet();
}

static void test_other_channels(void **state) {
        struct host *host = *state;

        host_connect(host, GUN);
        host_send(host, "0201000C00080005001407040080004000"); /* cut short: nothing yet */
        host_forget(host);
        /* LE Credit Based Connection Request: rejected, not understood. */
        host_send(host, "02010012000E00050014070A0027004000400040000A00");
        assert_next("0413050101000100");
        assert_next("0201200A0006000500010702000000");
        /* Connection Parameter Update Response: an answer. */
        host_send(host, "0201000A0006000500130102000000");
        assert_next("0413050101000100");
        assert_quiet();
        /* Pairing Request. */
        host_send(host, "0201000B000700060001030001100505");
        assert_next("0413050101000100");
        assert_next("0201200600020006000505");
        host_send(host, "0201000600020006000505");
        assert_next("0413050101000100");
        /* No such channel. */
        host_send(host, "0201000600020040000505");
        assert_next("0413050101000100");
        assert_quiet();
}

static void test_permissions(void **state) {
        struct host *host = *state;
        struct peripheral *gun = air_find(host->air, GUN);
        struct gatt_attribute *commands = (struct gatt_attribute *) gatt_table_find(&gun->table, 0x0f);
        uint16_t handle = connect_and_subscribe(host);

        commands->properties = PRODUCT_WRITE_WITHOUT_RESPONSE;
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_att("01120F0003");
        assert_att("");
        commands->properties = PRODUCT_WRITE;
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_att("");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_att(VERSION);
        assert_att("13");
}

static void test_drop(void **state) {
        struct host *host = *state;
        uint16_t handle = connect_and_subscribe(host);

        assert_says(host_control(host, "fault " COYOTE " drop"), "needs a link");
        host_send(host, "011620020100");
        assert_next("040F0400011620");
        assert_ok("fault " GUN " drop 0x3b");
        assert_next("043E0C043B01000000000000000000"); /* what was asked is given up */
        assert_next("0405040001003B");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_quiet();
        /* The next link has no subscription of the last. */
        handle = host_connect(host, GUN);
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_att("");
        assert_ok("fault " GUN " drop");
        assert_next("04050400020013");
}

static void test_away_and_back(void **state) {
        struct host *host = *state;
        uint16_t handle = connect_and_subscribe(host);

        assert_ok("fault " GUN " away");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        host_wait(host, 400 * USEC_PER_MSEC);
        assert_quiet(); /* not even acknowledged */
        assert_ok("fault " GUN " back");
        assert_next("0413050101000100");
        host_wait(host, USEC_PER_SEC);
        assert_quiet();

        /* What is on its way is lost, too. */
        assert_ok("fault " GUN " write-delay 100");
        host_att(host, handle, "12" COMMANDS "00");
        host_forget(host);
        assert_ok("fault " GUN " away 1");
        host_wait(host, 419 * USEC_PER_MSEC);
        assert_quiet();
        host_wait(host, USEC_PER_MSEC);
        assert_next("04050400010008");
        /* Nobody is there to connect to. */
        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        assert_next(CREATE_STATUS);
        host_wait(host, USEC_PER_SEC);
        assert_quiet();
        assert_ok("fault " GUN " back 1");
        host_wait(host, 100 * USEC_PER_MSEC);
        assert_non_null(startswith(host_next(host), "043E130100"));
}

static void test_silent(void **state) {
        struct host *host = *state;
        uint16_t handle = connect_and_subscribe(host);

        assert_ok("fault " GUN " silent");
        host_att(host, handle, "0A0300");
        assert_next("0413050101000100");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_next("0413050101000100");
        host_wait(host, 60 * USEC_PER_SEC);
        assert_quiet();
        assert_ok("fault " GUN " silent 0");
        host_att(host, handle, "0A0300");
        assert_att("0B50726F");
}

static void test_writes_go_wrong(void **state) {
        struct host *host = *state;
        uint16_t handle = connect_and_subscribe(host);

        assert_ok("fault " GUN " write-fails 2");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_att("01120F0080");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_att(VERSION); /* a command is no request */
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_att("01120F0080");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_att(VERSION);
        assert_att("13");

        assert_ok("fault " GUN " write-delay 1500");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_att(VERSION); /* it arrives at once */
        host_att(host, handle, "0A0300");
        assert_att("0B50726F");
        host_wait(host, 1499 * USEC_PER_MSEC);
        assert_att("");
        host_wait(host, USEC_PER_MSEC);
        assert_att("13");
        /* The answer goes down with the link. */
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_ok("fault " GUN " drop");
        host_forget(host);
        host_wait(host, 2 * USEC_PER_SEC);
        assert_quiet();
}

static void test_connects_go_wrong(void **state) {
        struct host *host = *state;

        assert_ok("fault " GUN " connect-fails");
        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        assert_next(CREATE_STATUS);
        host_wait(host, 100 * USEC_PER_MSEC);
        assert_next("043E13013E00000001" GUN_LE "00000000000000");
        assert_quiet();

        assert_ok("fault " GUN " connect-drops 1");
        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        assert_next(CREATE_STATUS);
        host_wait(host, 100 * USEC_PER_MSEC);
        assert_non_null(startswith(host_next(host), "043E1301000100"));
        /* The peripheral hears nothing of what follows: six events, and it is over. */
        host_send(host, "011620020100");
        assert_next("040F0400011620");
        host_att(host, 1, "02F700");
        host_wait(host, 180 * USEC_PER_MSEC);
        assert_next("043E0C040001000000000000000000");
        assert_quiet();
        host_wait(host, 120 * USEC_PER_MSEC);
        assert_next("0405040001003E");
        assert_quiet();

        /* It hears nothing at all. */
        assert_ok("fault " GUN " connect-unheard");
        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        host_wait(host, 100 * USEC_PER_MSEC);
        host_forget(host);
        host_send(host, "011620020200");
        assert_next("040F0400011620");
        host_wait(host, 300 * USEC_PER_MSEC);
        assert_next("043E0C043E02000000000000000000");
        assert_next("0405040002003E");
        assert_quiet();

        assert_ok("fault " GUN " connect-hangs");
        host_send(host, CREATE_CONNECTION("00", "01" GUN_LE));
        assert_next(CREATE_STATUS);
        host_wait(host, 20 * USEC_PER_SEC);
        assert_quiet();
        host_send(host, "010E2000");
        assert_next("040E04010E2000");
        assert_non_null(startswith(host_next(host), "043E130102"));
        assert_ok("fault " GUN " connect-hangs 0");
        host_connect(host, GUN);
}

static void test_mtu(void **state) {
        struct host *host = *state;
        uint16_t handle = host_connect(host, GUN);

        assert_ok("fault " GUN " mtu");
        host_att(host, handle, "020502");
        assert_att("031700");
        assert_says(host_control(host, "fault " GUN " mtu 22"), "from 23 to 517");
}

static void test_services(void **state) {
        struct host *host = *state;
        uint16_t handle = connect_and_subscribe(host);

        host_att(host, handle, "1209000200"); /* Service Changed */
        host_forget(host);
        assert_ok("fault " GUN " services-changed");
        assert_att("1D08000A00FFFF");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_att("");
        host_att(host, handle, "1E");
        host_att(host, handle, "062A00FFFF0028E0FF");
        assert_att("072A002F00");
        assert_ok("fault " GUN " no-service");
        assert_att("1D08000A00FFFF");
        host_att(host, handle, "060100FFFF0028E0FF");
        assert_att("010601000A");
        host_att(host, handle, "060100FFFF00280A18");
        assert_att("072E003400");
        host_att(host, handle, "1E");
        assert_ok("fault " GUN " no-service 0");
        assert_att("1D08000A00FFFF");
        host_att(host, handle, "060100FFFF0028E0FF");
        assert_att("072A002F00");
}

static void test_services_lost(void **state) {
        struct host *host = *state;
        uint16_t handle;

        assert_says(host_control(host, "fault " GUN " services-lost"), "needs a link");
        handle = connect_and_subscribe(host);
        host_att(host, handle, "1209000200"); /* Service Changed */
        host_forget(host);
        assert_ok("fault " GUN " services-lost");
        assert_att("1D08000A00FFFF");
        host_att(host, handle, "1E");
        host_att(host, handle, "060100FFFF0028E0FF");
        assert_att("010601000A");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_att("01120F0003");
        host_wait(host, 60 * USEC_PER_SEC);
        assert_att("");

        /* The next link has them, at their old handles, and whoever does not subscribe again is told nothing. */
        assert_ok("fault " GUN " drop");
        handle = host_connect(host, GUN);
        host_att(host, handle, "060100FFFF0028E0FF");
        assert_att("070A000F00");
        assert_ok("fault " GUN " services-lost");
        assert_att("");
        assert_ok("fault " GUN " services-lost 0");
        host_att(host, handle, "060100FFFF0028E0FF");
        assert_att("070A000F00");
}

/* One indication at a time; a host that confirms late hears of the last change only. */
static void test_services_change_twice(void **state) {
        struct host *host = *state;
        uint16_t handle = connect_and_subscribe(host);

        host_att(host, handle, "1209000200");
        host_forget(host);
        assert_ok("fault " GUN " services-changed");
        assert_att("1D08000A00FFFF");
        assert_ok("fault " GUN " services-lost");
        assert_att("");
        host_att(host, handle, "1E");
        assert_att("1D08000A00FFFF");
        host_att(host, handle, "1E");
        assert_att("");
        /* Nothing of that is left on a new link. */
        assert_ok("fault " GUN " services-changed");
        assert_att("1D08000A00FFFF");
        assert_ok("fault " GUN " drop");
        handle = host_connect(host, GUN);
        host_att(host, handle, "1209000200");
        host_att_next(host);
        assert_ok("fault " GUN " services-changed");
        assert_att("1D08000A00FFFF");
}

static void test_flood(void **state) {
        struct host *host = *state;
        unsigned notes = 0;
        const char *pdu;

        connect_and_subscribe(host);
        assert_ok("fault " GUN " notify-flood 100");
        host_wait(host, 2 * USEC_PER_SEC);
        for (pdu = host_att_next(host); *pdu; pdu = host_att_next(host), notes++) {
                assert_non_null(startswith(pdu, "1B0C00"));
                assert_in_range(strlen(pdu), 2 * 4, 2 * 23);
        }
        assert_in_range(notes, 200, 201);
        assert_ok("fault " GUN " notify-flood 0");
        host_wait(host, USEC_PER_SEC);
        assert_att("");
        assert_true(air_next(host->air) == UINT64_MAX);
}

static void test_malformed(void **state) {
        struct host *host = *state;
        uint16_t handle = connect_and_subscribe(host);
        static const struct {
                size_t n;
                const char *begin;
        } expected[AIR_MALFORMED_MAX] = { { 2, "1B0C" }, { 7, "1B0000" }, { 3 + 287, "1B0C00" },
                { 3, "1B0C00" }, { 20, "" }, { 0, "" } };

        for (unsigned i = 0; i < AIR_MALFORMED_MAX; i++) {
                char line[64];
                const char *hex;

                snprintf(line, sizeof(line), "fault " GUN " malformed %u", i + 1);
                assert_ok(line);
                hex = host_next(host);
                assert_true(hex[0] != '\0');
                assert_int_equal(strtoul((char[]){ hex[12], hex[13], hex[10], hex[11], '\0' }, NULL, 16),
                        expected[i].n);
                assert_non_null(startswith(hex + 18, expected[i].begin));
                host_forget(host);
        }
        assert_says(host_control(host, "fault " GUN " malformed 7"), "from 1 to 6");

        /* The product's own: half of it, with the first byte upside down. */
        assert_ok("fault " GUN " notify-malformed");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_att("1B0C0044F82000000000");
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_att(VERSION);
}

static void test_control(void **state) {
        struct host *host = *state;

        assert_ok("poke " GUN " speed 1750");
        host_wait(host, 4 * USEC_PER_SEC);
        assert_string_equal(host_control(host, "output " GUN),
                "{\"ok\":true,\"channels\":[{\"amplitude_permille\":1000,\"rate_mhz\":29167}]}");
        assert_says(host_control(host, "output 00:11:22:33:44:55"), "},{");
        assert_says(host_control(host, "output c0:ff:ee:00:00:01"), "29167");
        assert_says(host_control(host, "summary"), "theragun-pro C0:FF:EE:00:00:01: the motor");
        assert_says(host_control(host, "list"), "\"linked\":false");
        assert_says(host_control(host, "list"), "\"type\":\"public\"");
        host_connect(host, GUN);
        assert_says(host_control(host, "list"), "\"linked\":true");
}

static void test_control_refuses(void **state) {
        static const struct {
                const char *line, *says;
        } wrong[] = {
                { "", "There is no command ''" },
                { "   ", "There is no command ''" },
                { "dance", "there are poke, output, fault, summary, list" },
                { "poke", "It would be: poke ADDRESS CONTROL VALUE" },
                { "poke " GUN " speed 1 2", "It would be: poke" },
                { "poke " GUN " speed fast", "'fast' is no number" },
                { "poke " GUN " speed 99999999999", "is no number" },
                { "poke " GUN " speed 4000", "'speed' does not go to 4000" },
                { "poke " GUN " wheel-a 1", "A theragun-pro has no control 'wheel-a'" },
                { "output 00:00:00:00:00:00", "No product has the address" },
                { "output", "It would be: output ADDRESS" },
                { "fault " GUN " nonsense", "there are drop, away, back" },
                { "fault " GUN " away 2", "from 0 to 1" },
                { "fault " GUN " away -1", "from 0 to 1" },
                { "fault " GUN " away 0x", "is no number" },
                { "fault " GUN " away 1 1", "It would be: fault" },
                { "summary " GUN, "It would be: summary" },
                { "list\x7f", "plain ASCII" },
                { "list\xc3\xa4", "plain ASCII" },
                { "list\t", "plain ASCII" },
        };
        struct host *host = *state;

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                assert_says(host_control(host, wrong[i].line), wrong[i].says);
                assert_non_null(startswith(host->hex, "{\"error\":"));
        }
}

static void test_record(void **state) {
        struct host *host = *state;
        char path[] = "/tmp/limber-test-XXXXXX";
        _cleanup_free_ char *text = NULL;
        int fd = mkstemp(path);
        uint16_t handle;

        assert_true(fd >= 0);
        close(fd);
        recorder_free(host->recorder);
        assert_int_equal(recorder_new(path, &host->recorder), 0);
        host->air->recorder = host->recorder;

        handle = connect_and_subscribe(host);
        host->now_usec = 123456789;
        host_att(host, handle, "52" COMMANDS ASK_VERSION);
        assert_ok("fault " GUN " write-fails");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_ok("fault " GUN " silent");
        host_att(host, handle, "12" COMMANDS ASK_VERSION);
        assert_ok("fault " GUN " drop");

        text = recorded(path);
        unlink(path);
        assert_says(text, "\"what\":\"link\",\"up\":true}");
        assert_says(text, "{\"t_usec\":123456789,\"address\":\"" GUN
                          "\",\"product\":\"theragun-pro\",\"what\":\"write\","
                          "\"char\":\"ffe2\",\"type\":\"command\",\"via\":\"air\",\"hex\":\"AA202000\"}\n");
        assert_says(text, "\"what\":\"notify\",\"char\":\"ffe1\",\"delivered\":true,\"hex\":\"BBF82");
        assert_says(text, "\"what\":\"refused\",\"char\":\"ffe2\",\"type\":\"request\",\"via\":\"air\"");
        assert_says(text, "\"what\":\"lost\",\"char\":\"ffe2\",\"type\":\"request\",\"via\":\"air\"");
        assert_says(text, "\"what\":\"link\",\"up\":false}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_acknowledged_and_answered, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_reassembly, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_long_answer_is_cut, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_other_channels, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_permissions, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_drop, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_away_and_back, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_silent, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_writes_go_wrong, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_connects_go_wrong, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_mtu, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_services, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_services_lost, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_services_change_twice, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_flood, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_malformed, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_control, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_control_refuses, host_setup, host_teardown),
                cmocka_unit_test_setup_teardown(test_record, host_setup, host_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
