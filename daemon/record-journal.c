/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include "daemon/record.h"

/* Message ids are also the keys of systemd/limber.catalog. */
static const struct {
        const char *name;
        const char *message_id;
        int priority;
} kinds[_RECORD_KIND_MAX] = {
        [RECORD_SESSION_STARTED] = { "session-started", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e01", LOG_INFO },
        [RECORD_SESSION_ENDED] = { "session-ended", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e02", LOG_INFO },
        [RECORD_ARMED] = { "armed", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e03", LOG_INFO },
        [RECORD_PAUSED] = { "paused", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e04", LOG_INFO },
        [RECORD_STEP] = { "step", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e05", LOG_INFO },
        [RECORD_SETPOINT] = { "setpoint", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e06", LOG_DEBUG },
        [RECORD_STOP] = { "stop", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e07", LOG_NOTICE },
        [RECORD_STOP_UNCONFIRMED] = { "stop-unconfirmed", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e08", LOG_ALERT },
        [RECORD_PROMPT] = { "prompt", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e09", LOG_INFO },
        [RECORD_ANSWER] = { "answer", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0a", LOG_INFO },
        [RECORD_DISCOMFORT] = { "discomfort", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0b", LOG_INFO },
        [RECORD_ALERT] = { "alert", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0c", LOG_WARNING },
        [RECORD_LINK] = { "link", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0d", LOG_INFO },
        [RECORD_NONSENSE] = { "nonsense", "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0e", LOG_NOTICE },
};

const char *record_kind_to_string(enum record_kind kind) {
        return (unsigned) kind < _RECORD_KIND_MAX ? kinds[kind].name : "";
}

static void journal_put(struct record *record, const struct record_entry *e) {
        (void) sd_journal_send("MESSAGE_ID=%s", kinds[e->kind].message_id, "PRIORITY=%i",
                kinds[e->kind].priority, "MESSAGE=%s%s%s", kinds[e->kind].name, e->text ? ": " : "",
                strnull(e->text), "LIMBER_EVENT=%s", kinds[e->kind].name, "LIMBER_SESSION=%u", e->session,
                "LIMBER_ROUTINE=%s", strnull(e->routine), "LIMBER_DEVICE=%s", strnull(e->device),
                "LIMBER_FEATURE=%s", strnull(e->feature), "LIMBER_ASKED=%lld", (long long) e->asked,
                "LIMBER_GIVEN=%lld", (long long) e->given, "LIMBER_REASON=%s", strnull(e->reason), NULL);
}

struct record *record_journal(void) {
        static struct record journal = { .put = journal_put };

        return &journal;
}
