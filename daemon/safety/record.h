/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Interface to the record of what was done to a body. Model code puts facts; where they are stored is up to the
 * implementation. Putting a fact never blocks and never fails for the caller. */

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
        RECORD_CONFIRMED, /* the device reported the level sent last: given; without a feature: it took a stop */
        RECORD_STOP,
        RECORD_STOP_UNCONFIRMED,
        RECORD_PROMPT,
        RECORD_ANSWER,
        RECORD_DISCOMFORT,
        RECORD_EASED, /* the discomfort loop lowered a level or ended a step: reason, "discomfort" or "silence" */
        RECORD_ALERT,
        RECORD_LINK,
        RECORD_DOSE,   /* output at a zone and side: given, in microseconds */
        RECORD_REST,   /* it hurt too much: the routine, and the zone and side it was at, rest from now on */
        RECORD_TARGET, /* the target for that zone and side is lowered from now on: by given */
        RECORD_ABANDONED, /* an earlier daemon died during this session */
        RECORD_LOST,      /* facts that could not be stored: asked is their number */
        RECORD_MALFORMED, /* malformed bytes from a device; at most one a minute and device */
        RECORD_CLOCK,     /* limberd started, or the wall clock was set: RECORD_CLOCK_… below */
        /* Only read: names from before. */
        RECORD_QUEUED,   /* of RECORD_SENT before schema version 3; the level may never have been sent */
        RECORD_UNENDED,  /* of RECORD_ABANDONED before version 4 */
        RECORD_NONSENSE, /* of RECORD_MALFORMED before version 4 */
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
        /* Of RECORD_SETPOINT: thousandths of the feature's unit. Of RECORD_STEP and RECORD_DOSE: microseconds of output,
         * planned and done. Of RECORD_DISCOMFORT: given is the score. */
        int64_t asked, given;
        const char *unit; /* of RECORD_SETPOINT: the feature's */
        const char *reason;
        const char *text; /* a sentence */
};

/* Of RECORD_CLOCK. RECORD_CLOCK_STARTED, RECORD_CLOCK_SET: text is the boot id, given is 1 where the wall clock is known to be
 * right, asked the microseconds that it was set forward by. RECORD_CLOCK_SAID: the runner said that their last session, of
 * before the machine started, was asked microseconds ago. */
#define RECORD_CLOCK_STARTED "started"
#define RECORD_CLOCK_SET "set"
#define RECORD_CLOCK_SAID "said"

struct record {
        void (*put)(struct record *record, const struct record_entry *entry);
        /* Output waits for what was put so far. NULL: nothing is put off. */
        void (*hurry)(struct record *record);
        bool failed;     /* facts are not stored: the gate lets nothing rise */
        const char *why; /* a sentence on the failure, or NULL */
        /* Number of facts that were put, and how many of these, counted from the first, are on the disk. Both stay 0 where
         * nothing waits for them. */
        uint64_t n_put, n_kept;
};

static inline void record_put(struct record *record, const struct record_entry *entry) {
        if (record)
                record->put(record, entry);
}

static inline void record_hurry(struct record *record) {
        if (record && record->hurry)
                record->hurry(record);
}

/* Reasons of RECORD_DOSE and RECORD_STEP for e-stim that trains strength: a muscle was trained (of a step: it is planned), or it was only
 * begun. Before schema version 5 everything was the first. */
#define RECORD_DOSE_STRENGTH "strength"
#define RECORD_DOSE_STRENGTH_START "strength-start"

/* Copies an entry including its texts. -ENOMEM. */
int record_entry_copy(const struct record_entry *entry, struct record_entry *ret);
void record_entry_done(struct record_entry *entry);

/* The step or dose counts as treatment. Finding the level of pads by calibration does not. */
bool record_entry_is_treatment(const struct record_entry *entry) _pure_;

const char *record_kind_to_string(enum record_kind kind) _const_;
/* _RECORD_KIND_MAX for an unknown word. */
enum record_kind record_kind_from_string(const char *name) _pure_;
