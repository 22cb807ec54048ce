/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The seam to what is kept of what was done to a body. Model code tells facts; where they go is not its business. Putting
 * a fact never blocks and never fails for the caller. */

#include "lib/macros.h"

enum record_kind {
        RECORD_SESSION_STARTED,
        RECORD_SESSION_ENDED,
        RECORD_ARMED,
        RECORD_PAUSED,
        RECORD_STEP,
        RECORD_SETPOINT, /* asked and given differ from the last ones of that channel */
        RECORD_STOP,
        RECORD_STOP_UNCONFIRMED,
        RECORD_PROMPT,
        RECORD_ANSWER,
        RECORD_DISCOMFORT,
        RECORD_ALERT,
        RECORD_LINK,
        RECORD_NONSENSE, /* bytes from the air that mean nothing; told of at most once a minute and device */
        _RECORD_KIND_MAX,
};

struct record_entry {
        enum record_kind kind;
        unsigned session;    /* 0: none */
        const char *routine; /* may be NULL, like all texts here */
        const char *device;  /* address */
        const char *feature;
        int64_t asked, given; /* of RECORD_SETPOINT */
        const char *reason;
        const char *text; /* a sentence */
};

struct record {
        void (*put)(struct record *record, const struct record_entry *entry);
        bool failed; /* what is put is not kept: the gate lets nothing rise */
};

static inline void record_put(struct record *record, const struct record_entry *entry) {
        if (record)
                record->put(record, entry);
}

const char *record_kind_to_string(enum record_kind kind) _const_;
