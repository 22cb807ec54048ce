/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include "daemon/loop/worker.h"
#include "daemon/record/journal-limit.h"
#include "daemon/record/record-journal.h"
#include "daemon/record/record-queue.h"
#include "lib/clock.h"

/* Message ids are also the keys of systemd/limber.catalog. */
static const struct {
        const char *message_id;
        int priority;
} kinds[_RECORD_KIND_MAX] = {
        [RECORD_SESSION_STARTED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e01", LOG_INFO },
        [RECORD_SESSION_ENDED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e02", LOG_INFO },
        [RECORD_ARMED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e03", LOG_INFO },
        [RECORD_PAUSED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e04", LOG_INFO },
        [RECORD_STEP] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e05", LOG_INFO },
        [RECORD_SETPOINT] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e06", LOG_DEBUG },
        [RECORD_SENT] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e15", LOG_DEBUG },
        [RECORD_CONFIRMED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e16", LOG_DEBUG },
        [RECORD_STOP] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e07", LOG_NOTICE },
        [RECORD_STOP_UNCONFIRMED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e08", LOG_ALERT },
        [RECORD_PROMPT] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e09", LOG_INFO },
        [RECORD_ANSWER] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0a", LOG_INFO },
        [RECORD_DISCOMFORT] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0b", LOG_INFO },
        [RECORD_EASED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e13", LOG_INFO },
        [RECORD_ALERT] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0c", LOG_WARNING },
        [RECORD_LINK] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0d", LOG_INFO },
        [RECORD_DOSE] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e11", LOG_INFO },
        [RECORD_REST] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e12", LOG_NOTICE },
        [RECORD_TARGET] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e14", LOG_INFO },
        [RECORD_ABANDONED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0f", LOG_WARNING },
        [RECORD_LOST] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e10", LOG_ERR },
        [RECORD_MALFORMED] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e0e", LOG_NOTICE },
        [RECORD_CLOCK] = { "6e1bd1e9b6d54b0c8a9f5f0a6c1d7e17", LOG_INFO },
};

/* A stalled journal must never block the loop that can stop a device. */
#define QUEUE_MAX 256u
#define TAKE_MAX 32u
/* The thread starts this long after the first line: otherwise eight stops in a row would share the processors with the eight
 * lines about them. */
#define WAKE_USEC (25 * USEC_PER_MSEC)

static struct journal {
        struct record base;
        struct record_queue *queue;
        sd_event_source *wake;
        pthread_t thread;
        bool running;
        int level;
} journal = { .level = LOG_DEBUG };

static void line_send(const struct record_entry *e) {
        (void) sd_journal_send("MESSAGE_ID=%s", kinds[e->kind].message_id, "PRIORITY=%i",
                kinds[e->kind].priority, "MESSAGE=%s%s%s", record_kind_to_string(e->kind),
                e->text ? ": " : "", strnull(e->text), "LIMBER_EVENT=%s", record_kind_to_string(e->kind),
                "LIMBER_SESSION=%u", e->session, "LIMBER_ROUTINE=%s", strnull(e->routine),
                "LIMBER_DEVICE=%s", strnull(e->device), "LIMBER_FEATURE=%s", strnull(e->feature),
                "LIMBER_ZONE=%s", strnull(e->zone), "LIMBER_SIDE=%s", strnull(e->side), "LIMBER_ASKED=%lld",
                (long long) e->asked, "LIMBER_GIVEN=%lld", (long long) e->given, "LIMBER_REASON=%s",
                strnull(e->reason), NULL);
}

/* Whoever asks for the lines of a wire wants all of them. */
static void line_write(struct journal_limit *limit, const struct record_line *line) {
        bool last = false;

        if (kinds[line->entry.kind].priority < LOG_DEBUG &&
                !journal_limit_take(limit, &line->entry, line->up_usec, &last))
                return;
        line_send(&line->entry);
        if (last)
                (void) sd_journal_print(LOG_NOTICE,
                        "more lines like that one (%s) are left out for a minute; 'limber history' has them",
                        record_kind_to_string(line->entry.kind));
}

static void *run(void *userdata) {
        struct journal_limit limit = {};
        struct record_line lines[TAKE_MAX];
        unsigned n, lost;

        while ((n = record_queue_take(journal.queue, lines, TAKE_MAX, &lost)) > 0) {
                if (lost > 0)
                        (void) sd_journal_print(
                                LOG_WARNING, "the journal was too slow: %u lines were lost", lost);
                for (unsigned i = 0; i < n; i++) {
                        line_write(&limit, &lines[i]);
                        record_entry_done(&lines[i].entry);
                }
        }
        return NULL;
}

void record_journal_set_level(int level) {
        journal.level = level;
}

int record_journal_level(void) {
        return journal.level;
}

static void journal_put(struct record *record, const struct record_entry *e) {
        if (kinds[e->kind].priority > journal.level)
                return;
        (void) record_queue_put(journal.queue, e);
        if (!journal.wake) /* shutting down: written at the end */
                return;
        if (sd_event_source_get_enabled(journal.wake, NULL) == 0) {
                (void) sd_event_source_set_time_relative(journal.wake, WAKE_USEC);
                (void) sd_event_source_set_enabled(journal.wake, SD_EVENT_ONESHOT);
        }
}

static int on_wake(sd_event_source *source, uint64_t usec, void *userdata) {
        /* Started with the first line: an idle daemon needs no thread. */
        if (!journal.running)
                journal.running = worker_thread_start(run, NULL, &journal.thread) >= 0;
        record_queue_wake(journal.queue);
        return 0;
}

int record_journal_start(sd_event *event, struct record **ret) {
        int r;

        r = record_queue_new(QUEUE_MAX, &journal.queue);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &journal.wake, CLOCK_MONOTONIC, 0, 0, on_wake, NULL);
        if (r >= 0)
                r = sd_event_source_set_enabled(journal.wake, SD_EVENT_OFF);
        if (r < 0)
                return r;
        journal.base.put = journal_put;
        *ret = &journal.base;
        return 0;
}

void record_journal_finish(void) {
        if (!journal.queue)
                return;
        journal.wake = sd_event_source_disable_unref(journal.wake);
        if (!journal.running && record_queue_length(journal.queue) > 0)
                journal.running = worker_thread_start(run, NULL, &journal.thread) >= 0;
        record_queue_close(journal.queue);
        if (journal.running)
                (void) pthread_join(journal.thread, NULL);
        journal.running = false;
        journal.queue = record_queue_free(journal.queue);
}
