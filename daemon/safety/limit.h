/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A requested level and what was made of it. A limit starts at the request and can only be narrowed; every rule that
 * narrowed it is kept with its source, to be shown as the reason. A source is a reference, not a name: the name is looked up
 * when the reason is shown, since devices may be renamed and routines replaced meanwhile. */

#include "lib/limit-rule.h"

/* Who set a rule. */
enum limit_source {
        LIMIT_FROM_LIMBER, /* compiled in */
        LIMIT_FROM_SESSION,
        LIMIT_FROM_DEVICE, /* the device of the channel, or its definition */
        LIMIT_FROM_RUNNER,
        LIMIT_FROM_ROUTINE,
        LIMIT_FROM_ZONE, /* the zone of the step that drives the channel */
        _LIMIT_SOURCE_MAX,
};

struct limit_reason {
        enum limit_rule rule;
        int64_t max;
        enum limit_source source;
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

/* A negative level counts as zero. */
struct limit limit_of(int64_t asked);

/* The only operation: lowers given to max (a negative max counts as zero) and remembers the rule if it cut. */
void limit_narrow(struct limit *limit, int64_t max, enum limit_rule rule, enum limit_source source);
/* To zero. */
void limit_forbid(struct limit *limit, enum limit_rule rule, enum limit_source source);
