/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "lib/macros.h"

/* An ATT value is at most 512 bytes. */
#define HEX_MAX (2 * 512 + 1)

/* Prints bytes as capital hex digits, truncated to the buffer. Returns text. */
static inline const char *hex_print(char text[static HEX_MAX], const uint8_t *bytes, size_t n) {
        static const char digits[] = "0123456789ABCDEF";
        size_t used = 0;

        for (size_t i = 0; i < n && used + 2 < HEX_MAX; i++) {
                text[used++] = digits[bytes[i] >> 4];
                text[used++] = digits[bytes[i] & 15];
        }
        text[used] = '\0';
        return text;
}
