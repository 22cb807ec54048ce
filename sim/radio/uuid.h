/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A UUID in wire format: least significant byte first, and in two bytes if it is one of the Bluetooth base (Bluetooth Core
 * Specification, Vol 3, Part B, 2.5.1). */

#include "lib/macros.h"

#define UUID_MAX 16

struct uuid {
        uint8_t n; /* 2 or 16 */
        uint8_t bytes[UUID_MAX];
};

struct uuid uuid_short(unsigned value);
/* text: 128 bits in hex with dashes. -EINVAL: malformed. */
int uuid_parse(const char *text, struct uuid *ret);
/* Short and long form of a UUID are equal. n must be 2 or 16, else nothing is equal. */
bool uuid_equal(const struct uuid *uuid, const uint8_t *bytes, size_t n);
