/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/record/recorder.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include "daemon/loop/worker.h"
#include "daemon/record/record-queue.h"
#include "daemon/record/timeline.h"
#include "lib/clock.h"
#include "lib/wall.h"

/* A minute of the busiest session. */
#define QUEUE_MAX 1024u
#define BATCH_MAX 64u
#define SESSIONS_MAX 16u
/* As in record-journal.c: the cause of a line may be a stop that is on its way. */
#define WAKE_USEC (25 * USEC_PER_MSEC)
#define RETRY_USEC (1 * USEC_PER_SEC)
/* Events that go at once: more than a session has. */
#define PRUNE_MAX 5000u

/* Results of the thread, under the lock. */
struct recorder_news {
        uint64_t kept; /* lines processed since the beginning */
        int error;     /* of the last attempt; 0: success */
        unsigned n_sessions;
        struct {
                unsigned session;
                uint64_t seq;
        } sessions[SESSIONS_MAX];
};

struct recorder {
        struct record base;
        struct record *next;
        struct history *history;
        char *path, *sentence;
        const struct recorder_handler *handler;
        void *userdata;
        struct record_queue *queue;
        sd_event_source *wake, *patience, *heard;
        pthread_t thread;
        bool running, closed, lost;
        bool broken; /* as last reported by the thread */
        unsigned last_session;
        int event_fd;
        pthread_mutex_t lock;
        struct recorder_news news;
        /* What may go; under the lock. */
        uint64_t keep_usec, before_seq;
};

/* Thread */

static void tell(struct recorder *recorder, unsigned n_lines, int error, const struct history_event *events,
        unsigned n_events) {
        struct recorder_news *news = &recorder->news;

        (void) pthread_mutex_lock(&recorder->lock);
        news->error = error;
        news->kept += n_lines;
        for (unsigned i = 0; i < n_events; i++) {
                unsigned k = 0;

                if (events[i].entry.session == 0)
                        continue;
                while (k < news->n_sessions && news->sessions[k].session != events[i].entry.session)
                        k++;
                if (k == news->n_sessions && news->n_sessions < SESSIONS_MAX)
                        news->n_sessions++;
                if (k < news->n_sessions) {
                        news->sessions[k].session = events[i].entry.session;
                        news->sessions[k].seq = events[i].seq;
                }
        }
        (void) pthread_mutex_unlock(&recorder->lock);
        (void) eventfd_write(recorder->event_fd, 1);
}

static bool is_leaving(struct recorder *recorder) {
        bool leaving;

        (void) pthread_mutex_lock(&recorder->lock);
        leaving = recorder->closed;
        (void) pthread_mutex_unlock(&recorder->lock);
        return leaving;
}

/* Retries for as long as the daemon lives: a full disk may get room again. */
static void keep(struct recorder *recorder, struct history_event *events, unsigned n, unsigned n_lines) {
        int r;

        for (;;) {
                r = history_append(recorder->history, events, n);
                if (r >= 0 || is_leaving(recorder))
                        break;
                tell(recorder, 0, r, NULL, 0);
                (void) usleep(RETRY_USEC);
        }
        tell(recorder, n_lines, r, events, r < 0 ? 0 : n);
}

/* What is not known to be older than that stays: once it is gone, a clock that is put right does not bring it back. */
static int find_old(struct recorder *recorder, uint64_t keep_usec, struct history_limit *limit) {
        const struct timeline_now now = { wall_now(), wall_is_synchronised(), wall_up(), wall_boot() };
        _cleanup_(timeline_freep) struct timeline *timeline = NULL;
        uint64_t young = 0;
        int r;

        r = timeline_new(recorder->history, &now, &timeline);
        if (r >= 0)
                r = timeline_first_young(timeline, recorder->history, keep_usec, &young);
        limit->before_usec = now.wall_usec > keep_usec ? now.wall_usec - keep_usec : 0;
        limit->before_seq = MIN(limit->before_seq, young);
        return r;
}

/* Some tens of milliseconds, when a session is over and nothing waits. What cannot be removed now goes later. */
static void prune(struct recorder *recorder) {
        struct history_limit limit = { .max_events = PRUNE_MAX };
        uint64_t keep_usec;

        (void) pthread_mutex_lock(&recorder->lock);
        keep_usec = recorder->keep_usec;
        limit.before_seq = recorder->before_seq;
        (void) pthread_mutex_unlock(&recorder->lock);
        if (keep_usec > 0 && find_old(recorder, keep_usec, &limit) >= 0)
                (void) history_prune(recorder->history, &limit);
}

static void *run(void *userdata) {
        struct recorder *recorder = userdata;
        struct record_line lines[BATCH_MAX];
        struct history_event events[BATCH_MAX + 1];
        bool ended = false;
        unsigned n, lost;

        while ((n = record_queue_take(recorder->queue, lines, BATCH_MAX, &lost)) > 0) {
                unsigned k = 0;

                if (lost > 0)
                        events[k++] = (struct history_event){ .at_usec = lines[0].at_usec,
                                .up_usec = lines[0].up_usec,
                                .entry = { RECORD_LOST, .asked = lost } };
                for (unsigned i = 0; i < n; i++)
                        events[k++] = (struct history_event){ .at_usec = lines[i].at_usec,
                                .up_usec = lines[i].up_usec,
                                .entry = lines[i].entry };
                keep(recorder, events, k, n);
                for (unsigned i = 0; i < n; i++)
                        ended |= lines[i].entry.kind == RECORD_SESSION_ENDED;
                if (ended && record_queue_length(recorder->queue) == 0) {
                        prune(recorder);
                        ended = false;
                }
                for (unsigned i = 0; i < n; i++)
                        record_entry_done(&lines[i].entry);
                if (record_queue_length(recorder->queue) == 0)
                        history_rest(recorder->history);
        }
        return NULL;
}

/* Loop */

static void say(struct recorder *recorder, const char *why) {
        bool failed = why != NULL;

        free(recorder->sentence);
        recorder->sentence = NULL;
        if (why && asprintf(&recorder->sentence, "cannot keep a record in %s: %s", recorder->path, why) < 0)
                recorder->sentence = NULL;
        recorder->base.why = recorder->sentence;
        if (recorder->base.failed == failed)
                return;
        recorder->base.failed = failed;
        recorder->handler->failed(recorder->userdata, failed ? strnull(recorder->sentence) : NULL);
}

/* With nothing waiting, the failure is over. */
static void judge(struct recorder *recorder, uint64_t kept) {
        recorder->base.n_kept = kept;
        if (recorder->broken)
                return;
        if (kept >= recorder->base.n_put) {
                (void) sd_event_source_set_enabled(recorder->patience, SD_EVENT_OFF);
                recorder->lost = false;
                say(recorder, NULL);
        }
}

static int on_heard(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct recorder *recorder = userdata;
        struct recorder_news news;
        eventfd_t count;

        (void) eventfd_read(fd, &count);
        (void) pthread_mutex_lock(&recorder->lock);
        news = recorder->news;
        recorder->news.n_sessions = 0;
        (void) pthread_mutex_unlock(&recorder->lock);

        recorder->broken = news.error < 0;
        if (recorder->broken)
                say(recorder, strerror(-news.error));
        judge(recorder, news.kept);
        for (unsigned i = 0; i < news.n_sessions; i++)
                recorder->handler->recorded(
                        recorder->userdata, news.sessions[i].session, news.sessions[i].seq);
        return 0;
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        struct recorder *recorder = userdata;

        if (!recorder->base.failed)
                say(recorder, "the disk takes too long");
        return 0;
}

static int on_wake(sd_event_source *source, uint64_t usec, void *userdata) {
        struct recorder *recorder = userdata;

        /* Started with the first line: an idle daemon needs no thread. */
        if (!recorder->running && worker_thread_start(run, recorder, &recorder->thread) >= 0)
                recorder->running = true;
        record_queue_wake(recorder->queue);
        return 0;
}

static void arm(sd_event_source *source, uint64_t in_usec) {
        if (!source)
                return;
        (void) sd_event_source_set_time_relative(source, in_usec);
        (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void arm_once(sd_event_source *source, uint64_t in_usec) {
        if (source && sd_event_source_get_enabled(source, NULL) == 0)
                arm(source, in_usec);
}

static void recorder_put(struct record *record, const struct record_entry *entry) {
        struct recorder *recorder = (struct recorder *) record;

        if (recorder->next)
                record_put(recorder->next, entry);
        if (!recorder->history)
                return;
        if (record_queue_put(recorder->queue, entry) < 0) {
                recorder->lost = true;
                say(recorder, "too much waits for the disk");
                return;
        }
        recorder->base.n_put++;
        arm_once(recorder->patience, RECORDER_PATIENCE_USEC);
        arm_once(recorder->wake, WAKE_USEC);
}

static void recorder_hurry(struct record *record) {
        struct recorder *recorder = (struct recorder *) record;

        if (!recorder->history || sd_event_source_get_enabled(recorder->wake, NULL) <= 0)
                return;
        (void) sd_event_source_set_enabled(recorder->wake, SD_EVENT_OFF);
        (void) on_wake(NULL, 0, recorder);
}

static int add_sources(struct recorder *recorder, sd_event *event) {
        int r;

        r = sd_event_add_io(event, &recorder->heard, recorder->event_fd, EPOLLIN, on_heard, recorder);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        event, &recorder->wake, CLOCK_MONOTONIC, 0, 0, on_wake, recorder);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        event, &recorder->patience, CLOCK_MONOTONIC, 0, 0, on_patience, recorder);
        if (r >= 0)
                r = sd_event_source_set_enabled(recorder->wake, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_enabled(recorder->patience, SD_EVENT_OFF);
        return r;
}

static int start(struct recorder *recorder, sd_event *event) {
        int r;

        r = history_open(recorder->path, &recorder->history, &recorder->sentence);
        if (r < 0) {
                recorder->base.failed = true;
                recorder->base.why = recorder->sentence;
                return 0;
        }
        recorder->last_session = history_head(recorder->history)->last_session;
        r = record_queue_new(QUEUE_MAX, &recorder->queue);
        if (r < 0)
                return r;
        recorder->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (recorder->event_fd < 0)
                return -errno;
        return add_sources(recorder, event);
}

int recorder_new(sd_event *event, const char *path, struct record *next,
        const struct recorder_handler *handler, void *userdata, struct recorder **ret) {
        _cleanup_(recorder_freep) struct recorder *recorder = calloc(1, sizeof(*recorder));
        int r;

        if (!recorder)
                return -ENOMEM;
        recorder->event_fd = -EBADF;
        (void) pthread_mutex_init(&recorder->lock, NULL);
        recorder->base.put = recorder_put;
        recorder->base.hurry = recorder_hurry;
        recorder->next = next;
        recorder->handler = handler;
        recorder->userdata = userdata;
        recorder->path = strdup(path);
        if (!recorder->path)
                return -ENOMEM;
        r = start(recorder, event);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(recorder);
        return 0;
}

struct recorder *recorder_free(struct recorder *recorder) {
        if (!recorder)
                return NULL;
        (void) pthread_mutex_lock(&recorder->lock);
        recorder->closed = true;
        (void) pthread_mutex_unlock(&recorder->lock);
        if (recorder->queue) {
                if (record_queue_length(recorder->queue) > 0)
                        (void) on_wake(NULL, 0, recorder);
                record_queue_close(recorder->queue);
        }
        if (recorder->running)
                (void) pthread_join(recorder->thread, NULL);
        sd_event_source_disable_unref(recorder->wake);
        sd_event_source_disable_unref(recorder->patience);
        sd_event_source_disable_unref(recorder->heard);
        (void) close_fd(recorder->event_fd);
        record_queue_free(recorder->queue);
        history_free(recorder->history);
        (void) pthread_mutex_destroy(&recorder->lock);
        free(recorder->sentence);
        free(recorder->path);
        free(recorder);
        return NULL;
}

struct record *recorder_record(struct recorder *recorder) {
        return &recorder->base;
}

struct history *recorder_history(struct recorder *recorder) {
        return recorder->running ? NULL : recorder->history;
}

void recorder_keep_for(struct recorder *recorder, uint64_t usec, uint64_t before_seq) {
        (void) pthread_mutex_lock(&recorder->lock);
        recorder->keep_usec = usec;
        recorder->before_seq = before_seq;
        (void) pthread_mutex_unlock(&recorder->lock);
}

unsigned recorder_last_session(const struct recorder *recorder) {
        return recorder->last_session;
}

/* Numbers of the sessions without an end, collected first, since nothing may be added while the history is read. */
struct abandoned {
        unsigned *ids;
        unsigned n;
        void (*fn)(const struct history_session *session, void *userdata);
        void *userdata;
};

static int note_abandoned(const struct history_session *session, void *userdata) {
        struct abandoned *abandoned = userdata;
        unsigned *ids = reallocarray(abandoned->ids, abandoned->n + 1, sizeof(*ids));

        if (!ids)
                return -ENOMEM;
        abandoned->ids = ids;
        ids[abandoned->n++] = session->id;
        abandoned->fn(session, abandoned->userdata);
        return 0;
}

int recorder_find_abandoned(struct recorder *recorder,
        void (*fn)(const struct history_session *session, void *userdata), void *userdata) {
        struct abandoned abandoned = { .fn = fn, .userdata = userdata };
        int r;

        if (!recorder->history || recorder->running)
                return 0;
        r = history_sessions(recorder->history,
                &(struct history_query){ .any_runner = true, .without_end = true }, note_abandoned,
                &abandoned);
        for (unsigned i = 0; r >= 0 && i < abandoned.n; i++)
                recorder_put(&recorder->base, &(struct record_entry){ RECORD_ABANDONED,
                                                      .session = abandoned.ids[i], .text = "daemon-died" });
        free(abandoned.ids);
        return r;
}
