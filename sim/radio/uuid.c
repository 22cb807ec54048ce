/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/radio/uuid.h"

#define SHORT_AT 12 /* offset of the two bytes in the base */

/* 00000000-0000-1000-8000-00805f9b34fb, in wire order. */
static const uint8_t base[UUID_MAX] = { 0xfb, 0x34, 0x9b, 0x5f, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10 };

struct uuid uuid_short(unsigned value) {
        return (struct uuid){ .n = 2, .bytes = { (uint8_t) value, (uint8_t) (value >> 8) } };
}

/* Whether the 16 bytes are the base with two bytes filled in. */
static bool based(const uint8_t *bytes) {
        for (unsigned i = 0; i < UUID_MAX; i++)
                if (i != SHORT_AT && i != SHORT_AT + 1 && bytes[i] != base[i])
                        return false;
        return true;
}

int uuid_parse(const char *text, struct uuid *ret) {
        uint8_t bytes[UUID_MAX];
        const char *at = text;
        unsigned value;

        for (unsigned i = UUID_MAX; i-- > 0;) {
                if (*at == '-')
                        at++;
                if (strspn(at, "0123456789abcdefABCDEF") < 2 || sscanf(at, "%2x", &value) != 1)
                        return -EINVAL;
                bytes[i] = (uint8_t) value;
                at += 2;
        }
        if (*at != '\0')
                return -EINVAL;

        *ret = (struct uuid){ .n = UUID_MAX };
        memcpy(ret->bytes, bytes, UUID_MAX);
        if (based(bytes))
                *ret = uuid_short((unsigned) (bytes[SHORT_AT] | bytes[SHORT_AT + 1] << 8));
        return 0;
}

bool uuid_equal(const struct uuid *uuid, const uint8_t *bytes, size_t n) {
        if (n == uuid->n)
                return memcmp(bytes, uuid->bytes, n) == 0;
        if (n == UUID_MAX && uuid->n == 2)
                return based(bytes) && memcmp(bytes + SHORT_AT, uuid->bytes, 2) == 0;
        return false;
}
