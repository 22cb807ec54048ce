/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Compares findings with what a test wants, all of them, in order. */

#include "lib/findings.h"
#include "tests/test.h"

struct expected_finding {
        unsigned line;
        const char *code;
        const char *says; /* part of the sentence; NULL: any */
};

/* Frees the findings. */
static inline void expect_findings(
        struct findings *findings, const struct expected_finding *expected, size_t n) {
        for (size_t i = 0; i < MAX(n, findings->n); i++) {
                const struct finding *f = i < findings->n ? &findings->items[i] : NULL;

                if (!f)
                        fail_msg("not found: line %u %s", expected[i].line, expected[i].code);
                else if (i >= n)
                        fail_msg("found too much: line %u %s: %s", f->line, f->code, f->message);
                else if (f->line != expected[i].line || !streq(f->code, expected[i].code) ||
                         (expected[i].says && !strstr(f->message, expected[i].says)))
                        fail_msg("wanted line %u %s (%s), found line %u %s: %s", expected[i].line,
                                expected[i].code, strnull(expected[i].says), f->line, f->code, f->message);
        }
        findings_done(findings);
}

#define EXPECT_FINDINGS(findings, ...)                                       \
        do {                                                                 \
                const struct expected_finding _expected[] = { __VA_ARGS__ }; \
                expect_findings(findings, _expected, ARRAY_SIZE(_expected)); \
        } while (0)
