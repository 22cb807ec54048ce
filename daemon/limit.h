/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A wish and what became of it. A limit starts at what was asked and can only be narrowed; every rule that narrowed it
 * is kept with whose it is, so that a person can be told why. */

#include "lib/macros.h"

enum limit_rule {
        LIMIT_NONE,
        LIMIT_NOT_ARMED,     /* REQ1, REQ2, REQ9: zero until somebody present armed */
        LIMIT_LEASE,         /* REQ4: nobody is known to watch */
        LIMIT_STALE,         /* the wish was made for another state, or too long ago */
        LIMIT_CERTAINTY,     /* REQ8: what the device does is not known: no raise */
        LIMIT_CEILING,       /* REQ7: compiled in */
        LIMIT_DEVICE,        /* what the product can do */
        LIMIT_UNCALIBRATED,  /* this runner did not calibrate yet */
        LIMIT_ROUTINE,       /* the step's own range */
        LIMIT_BATTERY,       /* REQ15 */
        LIMIT_CONTACT,       /* REQ11 */
        LIMIT_KNOB,          /* the person at the device turned it lower */
        LIMIT_SLEW,          /* REQ5: still rising */
        LIMIT_STEP,          /* rounded down to what the device can be told */
        _LIMIT_MAX,
};

struct limit_reason {
        enum limit_rule rule;
        int64_t max;
        const char *source; /* static, or living as long as the definition or routine it names */
};

#define LIMIT_REASONS_MAX 14u

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

const char *limit_rule_to_string(enum limit_rule rule) _const_;
/* A sentence for a person; what would lift it. */
const char *limit_rule_explain(enum limit_rule rule) _const_;
