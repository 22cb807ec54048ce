/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <signal.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include "daemon/record-journal.h"
#include "lib/clock.h"

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

/* What waits for the journal: a journal that stalls must never hold up the loop that can stop a device. */
#define QUEUE_MAX 256u
/* The thread begins this much after the first line: eight stops in a row would else share the processors with the eight
 * lines about them. */
#define WAKE_USEC (25 * USEC_PER_MSEC)

struct line {
        enum record_kind kind;
        unsigned session;
        int64_t asked, given;
        char *routine, *device, *feature, *reason, *text;
};

static struct journal {
        struct record base;
        pthread_mutex_t lock;
        pthread_cond_t filled;
        pthread_t thread;
        sd_event_source *wake;
        bool running, leaving;
        struct line queue[QUEUE_MAX];
        unsigned first, n, lost;
} journal = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .filled = PTHREAD_COND_INITIALIZER,
};

static void line_done(struct line *line) {
        free(line->routine);
        free(line->device);
        free(line->feature);
        free(line->reason);
        free(line->text);
}

static void line_send(const struct line *l) {
        (void) sd_journal_send("MESSAGE_ID=%s", kinds[l->kind].message_id, "PRIORITY=%i",
                kinds[l->kind].priority, "MESSAGE=%s%s%s", kinds[l->kind].name, l->text ? ": " : "",
                strnull(l->text), "LIMBER_EVENT=%s", kinds[l->kind].name, "LIMBER_SESSION=%u", l->session,
                "LIMBER_ROUTINE=%s", strnull(l->routine), "LIMBER_DEVICE=%s", strnull(l->device),
                "LIMBER_FEATURE=%s", strnull(l->feature), "LIMBER_ASKED=%lld", (long long) l->asked,
                "LIMBER_GIVEN=%lld", (long long) l->given, "LIMBER_REASON=%s", strnull(l->reason), NULL);
}

/* The next line, or false when all is sent and nothing more will come. */
static bool take(struct line *ret, unsigned *ret_lost) {
        bool any;

        (void) pthread_mutex_lock(&journal.lock);
        while (journal.n == 0 && !journal.leaving)
                (void) pthread_cond_wait(&journal.filled, &journal.lock);
        any = journal.n > 0;
        if (any) {
                *ret = journal.queue[journal.first];
                journal.first = (journal.first + 1) % QUEUE_MAX;
                journal.n--;
        }
        *ret_lost = journal.lost;
        journal.lost = 0;
        (void) pthread_mutex_unlock(&journal.lock);
        return any;
}

static void *run(void *userdata) {
        struct line line;
        unsigned lost;

        while (take(&line, &lost)) {
                if (lost > 0)
                        (void) sd_journal_print(
                                LOG_WARNING, "the journal was too slow: %u lines were lost", lost);
                line_send(&line);
                line_done(&line);
        }
        return NULL;
}

/* When the first line comes: a daemon that has nothing to tell has no thread. */
static bool start(void) {
        sigset_t all, before;

        if (journal.running)
                return true;
        /* Signals stay with the loop. */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        journal.running = pthread_create(&journal.thread, NULL, run, NULL) == 0;
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        return journal.running;
}

static char *copy(const char *text) {
        return text ? strdup(text) : NULL;
}

static void journal_put(struct record *record, const struct record_entry *e) {
        struct line line = {
                .kind = e->kind,
                .session = e->session,
                .asked = e->asked,
                .given = e->given,
                .routine = copy(e->routine),
                .device = copy(e->device),
                .feature = copy(e->feature),
                .reason = copy(e->reason),
                .text = copy(e->text),
        };
        bool kept = start();

        (void) pthread_mutex_lock(&journal.lock);
        kept = kept && journal.n < QUEUE_MAX;
        if (kept)
                journal.queue[(journal.first + journal.n++) % QUEUE_MAX] = line;
        else
                journal.lost++;
        (void) pthread_mutex_unlock(&journal.lock);
        if (journal.wake && sd_event_source_get_enabled(journal.wake, NULL) == 0) {
                (void) sd_event_source_set_time_relative(journal.wake, WAKE_USEC);
                (void) sd_event_source_set_enabled(journal.wake, SD_EVENT_ONESHOT);
        }
        if (!kept)
                line_done(&line);
}

static int on_wake(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) pthread_cond_signal(&journal.filled);
        return 0;
}

int record_journal_start(sd_event *event, struct record **ret) {
        int r;

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
        journal.wake = sd_event_source_disable_unref(journal.wake);
        if (!journal.running)
                return;
        (void) pthread_mutex_lock(&journal.lock);
        journal.leaving = true;
        (void) pthread_cond_signal(&journal.filled);
        (void) pthread_mutex_unlock(&journal.lock);
        (void) pthread_join(journal.thread, NULL);
        journal.running = journal.leaving = false;
}
