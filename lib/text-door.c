/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/text-door.h"

struct range {
        uint32_t first, last;
};

/* Characters that a terminal interprets instead of showing: controls, and marks that change the reading direction. */
static const struct range control_ranges[] = {
        { 0x0000, 0x001f },
        { 0x007f, 0x009f },
        { 0x061c, 0x061c },
        { 0x200e, 0x200f },
        { 0x2028, 0x202e },
        { 0x2066, 0x2069 },
        { 0xfff9, 0xfffb },
        { 0xe0000, 0xe007f },
};

static bool is_control(uint32_t c) {
        for (size_t i = 0; i < ARRAY_SIZE(control_ranges); i++)
                if (c >= control_ranges[i].first && c <= control_ranges[i].last)
                        return true;
        return false;
}

/* sd-bus rejects strings with one of these, dbus-daemon does not. */
static bool is_noncharacter(uint32_t c) {
        return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/* Length of the sequence that begins with this byte, 0 if invalid. */
static size_t sequence_length(uint8_t first) {
        if (first < 0x80)
                return 1;
        if (first >= 0xc2 && first <= 0xdf)
                return 2;
        if (first >= 0xe0 && first <= 0xef)
                return 3;
        return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t utf8_decode(const void *s, size_t n, uint32_t *ret) {
        static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
        const uint8_t *bytes = s;
        size_t length = sequence_length(bytes[0]);
        uint32_t c;

        if (length == 0 || length > n)
                return 0;
        c = length == 1 ? bytes[0] : bytes[0] & (0x7fU >> length);
        for (size_t i = 1; i < length; i++) {
                if ((bytes[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (bytes[i] & 0x3f);
        }
        if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || is_noncharacter(c))
                return 0;
        *ret = c;
        return length;
}

bool utf8_is_valid(const void *bytes, size_t n) {
        const uint8_t *s = bytes;
        uint32_t c;

        for (size_t i = 0, length; i < n; i += length) {
                length = utf8_decode(s + i, n - i, &c);
                if (length == 0)
                        return false;
        }
        return true;
}

size_t text_next(const char *s, uint32_t *ret) {
        uint32_t c = 0;
        size_t n = utf8_decode(s, strnlen(s, 4), &c);

        if (c == '\n' || c == '\t')
                c = ' ';
        *ret = n == 0 || is_control(c) ? 0 : c;
        return n == 0 ? 1 : n;
}

/* The text ends within the character that begins here. */
static bool is_cut_off(const char *s) {
        size_t have = strlen(s);

        if (have >= sequence_length((uint8_t) s[0]))
                return false;
        for (size_t i = 1; i < have; i++)
                if (((uint8_t) s[i] & 0xc0) != 0x80)
                        return false;
        return true;
}

bool text_is_plain(const char *s) {
        uint32_t c;

        for (size_t n; *s; s += n) {
                n = text_next(s, &c);
                if (c == 0 || (c == ' ' && *s != ' '))
                        return false;
        }
        return true;
}

char *text_make_plain(char *s) {
        const char *from = s;
        char *to = s;
        uint32_t c;

        for (size_t n; *from && !is_cut_off(from); from += n) {
                n = text_next(from, &c);
                if (c == 0 || c == ' ')
                        *to++ = c == 0 ? '?' : ' ';
                else {
                        memmove(to, from, n);
                        to += n;
                }
        }
        *to = '\0';
        return s;
}

char *text_copy(char *buffer, size_t size, const char *s) {
        (void) snprintf(buffer, size, "%s", s);
        return text_make_plain(buffer);
}
