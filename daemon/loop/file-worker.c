/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/file-worker.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "daemon/loop/worker.h"

struct job {
        struct job *next;
        void (*work)(void *data);
        void (*done)(void *data);
        void *data;
};

struct queue {
        struct job *first, **end;
};

struct file_worker {
        struct jobs base;
        sd_event_source *source;
        int fd; /* readable when a job is finished */
        unsigned n_jobs;
        pthread_t thread;
        bool running; /* the thread must be joined */
        pthread_mutex_t lock;
        pthread_cond_t filled, emptied; /* waiting is not empty; all of it is finished */
        /* Under the lock: */
        struct queue waiting, finished;
        bool working, closing;
};

static void queue_add(struct queue *queue, struct job *job) {
        job->next = NULL;
        *queue->end = job;
        queue->end = &job->next;
}

static struct job *queue_take(struct queue *queue) {
        struct job *job = queue->first;

        if (!job)
                return NULL;
        queue->first = job->next;
        if (!queue->first)
                queue->end = &queue->first;
        return job;
}

/* The next job, or NULL: the worker ends. */
static struct job *take_waiting(struct file_worker *worker) {
        struct job *job;

        (void) pthread_mutex_lock(&worker->lock);
        worker->working = false;
        while (!(job = queue_take(&worker->waiting)) && !worker->closing) {
                (void) pthread_cond_signal(&worker->emptied);
                (void) pthread_cond_wait(&worker->filled, &worker->lock);
        }
        worker->working = job;
        (void) pthread_mutex_unlock(&worker->lock);
        return job;
}

static void *run(void *userdata) {
        struct file_worker *worker = userdata;
        struct job *job;

        while ((job = take_waiting(worker))) {
                job->work(job->data);
                (void) pthread_mutex_lock(&worker->lock);
                queue_add(&worker->finished, job);
                (void) pthread_mutex_unlock(&worker->lock);
                (void) eventfd_write(worker->fd, 1);
        }
        return NULL;
}

static struct job *take_finished(struct file_worker *worker) {
        struct job *job;

        (void) pthread_mutex_lock(&worker->lock);
        job = queue_take(&worker->finished);
        (void) pthread_mutex_unlock(&worker->lock);
        return job;
}

static void finish_jobs(struct file_worker *worker) {
        struct job *job;

        while ((job = take_finished(worker))) {
                worker->n_jobs--;
                job->done(job->data);
                free(job);
        }
}

static int on_finished(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        eventfd_t value;

        (void) eventfd_read(fd, &value);
        finish_jobs(userdata);
        return 0;
}

static int worker_run_job(
        struct jobs *base, void (*work)(void *data), void (*done)(void *data), void *data) {
        struct file_worker *worker = (struct file_worker *) base;
        struct job *job;
        int r;

        if (worker->n_jobs >= FILE_WORKER_JOBS_MAX)
                return -EAGAIN;
        if (!worker->running) {
                r = worker_thread_start(run, worker, &worker->thread);
                if (r < 0)
                        return r;
                worker->running = true;
        }
        job = malloc(sizeof(*job));
        if (!job)
                return -ENOMEM;
        *job = (struct job){ .work = work, .done = done, .data = data };

        (void) pthread_mutex_lock(&worker->lock);
        queue_add(&worker->waiting, job);
        (void) pthread_cond_signal(&worker->filled);
        (void) pthread_mutex_unlock(&worker->lock);
        worker->n_jobs++;
        return 0;
}

void file_worker_drain(struct file_worker *worker) {
        while (worker->n_jobs > 0) {
                (void) pthread_mutex_lock(&worker->lock);
                while (worker->waiting.first || worker->working)
                        (void) pthread_cond_wait(&worker->emptied, &worker->lock);
                (void) pthread_mutex_unlock(&worker->lock);
                finish_jobs(worker); /* may queue more */
        }
}

struct jobs *file_worker_jobs(struct file_worker *worker) {
        return &worker->base;
}

int file_worker_new(sd_event *event, int64_t priority, struct file_worker **ret) {
        _cleanup_(file_worker_freep) struct file_worker *worker = calloc(1, sizeof(*worker));
        int r;

        if (!worker)
                return -ENOMEM;
        worker->base.run = worker_run_job;
        worker->waiting.end = &worker->waiting.first;
        worker->finished.end = &worker->finished.first;
        (void) pthread_mutex_init(&worker->lock, NULL);
        (void) pthread_cond_init(&worker->filled, NULL);
        (void) pthread_cond_init(&worker->emptied, NULL);
        worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (worker->fd < 0)
                return -errno;
        r = sd_event_add_io(event, &worker->source, worker->fd, EPOLLIN, on_finished, worker);
        if (r >= 0)
                r = sd_event_source_set_priority(worker->source, priority);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(worker);
        return 0;
}

struct file_worker *file_worker_free(struct file_worker *worker) {
        if (!worker)
                return NULL;
        file_worker_drain(worker);
        if (worker->running) {
                (void) pthread_mutex_lock(&worker->lock);
                worker->closing = true;
                (void) pthread_cond_signal(&worker->filled);
                (void) pthread_mutex_unlock(&worker->lock);
                (void) pthread_join(worker->thread, NULL);
        }
        sd_event_source_disable_unref(worker->source);
        (void) close_fd(worker->fd);
        (void) pthread_cond_destroy(&worker->emptied);
        (void) pthread_cond_destroy(&worker->filled);
        (void) pthread_mutex_destroy(&worker->lock);
        free(worker);
        return NULL;
}
