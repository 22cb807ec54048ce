/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A wish and what became of it. A limit starts at what was asked and can only be narrowed; every rule that narrowed it
 * is kept with whose it is, so that a person can be told why. */

#include "lib/limit-rule.h"

struct limit_reason {
        enum limit_rule rule;
        int64_t max;
        const char *source; /* static, or living as long as the definition or routine it names */
};

/* Each rule narrows at most once. */
#define LIMIT_REASONS_MAX ((unsigned) _LIMIT_MAX)

struct limit {
        int64_t asked;
        int64_t given;
        struct limit_reason tightest; /* LIMIT_NONE when nothing narrowed */
        struct limit_reason reasons[LIMIT_REASONS_MAX];
        unsigned n_reasons;
};

/* A negative wish counts as zero. */
struct limit limit_of(int64_t asked);

/* The only operation: given becomes at most max (a negative max counts as zero). Remembers the rule when it cut. */
void limit_narrow(struct limit *limit, int64_t max, enum limit_rule rule, const char *source);
/* To zero. */
void limit_forbid(struct limit *limit, enum limit_rule rule, const char *source);
