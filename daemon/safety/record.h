/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The seam to what is kept of what was done to a body. Model code tells facts; where they go is not its business. Putting
 * a fact never blocks and never fails for the caller. */

#include <sys/types.h>

#include "lib/macros.h"

enum record_kind {
        RECORD_SESSION_STARTED,
        RECORD_SESSION_ENDED,
        RECORD_ARMED,
        RECORD_PAUSED,
        RECORD_STEP,
        RECORD_SETPOINT, /* asked and given differ from the last ones of that channel */
        RECORD_SENT,     /* a level was handed to the link: given */
        RECORD_QUEUED, /* only ever read: what RECORD_SENT was before schema version 3, a level that may never have left */
        RECORD_CONFIRMED, /* the device itself said that it is at the level sent last: given; without a feature: that it took a stop */
        RECORD_STOP,
        RECORD_STOP_UNCONFIRMED,
        RECORD_PROMPT,
        RECORD_ANSWER,
        RECORD_DISCOMFORT,
        RECORD_EASED, /* the loop lowered a level or ended a step: reason, "discomfort" or "silence" */
        RECORD_ALERT,
        RECORD_LINK,
        RECORD_DOSE, /* output was on at a zone and side: given, in microseconds */
        RECORD_REST, /* it hurt too much: a routine, and the zone and side that it was at, rest from now on */
        RECORD_TARGET,   /* the aim for that zone and side is lowered by so much from now on: given */
        RECORD_UNENDED,  /* a session that a daemon began and did not live to end */
        RECORD_LOST,     /* so many facts could not be kept: asked */
        RECORD_NONSENSE, /* bytes from the air that mean nothing; told of at most once a minute and device */
        _RECORD_KIND_MAX,
};

struct record_entry {
        enum record_kind kind;
        unsigned session;    /* 0: none */
        uid_t runner;        /* of RECORD_SESSION_STARTED */
        const char *routine; /* may be NULL, like all texts here */
        const char *device;  /* address */
        const char *feature;
        const char *zone, *side;
        /* Of RECORD_SETPOINT in thousandths of the feature's unit; of RECORD_STEP and RECORD_DOSE the output that it is going to
         * have, and had, in microseconds; of RECORD_DISCOMFORT the score, given. */
        int64_t asked, given;
        const char *unit; /* of RECORD_SETPOINT: the feature's */
        const char *reason;
        const char *text; /* a sentence */
};

struct record {
        void (*put)(struct record *record, const struct record_entry *entry);
        bool failed;     /* what is put is not kept: the gate lets nothing rise */
        const char *why; /* a sentence about that, or NULL */
        /* Facts that were put, and how many of them, from the first on, are on the disk. Both stay 0 where none is waited for. */
        uint64_t n_put, n_kept;
};

static inline void record_put(struct record *record, const struct record_entry *entry) {
        if (record)
                record->put(record, entry);
}

/* A copy with texts of its own. -ENOMEM. */
int record_entry_copy(const struct record_entry *entry, struct record_entry *ret);
void record_entry_done(struct record_entry *entry);

/* Of a step or a dose: something follows from it. Finding the right level of pads is no treatment. */
bool record_entry_is_treatment(const struct record_entry *entry) _pure_;

const char *record_kind_to_string(enum record_kind kind) _const_;
/* _RECORD_KIND_MAX for a word that is none. */
enum record_kind record_kind_from_string(const char *name) _pure_;
