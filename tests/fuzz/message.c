/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fuzz/message.h"

#define DEPTH_MAX 12u
#define ENTRIES_MAX 6u

static const char *const variants[] = { "s", "b", "y", "u", "t", "x", "i", "d", "o", "as", "ao", "ay",
        "a{ss}", "a{sd}", "a{sv}", "(ss)", "a(sus)", "v", "n", "q", "g", "aa{sv}" };

static void fill(sd_bus_message *m, const char *signature, size_t n, const struct fuzz_words *words,
        struct fuzz_input *input, unsigned depth);

/* Of the first complete type. */
static size_t type_length(const char *s) { /* NOLINT(misc-no-recursion) */
        size_t n = 1;

        if (*s == 'a')
                return 1 + type_length(s + 1);
        if (*s == '(' || *s == '{') {
                while (s[n] != ')' && s[n] != '}')
                        n += type_length(s + n);
                return n + 1;
        }
        return 1;
}

const char *fuzz_word(const char *const *list, struct fuzz_input *input) {
        unsigned n = 0, i = fuzz_u8(input);

        while (list[n])
                n++;
        return n > 0 && i < 224 ? list[i % n] : NULL;
}

static void fill_string(
        sd_bus_message *m, char type, const struct fuzz_words *words, struct fuzz_input *input) {
        const char *word = fuzz_word(type == 's' ? words->strings : words->paths, input);
        _cleanup_free_ char *made = word ? NULL : fuzz_string(input);

        /* What is no text or no path, a library of D-Bus neither sends nor receives. */
        if (sd_bus_message_append_basic(m, type, word ?: made) < 0)
                fuzz_check(sd_bus_message_append_basic(m, type, type == 's' ? "?" : "/") >= 0);
}

static void fill_basic(
        sd_bus_message *m, char type, const struct fuzz_words *words, struct fuzz_input *input) {
        union {
                uint64_t number;
                uint32_t half;
                int truth;
                double real;
        } value = {};

        switch (type) {
        case 's':
        case 'o':
                fill_string(m, type, words, input);
                return;
        case 'g':
                fuzz_check(sd_bus_message_append_basic(m, 'g', "a{sv}") >= 0);
                return;
        case 'b':
                value.truth = fuzz_u8(input) & 1;
                break;
        case 'y':
                value.number = fuzz_u8(input);
                break;
        case 'd':
                if (fuzz_u8(input) % 4 == 0)
                        value.number = fuzz_u64(input);
                else
                        value.real = fuzz_u8(input) / 2.0 - 10;
                break;
        default:
                /* Small ones mean more. */
                value.number = fuzz_u8(input) % 4 == 0 ? fuzz_u64(input) : fuzz_u8(input);
                break;
        }
        fuzz_check(sd_bus_message_append_basic(m, type, &value) >= 0);
}

static void fill_container(sd_bus_message *m, char type, const char *contents, size_t n,
        const struct fuzz_words *words, struct fuzz_input *input,
        unsigned depth) { /* NOLINT(misc-no-recursion) */
        unsigned entries = type == 'a' ? fuzz_u8(input) % ENTRIES_MAX : 1;
        char copy[256];

        fuzz_check(n < sizeof(copy));
        memcpy(copy, contents, n);
        copy[n] = '\0';
        fuzz_check(sd_bus_message_open_container(m, type, copy) >= 0);
        for (unsigned i = 0; i < entries; i++)
                fill(m, copy, n, words, input, depth + 1);
        fuzz_check(sd_bus_message_close_container(m) >= 0);
}

static void fill_variant(sd_bus_message *m, const char *signature, const struct fuzz_words *words,
        struct fuzz_input *input, unsigned depth) { /* NOLINT(misc-no-recursion) */
        if (depth > DEPTH_MAX || !signature)
                signature = depth > DEPTH_MAX ? "s" : variants[fuzz_u8(input) % ARRAY_SIZE(variants)];
        fill_container(m, 'v', signature, strlen(signature), words, input, depth);
}

/* "{sv}" with a name that is known and the type that belongs to it. */
static bool fill_pair(sd_bus_message *m, const struct fuzz_words *words, struct fuzz_input *input,
        unsigned depth) { /* NOLINT(misc-no-recursion) */
        unsigned n = 0, i = fuzz_u8(input);

        while (words->pairs && words->pairs[n].name)
                n++;
        if (n == 0 || i >= 240)
                return false;
        fuzz_check(sd_bus_message_open_container(m, 'e', "sv") >= 0);
        fuzz_check(sd_bus_message_append_basic(m, 's', words->pairs[i % n].name) >= 0);
        fill_variant(m, words->pairs[i % n].signature, words, input, depth + 1);
        fuzz_check(sd_bus_message_close_container(m) >= 0);
        return true;
}

static void fill(sd_bus_message *m, const char *signature, size_t n, const struct fuzz_words *words,
        struct fuzz_input *input, unsigned depth) { /* NOLINT(misc-no-recursion) */
        for (const char *s = signature; s < signature + n; s += type_length(s)) {
                size_t length = type_length(s);

                if (*s == 'a')
                        fill_container(m, 'a', s + 1, length - 1, words, input, depth);
                else if (*s == '(')
                        fill_container(m, 'r', s + 1, length - 2, words, input, depth);
                else if (*s == '{') {
                        if (strncmp(s, "{sv}", 4) != 0 || !fill_pair(m, words, input, depth))
                                fill_container(m, 'e', s + 1, length - 2, words, input, depth);
                } else if (*s == 'v')
                        fill_variant(m, NULL, words, input, depth);
                else
                        fill_basic(m, *s, words, input);
        }
}

void fuzz_fill(
        sd_bus_message *m, const char *signature, const struct fuzz_words *words, struct fuzz_input *input) {
        fill(m, signature, strlen(signature), words, input, 0);
}
