/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every test program here begins with. cmocka wants its headers in this order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/conf.h"
#include "lib/macros.h"

/* Root of the source tree; meson says where it is. */
static inline const char *source_root(void) {
        return getenv("LIMBER_SOURCE_ROOT") ?: ".";
}

/* A file of the source tree as text; the caller frees it. */
static inline char *source_file(const char *name, size_t *ret_n) {
        _cleanup_free_ char *path = NULL;
        char *text = NULL;

        assert_true(asprintf(&path, "%s/%s", source_root(), name) > 0);
        if (read_file(path, 1024 * 1024, &text, ret_n) < 0)
                fail_msg("%s cannot be read", path);
        return text;
}

/* Prints what a test found where the sentence itself is the point. */
#define assert_says(sentence, part)                                                       \
        do {                                                                              \
                const char *_sentence = (sentence);                                       \
                if (!_sentence || !strstr(_sentence, part))                               \
                        fail_msg("\"%s\" does not say \"%s\"", strnull(_sentence), part); \
        } while (0)
