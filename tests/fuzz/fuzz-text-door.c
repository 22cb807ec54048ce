/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whatever bytes come in, what comes out can be shown and sent: valid UTF-8, plain, not longer, and the same when it passes once
 * more. */

#include "lib/text-door.h"
#include "tests/fuzz/fuzz.h"

static void check_next(const char *s) {
        size_t left = strlen(s);

        while (left > 0) {
                uint32_t c = UINT32_MAX;
                size_t n = text_next(s, &c);

                fuzz_check(n >= 1 && n <= 4 && n <= left && c != UINT32_MAX);
                s += n;
                left -= n;
        }
}

static void check_plain(const char *s) {
        _cleanup_free_ char *again = strdup(s);

        fuzz_check(again);
        fuzz_check(text_is_plain(s));
        fuzz_check(utf8_is_valid(s, strlen(s)));
        fuzz_check(streq(text_make_plain(again), s));
        for (const char *p = s; *p; p++)
                fuzz_check((uint8_t) *p >= 0x20 && *p != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        struct fuzz_input input = { bytes, n };
        size_t size = 1 + (size_t) fuzz_u8(&input);
        _cleanup_free_ char *s = malloc(input.n + 1), *buffer = malloc(size), *plain = NULL;
        bool valid;

        fuzz_check(s && buffer);
        valid = utf8_is_valid(input.bytes, input.n);
        if (input.n > 0)
                memcpy(s, input.bytes, input.n);
        s[input.n] = '\0';
        check_next(s);
        plain = strdup(s);
        fuzz_check(plain && text_make_plain(plain) == plain);
        fuzz_check(strlen(plain) <= strlen(s));
        fuzz_check(text_is_plain(s) == streq(plain, s));
        /* One "?" for each byte or character that does not pass, and none without. */
        if (valid && !strchr(s, '?') && text_is_plain(s))
                fuzz_check(!strchr(plain, '?'));
        check_plain(plain);
        fuzz_check(text_copy(buffer, size, s) == buffer && strlen(buffer) < size);
        check_plain(buffer);
        return 0;
}
