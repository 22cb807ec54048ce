/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocols/wire.h"

#include <ctype.h>

static const struct {
        const char *name;
        size_t size;
        bool little;
} encodings[_WIRE_ENCODING_MAX] = {
        [WIRE_U8] = { "u8", 1, false },
        [WIRE_U16BE] = { "u16be", 2, false },
        [WIRE_U16LE] = { "u16le", 2, true },
        [WIRE_U24BE] = { "u24be", 3, false },
        [WIRE_U24LE] = { "u24le", 3, true },
        [WIRE_U32BE] = { "u32be", 4, false },
        [WIRE_U32LE] = { "u32le", 4, true },
};

static const char *const checksums[_WIRE_CHECKSUM_MAX] = {
        [WIRE_SUM8] = "sum8",
        [WIRE_SUM8_INVERTED] = "sum8-inverted",
        [WIRE_XOR8] = "xor8",
};

static size_t item_size(const struct wire_item *item) {
        return item->kind == WIRE_REST ? 0 : item->kind == WIRE_FIELD ? encodings[item->encoding].size : 1;
}

/* Without what "..." may be. */
static size_t wire_size(const struct wire_template *wire) {
        size_t n = 0;

        for (unsigned i = 0; i < wire->n_items; i++)
                n += item_size(&wire->items[i]);
        return n;
}

static struct wire_item *add_item(struct wire_template *wire, enum wire_item_kind kind) {
        struct wire_item *item;

        if (wire->n_items >= WIRE_ITEMS_MAX)
                return NULL;
        item = &wire->items[wire->n_items++];
        *item = (struct wire_item){ .kind = kind };
        return item;
}

/* "*" or "*8" */
static const char *compile_any(const char *word, struct wire_template *wire) {
        unsigned long n = 1;
        char *end = NULL;

        if (word[1])
                n = strtoul(word + 1, &end, 10);
        if (n == 0 || n > WIRE_ITEMS_MAX || (end && *end))
                return "'*' takes a count from 1 on";
        while (n-- > 0)
                if (!add_item(wire, WIRE_ANY))
                        return "the frame is too long";
        return NULL;
}

static const char *compile_field(struct wire_template *wire, const char *name, const char *encoding) {
        struct wire_item *item;
        int field;

        for (unsigned e = 0; e < _WIRE_ENCODING_MAX; e++) {
                if (!streq(encodings[e].name, encoding))
                        continue;
                if (isempty(name))
                        return "a value looks like {name:u16be}, a checksum like {sum8:2}";
                field = wire_field(wire, name);
                if (field < 0) {
                        if (wire->n_fields >= WIRE_FIELDS_MAX || strlen(name) >= sizeof(wire->fields[0]))
                                return "too many fields, or a field name of more than 15 letters";
                        field = (int) wire->n_fields++;
                        memcpy(wire->fields[field], name, strlen(name) + 1);
                }
                for (unsigned i = 0; i < wire->n_items; i++)
                        if (wire->items[i].kind == WIRE_FIELD && wire->items[i].field == field &&
                                wire->items[i].encoding != (enum wire_encoding) e)
                                return "one value stands there in two encodings";
                item = add_item(wire, WIRE_FIELD);
                if (!item)
                        return "the frame is too long";
                item->field = (uint8_t) field;
                item->encoding = (enum wire_encoding) e;
                return NULL;
        }
        return "an unknown kind of value: {motor:u16be} takes u8, u16be, u16le, u24be, u24le, u32be or u32le, "
               "and a checksum is {sum8:2}, {sum8-inverted:2} or {xor8:2}";
}

/* "{sum8:2}" or "{motor:u16be}" */
static const char *compile_braces(const char *word, struct wire_template *wire) {
        char text[40], *colon, *end;
        size_t n = strlen(word);

        if (n < 5 || n >= sizeof(text) || word[n - 1] != '}')
                return "a value looks like {name:u16be}, a checksum like {sum8:2}";
        memcpy(text, word + 1, n - 2);
        text[n - 2] = '\0';
        colon = strchr(text, ':');
        if (!colon)
                return "a value needs an encoding, such as {name:u16be}";
        *colon++ = '\0';

        for (unsigned c = 0; c < _WIRE_CHECKSUM_MAX; c++)
                if (streq(checksums[c], text)) {
                        struct wire_item *item = add_item(wire, WIRE_CHECKSUM);
                        unsigned long from = strtoul(colon, &end, 10);

                        if (!item || *end || end == colon || from >= WIRE_ITEMS_MAX)
                                return "a checksum needs the index of the first byte it covers, such as {sum8:2}";
                        item->checksum = (enum wire_checksum) c;
                        item->from = (uint8_t) from;
                        return NULL;
                }
        return compile_field(wire, text, colon);
}

static const char *compile_word(const char *word, struct wire_template *wire) {
        struct wire_item *item;

        if (wire->open_ended)
                return "nothing may follow \"...\"";
        if (streq(word, "...")) {
                wire->open_ended = true;
                return add_item(wire, WIRE_REST) ? NULL : "the frame is too long";
        }
        if (word[0] == '*')
                return compile_any(word, wire);
        if (word[0] == '{')
                return compile_braces(word, wire);
        if (strlen(word) != 2 || !isxdigit((unsigned char) word[0]) || !isxdigit((unsigned char) word[1]))
                return "bytes are written as two hexadecimal digits, with blanks between";
        item = add_item(wire, WIRE_BYTE);
        if (!item)
                return "the frame is too long";
        item->byte = (uint8_t) strtoul(word, NULL, 16);
        return NULL;
}

/* Of two checksums each would be a part of what the other covers. */
static const char *check_sums(const struct wire_template *wire) {
        size_t from = 0;
        unsigned sums = 0;

        for (unsigned i = 0; i < wire->n_items; i++)
                if (wire->items[i].kind == WIRE_CHECKSUM) {
                        from = wire->items[i].from;
                        sums++;
                }
        if (sums > 1)
                return "a frame has one checksum";
        if (sums > 0 && from >= wire_size(wire) && !wire->open_ended)
                return "the checksum begins behind the end of the frame";
        return NULL;
}

int wire_compile(const char *text, struct wire_template *ret, const char **ret_error) {
        struct wire_template wire = *ret;
        const char *error = NULL;

        wire.n_items = wire.n_fields = 0;
        wire.open_ended = false;
        while (*text && !error) {
                size_t n = strcspn(text, " ");
                char word[40];

                if (n == 0) {
                        text++;
                        continue;
                }
                if (n >= sizeof(word))
                        error = "a word is too long";
                else {
                        memcpy(word, text, n);
                        word[n] = '\0';
                        error = compile_word(word, &wire);
                }
                text += n;
        }
        if (!error && wire.n_items == 0)
                error = "the frame is empty";
        if (!error)
                error = check_sums(&wire);
        if (error) {
                *ret_error = error;
                return -EINVAL;
        }
        *ret = wire;
        return 0;
}

int wire_field(const struct wire_template *wire, const char *name) {
        for (unsigned i = 0; i < wire->n_fields; i++)
                if (streq(wire->fields[i], name))
                        return (int) i;
        return -1;
}

static uint8_t checksum_of(const struct wire_item *item, const uint8_t *bytes, size_t n, size_t own) {
        uint8_t sum = 0;

        for (size_t i = item->from; i < n; i++) {
                if (i == own)
                        continue;
                if (item->checksum == WIRE_XOR8)
                        sum ^= bytes[i];
                else
                        sum = (uint8_t) (sum + bytes[i]);
        }
        return item->checksum == WIRE_SUM8_INVERTED ? (uint8_t) ~sum : sum;
}

static int put_value(const struct wire_item *item, int64_t value, uint8_t *bytes) {
        size_t n = encodings[item->encoding].size;

        if (value < 0 || value >= INT64_C(1) << (8 * n))
                return -ERANGE;
        for (size_t i = 0; i < n; i++)
                bytes[i] = (uint8_t) (value >> (8 * (encodings[item->encoding].little ? i : n - 1 - i)));
        return 0;
}

static int64_t get_value(const struct wire_item *item, const uint8_t *bytes) {
        size_t n = encodings[item->encoding].size;
        int64_t value = 0;

        for (size_t i = 0; i < n; i++)
                value |= (int64_t) bytes[i] << (8 * (encodings[item->encoding].little ? i : n - 1 - i));
        return value;
}

ssize_t wire_encode(const struct wire_template *wire, const int64_t *values, uint8_t *bytes, size_t size) {
        size_t at = 0;
        int r;

        for (unsigned i = 0; i < wire->n_items; i++) {
                const struct wire_item *item = &wire->items[i];

                if (item->kind == WIRE_ANY || item->kind == WIRE_REST)
                        return -EINVAL;
                if (at + item_size(item) > size)
                        return -ENOBUFS;
                if (item->kind == WIRE_BYTE)
                        bytes[at] = item->byte;
                else if (item->kind == WIRE_FIELD) {
                        r = put_value(item, values[item->field], bytes + at);
                        if (r < 0)
                                return r;
                }
                at += item_size(item);
        }
        /* Checksums last: one may come before the bytes it covers. */
        for (size_t i = 0, p = 0; i < wire->n_items; p += item_size(&wire->items[i++]))
                if (wire->items[i].kind == WIRE_CHECKSUM)
                        bytes[p] = checksum_of(&wire->items[i], bytes, at, p);
        return (ssize_t) at;
}

int wire_decode(const struct wire_template *wire, const uint8_t *bytes, size_t n, int64_t *ret_values) {
        int64_t values[WIRE_FIELDS_MAX] = {};
        size_t at = 0;

        for (unsigned i = 0; i < wire->n_items; i++) {
                const struct wire_item *item = &wire->items[i];

                if (at + item_size(item) > n)
                        return -EBADMSG;
                if (item->kind == WIRE_BYTE && bytes[at] != item->byte)
                        return -EBADMSG;
                if (item->kind == WIRE_CHECKSUM && bytes[at] != checksum_of(item, bytes, n, at))
                        return -EBADMSG;
                if (item->kind == WIRE_FIELD)
                        values[item->field] = get_value(item, bytes + at);
                at += item_size(item);
        }
        if (at != n && !wire->open_ended)
                return -EBADMSG;
        for (unsigned i = 0; i < wire->n_fields; i++)
                ret_values[i] = values[i];
        return 0;
}

bool wire_resembles(
        const struct wire_template *wire, const uint8_t *bytes, size_t n, bool to_end, int64_t *ret_values) {
        int64_t values[WIRE_FIELDS_MAX] = {};
        unsigned fields = 0, read = 0;
        size_t at = 0;

        for (unsigned i = 0; i < wire->n_items; i++)
                fields += wire->items[i].kind == WIRE_FIELD;
        to_end = to_end || fields == 0;
        for (unsigned i = 0; i < wire->n_items && (read < fields || to_end) && at < n; i++) {
                const struct wire_item *item = &wire->items[i];
                uint8_t value[sizeof(uint32_t)] = {};

                if (item->kind == WIRE_BYTE && bytes[at] != item->byte)
                        return false;
                if (item->kind == WIRE_FIELD) {
                        memcpy(value, bytes + at, MIN(item_size(item), n - at));
                        values[item->field] = MAX(values[item->field], get_value(item, value));
                        read++;
                }
                at += item_size(item);
        }
        /* Of a frame without a value, all of it. */
        if (fields > 0 ? read == 0 : n < wire_size(wire))
                return false;
        for (unsigned i = 0; i < wire->n_fields; i++)
                ret_values[i] = values[i];
        return true;
}

bool wire_item_is_same(const struct wire_item *a, const struct wire_item *b) {
        return a->kind == b->kind && a->byte == b->byte && a->field == b->field &&
               a->encoding == b->encoding && a->checksum == b->checksum && a->from == b->from;
}

/* What the pattern wants to find at each place; -1: anything. Returns how many. */
static size_t expand(
        const struct wire_template *wire, int wanted[static WIRE_ITEMS_MAX * sizeof(uint32_t)]) {
        size_t n = 0;

        for (unsigned i = 0; i < wire->n_items; i++)
                for (size_t k = 0; k < item_size(&wire->items[i]); k++)
                        wanted[n++] = wire->items[i].kind == WIRE_BYTE ? wire->items[i].byte : -1;
        return n;
}

bool wire_covers(const struct wire_template *a, const struct wire_template *b) {
        int wants_a[WIRE_ITEMS_MAX * sizeof(uint32_t)], wants_b[WIRE_ITEMS_MAX * sizeof(uint32_t)];
        size_t n_a = expand(a, wants_a), n_b = expand(b, wants_b);

        if (n_a > n_b || (!a->open_ended && (b->open_ended || n_a != n_b)))
                return false;
        for (size_t i = 0; i < n_a; i++)
                if (wants_a[i] >= 0 && wants_a[i] != wants_b[i])
                        return false;
        /* A checksum holds for both where it is the same one in the same place. */
        for (unsigned i = 0; i < a->n_items; i++)
                if (a->items[i].kind == WIRE_CHECKSUM &&
                        (i >= b->n_items || !wire_item_is_same(&a->items[i], &b->items[i])))
                        return false;
        return true;
}

bool wire_sum_of_head(
        const struct wire_template *wire, const uint8_t *bytes, size_t n, size_t *ret_at, uint8_t *ret_sum) {
        for (unsigned i = 0; i < wire->n_items && i < n; i++) {
                const struct wire_item *item = &wire->items[i];

                if (item->kind == WIRE_CHECKSUM) {
                        *ret_at = i;
                        *ret_sum = checksum_of(item, bytes, n, i);
                        return i > 0;
                }
                if (item->kind != WIRE_BYTE || bytes[i] != item->byte)
                        return false;
        }
        return false;
}

/* How many '*' stand there. */
static unsigned count_any(const struct wire_template *wire, unsigned from) {
        unsigned n = 0;

        while (from + n < wire->n_items && wire->items[from + n].kind == WIRE_ANY)
                n++;
        return n;
}

static void print_item(FILE *f, const struct wire_template *wire, const struct wire_item *item) {
        switch (item->kind) {
        case WIRE_BYTE:
                fprintf(f, "%02X", item->byte);
                break;
        case WIRE_ANY:
                fprintf(f, "*");
                break;
        case WIRE_REST:
                fprintf(f, "...");
                break;
        case WIRE_FIELD:
                fprintf(f, "{%s:%s}", wire->fields[item->field], encodings[item->encoding].name);
                break;
        case WIRE_CHECKSUM:
                fprintf(f, "{%s:%u}", checksums[item->checksum], item->from);
                break;
        }
}

char *wire_to_text(const struct wire_template *wire) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        for (unsigned i = 0; i < wire->n_items; i++) {
                unsigned n = count_any(wire, i);

                if (i > 0)
                        fputc(' ', f);
                print_item(f, wire, &wire->items[i]);
                if (n > 1) {
                        fprintf(f, "%u", n);
                        i += n - 1;
                }
        }
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
