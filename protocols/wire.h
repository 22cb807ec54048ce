/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Frames described by text, such as "AA {sum8:2} 01 03 {motor:u16be} 03": fixed bytes, values with an encoding, and a
 * checksum over the bytes from an index to the end (a checksum within its own range counts as zero). The same language
 * matches frames from a device: '*' is any byte, "*8" any eight, "..." any rest. */

#include "lib/macros.h"

#define WIRE_ITEMS_MAX 40u
#define WIRE_FIELDS_MAX 6u

enum wire_item_kind {
        WIRE_BYTE,
        WIRE_ANY,
        WIRE_REST,
        WIRE_FIELD,
        WIRE_CHECKSUM,
};

enum wire_encoding {
        WIRE_U8,
        WIRE_U16BE,
        WIRE_U16LE,
        WIRE_U24BE,
        WIRE_U24LE,
        WIRE_U32BE,
        WIRE_U32LE,
        _WIRE_ENCODING_MAX,
};

enum wire_checksum {
        WIRE_SUM8,
        WIRE_SUM8_INVERTED,
        WIRE_XOR8,
        _WIRE_CHECKSUM_MAX,
};

struct wire_item {
        enum wire_item_kind kind;
        uint8_t byte;                /* WIRE_BYTE */
        uint8_t field;               /* WIRE_FIELD: index into fields */
        enum wire_encoding encoding; /* WIRE_FIELD */
        enum wire_checksum checksum; /* WIRE_CHECKSUM */
        uint8_t from;                /* WIRE_CHECKSUM: first byte it covers */
};

struct wire_template {
        char name[16];
        int endpoint; /* index, set by the definition */
        bool request; /* written with response */
        char fields[WIRE_FIELDS_MAX][16];
        unsigned n_fields;
        struct wire_item items[WIRE_ITEMS_MAX];
        unsigned n_items;
        bool open_ended; /* ends in "..." */
};

/* Compiles text into *ret (does not set name, endpoint and request). -EINVAL with *ret_error pointing to static text. */
int wire_compile(const char *text, struct wire_template *ret, const char **ret_error);

/* Encodes a frame; values in the order of fields. Returns the length, -ERANGE when a value does not fit its encoding,
 * -ENOBUFS, or -EINVAL for a pattern with wildcards. */
ssize_t wire_encode(const struct wire_template *wire, const int64_t *values, uint8_t *bytes, size_t size);

/* Matches bytes and reads the fields. -EBADMSG when they do not match or the checksum is wrong. */
int wire_decode(const struct wire_template *wire, const uint8_t *bytes, size_t n, int64_t *ret_values);

/* Whether bytes begin as such a frame, up to its last value, whatever their checksum is and whatever comes behind (to_end: that must be
 * alike, too, as far as both go); and the values that a device which does not look further would read: of a value that is cut short, what
 * is there; of one that stands there twice, the larger. A frame without a value is compared to its end. */
bool wire_resembles(
        const struct wire_template *wire, const uint8_t *bytes, size_t n, bool to_end, int64_t *ret_values);

bool wire_item_is_same(const struct wire_item *a, const struct wire_item *b);

/* Whatever the pattern b matches, a matches, too: nobody would hear of b behind a. */
bool wire_covers(const struct wire_template *a, const struct wire_template *b);

/* Where such a frame has its checksum, and what it would be, for bytes that are alike before it; false when they are not, or when a value
 * comes before the checksum. */
bool wire_sum_of_head(
        const struct wire_template *wire, const uint8_t *bytes, size_t n, size_t *ret_at, uint8_t *ret_sum);

/* The text that wire_compile() takes; the caller frees it. NULL: out of memory. */
char *wire_to_text(const struct wire_template *wire);

/* Index of a field, or -1. */
int wire_field(const struct wire_template *wire, const char *name);
