/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/limit.h"

struct limit limit_of(int64_t asked) {
        asked = MAX(asked, INT64_C(0));
        return (struct limit){ .asked = asked, .given = asked };
}

void limit_narrow(struct limit *limit, int64_t max, enum limit_rule rule, enum limit_source source) {
        struct limit_reason reason = { .rule = rule, .max = MAX(max, INT64_C(0)), .source = source };

        /* A rule below the request is a reason even if another one is tighter. */
        if (reason.max >= limit->asked)
                return;
        if (limit->n_reasons < LIMIT_REASONS_MAX)
                limit->reasons[limit->n_reasons++] = reason;
        if (reason.max < limit->given) {
                limit->given = reason.max;
                limit->tightest = reason;
        }
}

void limit_forbid(struct limit *limit, enum limit_rule rule, enum limit_source source) {
        limit_narrow(limit, 0, rule, source);
}
