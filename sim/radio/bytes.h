/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads little-endian numbers from bytes, and builds packets. HCI, L2CAP and ATT are all little-endian (Bluetooth Core
 * Specification, Vol 1, Part E, 2.9). */

#include "lib/macros.h"

static inline uint16_t get_u16(const uint8_t *bytes) {
        return (uint16_t) (bytes[0] | bytes[1] << 8);
}

/* The longest packet is an L2CAP frame with an ATT value of 512 bytes. */
#define PACKET_MAX 600

struct packet {
        size_t n;
        uint8_t bytes[PACKET_MAX];
};

/* Bytes that do not fit are dropped, so that n never exceeds the buffer. */
static inline void packet_add(struct packet *packet, const void *bytes, size_t n) {
        n = MIN(n, sizeof(packet->bytes) - packet->n);
        if (n > 0)
                memcpy(packet->bytes + packet->n, bytes, n);
        packet->n += n;
}

static inline void packet_u8(struct packet *packet, unsigned value) {
        packet_add(packet, &(uint8_t){ (uint8_t) value }, 1);
}

static inline void packet_u16(struct packet *packet, unsigned value) {
        packet_u8(packet, value);
        packet_u8(packet, value >> 8);
}
