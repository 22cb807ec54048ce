/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/record.h"

/* Used in the journal, in the database and on the bus: never change a name, only add. */
static const char *const kinds[_RECORD_KIND_MAX] = {
        [RECORD_SESSION_STARTED] = "session-started",
        [RECORD_SESSION_ENDED] = "session-ended",
        [RECORD_ARMED] = "armed",
        [RECORD_PAUSED] = "paused",
        [RECORD_STEP] = "step",
        [RECORD_SETPOINT] = "setpoint",
        [RECORD_SENT] = "sent",
        [RECORD_QUEUED] = "queued",
        [RECORD_CONFIRMED] = "confirmed",
        [RECORD_STOP] = "stop",
        [RECORD_STOP_UNCONFIRMED] = "stop-unconfirmed",
        [RECORD_PROMPT] = "prompt",
        [RECORD_ANSWER] = "answer",
        [RECORD_DISCOMFORT] = "discomfort",
        [RECORD_EASED] = "eased",
        [RECORD_ALERT] = "alert",
        [RECORD_LINK] = "link",
        [RECORD_DOSE] = "dose",
        [RECORD_REST] = "rest",
        [RECORD_TARGET] = "target",
        [RECORD_ABANDONED] = "abandoned",
        [RECORD_LOST] = "lost",
        [RECORD_MALFORMED] = "malformed",
        [RECORD_CLOCK] = "clock",
        [RECORD_UNENDED] = "unended",
        [RECORD_NONSENSE] = "nonsense",
};

const char *record_kind_to_string(enum record_kind kind) {
        return (unsigned) kind < _RECORD_KIND_MAX ? kinds[kind] : "";
}

enum record_kind record_kind_from_string(const char *name) {
        for (unsigned i = 0; i < _RECORD_KIND_MAX; i++)
                if (streq(kinds[i], name))
                        return (enum record_kind) i;
        return _RECORD_KIND_MAX;
}

bool record_entry_is_treatment(const struct record_entry *entry) {
        return !streq_ptr(entry->reason, "calibration");
}

#define TEXTS 8

/* The texts of an entry, to copy and to free. */
static void texts_of(struct record_entry *e, const char **ret[static TEXTS]) {
        ret[0] = &e->routine;
        ret[1] = &e->device;
        ret[2] = &e->feature;
        ret[3] = &e->zone;
        ret[4] = &e->side;
        ret[5] = &e->reason;
        ret[6] = &e->text;
        ret[7] = &e->unit;
}

void record_entry_done(struct record_entry *entry) {
        const char **texts[TEXTS];

        texts_of(entry, texts);
        for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
                free((char *) *texts[i]);
                *texts[i] = NULL;
        }
}

int record_entry_copy(const struct record_entry *entry, struct record_entry *ret) {
        struct record_entry copy = *entry;
        const char **texts[TEXTS];
        int r = 0;

        texts_of(&copy, texts);
        for (unsigned i = 0; i < ARRAY_SIZE(texts); i++)
                if (*texts[i]) {
                        *texts[i] = r < 0 ? NULL : strdup(*texts[i]);
                        if (!*texts[i])
                                r = -ENOMEM;
                }
        if (r < 0) {
                record_entry_done(&copy);
                return r;
        }
        *ret = copy;
        return 0;
}
