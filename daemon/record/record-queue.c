/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/record/record-queue.h"

#include <pthread.h>

#include "lib/wall.h"

struct record_queue {
        pthread_mutex_t lock;
        pthread_cond_t filled;
        bool closed;
        unsigned max, first, n, lost;
        struct record_line lines[];
};

static int copy_line(const struct record_entry *entry, struct record_line *ret) {
        ret->at_usec = wall_now();
        ret->up_usec = wall_up();
        return record_entry_copy(entry, &ret->entry);
}

int record_queue_new(unsigned max, struct record_queue **ret) {
        struct record_queue *queue = calloc(1, sizeof(*queue) + max * sizeof(queue->lines[0]));

        if (!queue)
                return -ENOMEM;
        queue->max = max;
        (void) pthread_mutex_init(&queue->lock, NULL);
        (void) pthread_cond_init(&queue->filled, NULL);
        *ret = queue;
        return 0;
}

struct record_queue *record_queue_free(struct record_queue *queue) {
        if (!queue)
                return NULL;
        for (; queue->n > 0; queue->n--)
                record_entry_done(&queue->lines[(queue->first + queue->n - 1) % queue->max].entry);
        (void) pthread_cond_destroy(&queue->filled);
        (void) pthread_mutex_destroy(&queue->lock);
        free(queue);
        return NULL;
}

int record_queue_put(struct record_queue *queue, const struct record_entry *entry) {
        struct record_line line;
        int r;

        r = copy_line(entry, &line);
        (void) pthread_mutex_lock(&queue->lock);
        if (r >= 0 && queue->n == queue->max) {
                record_entry_done(&line.entry);
                r = -ENOBUFS;
        }
        if (r < 0)
                queue->lost++;
        else
                queue->lines[(queue->first + queue->n++) % queue->max] = line;
        (void) pthread_mutex_unlock(&queue->lock);
        return r;
}

void record_queue_wake(struct record_queue *queue) {
        (void) pthread_cond_signal(&queue->filled);
}

void record_queue_close(struct record_queue *queue) {
        (void) pthread_mutex_lock(&queue->lock);
        queue->closed = true;
        (void) pthread_cond_signal(&queue->filled);
        (void) pthread_mutex_unlock(&queue->lock);
}

unsigned record_queue_length(struct record_queue *queue) {
        unsigned n;

        (void) pthread_mutex_lock(&queue->lock);
        n = queue->n;
        (void) pthread_mutex_unlock(&queue->lock);
        return n;
}

unsigned record_queue_take(
        struct record_queue *queue, struct record_line *ret, unsigned max, unsigned *ret_lost) {
        unsigned n;

        (void) pthread_mutex_lock(&queue->lock);
        while (queue->n == 0 && !queue->closed)
                (void) pthread_cond_wait(&queue->filled, &queue->lock);
        n = MIN(queue->n, max);
        for (unsigned i = 0; i < n; i++)
                ret[i] = queue->lines[(queue->first + i) % queue->max];
        queue->n -= n;
        /* Restart at the beginning when empty, so that the rest of the memory is never touched. */
        queue->first = queue->n > 0 ? (queue->first + n) % queue->max : 0;
        *ret_lost = queue->lost;
        queue->lost = 0;
        (void) pthread_mutex_unlock(&queue->lock);
        return n;
}
