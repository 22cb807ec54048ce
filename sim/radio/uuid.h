/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A UUID as the air carries it: least significant byte first, and in two bytes where it is one of the Bluetooth
 * base (Bluetooth Core Specification, Vol 3, Part B, 2.5.1). */

#include "lib/macros.h"

#define UUID_MAX 16

struct uuid {
        uint8_t n; /* 2 or 16 */
        uint8_t bytes[UUID_MAX];
};

struct uuid uuid_short(unsigned value);
/* text: 128 bits in hex with dashes. -EINVAL: it is not. */
int uuid_parse(const char *text, struct uuid *ret);
/* Both forms of one UUID are equal. n is 2 or 16; with any other nothing is equal. */
bool uuid_equal(const struct uuid *uuid, const uint8_t *bytes, size_t n);
