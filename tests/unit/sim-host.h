/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A host for tests of the virtual radio: plays the kernel with packets in hex, in a time of its own. */

#include "sim/products/hex.h"
#include "sim/radio/air-impl.h"
#include "tests/test.h"

#define HOST_PACKETS_MAX 512
#define GUN "C0:FF:EE:00:00:01"
#define GUN_LE "010000EEFFC0" /* the same, as the air has it */
#define COYOTE "00:11:22:33:44:55"
#define COYOTE_LE "554433221100"

struct host {
        struct air *air;
        struct recorder *recorder;
        uint64_t now_usec;
        struct packet packets[HOST_PACKETS_MAX];
        size_t first, end; /* of what came and nobody looked at */
        char hex[2 * PACKET_MAX + 1];
};

static void host_on_send(void *userdata, const uint8_t *packet, size_t n) {
        struct host *host = userdata;

        assert_true(n <= PACKET_MAX);
        /* The oldest are overwritten where nobody looks. */
        if (host->end == HOST_PACKETS_MAX)
                host->first = host->end = 0;
        host->packets[host->end].n = n;
        memcpy(host->packets[host->end++].bytes, packet, n);
}

static inline int host_setup(void **state) {
        static struct host host;

        host = (struct host){ .now_usec = 5 * USEC_PER_SEC };
        assert_int_equal(recorder_new(NULL, &host.recorder), 0);
        assert_int_equal(air_new(&(struct air_host){ .send = host_on_send, .userdata = &host },
                                 host.recorder, &host.air),
                0);
        assert_int_equal(air_add_product(host.air, host.now_usec, "theragun-pro", GUN), 0);
        assert_int_equal(air_add_product(host.air, host.now_usec, "coyote3", COYOTE), 0);
        *state = &host;
        return 0;
}

static inline int host_teardown(void **state) {
        struct host *host = *state;

        air_free(host->air);
        recorder_free(host->recorder);
        return 0;
}

static inline size_t host_bytes(const char *hex, uint8_t *bytes, size_t size) {
        unsigned value;
        size_t n = 0;

        for (const char *at = hex; *at; at += 2) {
                assert_true(n < size && sscanf(at, "%2x", &value) == 1);
                bytes[n++] = (uint8_t) value;
        }
        return n;
}

/* An H4 packet. */
static inline void host_send(struct host *host, const char *hex) {
        uint8_t packet[PACKET_MAX];

        air_receive(host->air, host->now_usec, packet, host_bytes(hex, packet, sizeof(packet)));
}

/* The next packet that came, in hex; "" when there is none. */
static inline const char *host_next(struct host *host) {
        struct packet *packet;
        char *at = host->hex;

        *at = '\0';
        if (host->first == host->end)
                return host->hex;
        packet = host->packets + host->first++;
        for (size_t i = 0; i < packet->n; i++)
                at += sprintf(at, "%02X", packet->bytes[i]);
        return host->hex;
}

static inline void host_forget(struct host *host) {
        host->first = host->end = 0;
}

#define assert_next(expected) assert_string_equal(host_next(host), expected)
#define assert_quiet() assert_next("")

/* Time runs, as an event loop would have it. */
static inline void host_wait(struct host *host, uint64_t usec) {
        uint64_t end = host->now_usec + usec;

        while (air_next(host->air) <= end) {
                host->now_usec = MAX(host->now_usec, air_next(host->air));
                air_advance(host->air, host->now_usec);
        }
        host->now_usec = end;
        air_advance(host->air, end);
}

/* A command of LE Create Connection to an address ("00" + address: public), 50 ms, 420 ms. */
#define CREATE_CONNECTION(filter, peer) "010D201960006000" filter peer "002800280000002A0000000000"
#define CREATE_STATUS "040F0400010D20"

/* Connects; returns the handle. */
static inline uint16_t host_connect(struct host *host, const char *address) {
        struct peripheral *peripheral = air_find(host->air, address);
        char command[128];

        snprintf(command, sizeof(command), CREATE_CONNECTION("00", "%s"),
                streq(address, GUN) ? "01" GUN_LE : "00" COYOTE_LE);
        host_send(host, command);
        host_wait(host, 200 * USEC_PER_MSEC);
        assert_true(peripheral->link.up);
        host_forget(host);
        return peripheral->link.handle;
}

/* Sends an ATT PDU over a link. */
static inline void host_att(struct host *host, uint16_t handle, const char *pdu) {
        unsigned n = (unsigned) strlen(pdu) / 2;
        char packet[512];

        snprintf(packet, sizeof(packet), "02%02X%02X%02X%02X%02X%02X0400%s", handle & 0xff, handle >> 8,
                (n + 4) & 0xff, (n + 4) >> 8, n & 0xff, n >> 8, pdu);
        host_send(host, packet);
}

/* What came over a link for ATT next, without its headers; whatever else came before is left out. "" when nothing did. */
static inline const char *host_att_next(struct host *host) {
        for (const char *hex = host_next(host); *hex; hex = host_next(host))
                if (startswith(hex, "02") && startswith(hex + 14, "0400"))
                        return hex + 18;
        return "";
}

#define assert_att(pdu) assert_string_equal(host_att_next(host), pdu)

/* A command of --control; returns its answer in host->hex. */
static inline const char *host_control(struct host *host, const char *line) {
        _cleanup_free_ char *answer = NULL;

        answer = air_control(host->air, host->now_usec, line);
        assert_non_null(answer);
        snprintf(host->hex, sizeof(host->hex), "%s", answer);
        return host->hex;
}

#define assert_ok(line) assert_string_equal(host_control(host, line), "{\"ok\":true}")
