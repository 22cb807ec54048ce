/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/limit.h"

static const struct {
        const char *name;
        const char *sentence;
} rules[_LIMIT_MAX] = {
        [LIMIT_NONE] = { "none", "" },
        [LIMIT_NOT_ARMED] = { "not-armed", "nobody present has armed yet" },
        [LIMIT_LEASE] = { "lease", "nobody is known to be watching" },
        [LIMIT_STALE] = { "stale", "asked for a state that is over" },
        [LIMIT_CERTAINTY] = { "certainty", "what the device does now is not known; it must stop first" },
        [LIMIT_CEILING] = { "ceiling", "the highest limber ever gives" },
        [LIMIT_DEVICE] = { "device", "the device cannot do more" },
        [LIMIT_UNCALIBRATED] = { "uncalibrated", "low until you have calibrated this device" },
        [LIMIT_ROUTINE] = { "routine", "the routine asks for no more" },
        [LIMIT_BATTERY] = { "battery", "the battery is below 20 %; charge it" },
        [LIMIT_CONTACT] = { "contact", "a pad is off the skin" },
        [LIMIT_KNOB] = { "knob", "turned down at the device itself" },
        [LIMIT_SLEW] = { "slew", "still rising slowly" },
        [LIMIT_STEP] = { "step", "rounded down to what the device can be told" },
};

struct limit limit_of(int64_t asked) {
        asked = MAX(asked, INT64_C(0));
        return (struct limit) { .asked = asked, .given = asked };
}

void limit_narrow(struct limit *limit, int64_t max, enum limit_rule rule, const char *source) {
        struct limit_reason reason = { .rule = rule, .max = MAX(max, INT64_C(0)), .source = source };

        /* A rule below what was asked is a reason even when another is tighter still. */
        if (reason.max >= limit->asked)
                return;
        if (limit->n_reasons < LIMIT_REASONS_MAX)
                limit->reasons[limit->n_reasons++] = reason;
        if (reason.max < limit->given) {
                limit->given = reason.max;
                limit->tightest = reason;
        }
}

const char *limit_rule_to_string(enum limit_rule rule) {
        return (unsigned) rule < _LIMIT_MAX ? rules[rule].name : "";
}

const char *limit_rule_explain(enum limit_rule rule) {
        return (unsigned) rule < _LIMIT_MAX ? rules[rule].sentence : "";
}
