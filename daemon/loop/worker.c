/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/worker.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

struct job {
        void (*work)(void *data);
        void (*done)(void *data);
        void *data;
        int fd; /* becomes readable when the work is done */
        sd_event_source *source;
        pthread_t thread;
};

static struct job *jobs[WORKER_JOBS_MAX];
static bool finished;

static struct job **find_slot(const struct job *job) {
        for (unsigned i = 0; i < WORKER_JOBS_MAX; i++)
                if (jobs[i] == job)
                        return &jobs[i];
        return NULL;
}

static void *run(void *userdata) {
        struct job *job = userdata;

        job->work(job->data);
        (void) eventfd_write(job->fd, 1);
        return NULL;
}

static void end(struct job *job) {
        (void) pthread_join(job->thread, NULL);
        (void) sd_event_source_disable_unref(job->source);
        (void) close(job->fd);
        *find_slot(job) = NULL;
        job->done(job->data);
        free(job);
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        end(userdata);
        return 0;
}

void worker_finish(void) {
        finished = true;
        for (unsigned i = 0; i < WORKER_JOBS_MAX; i++)
                if (jobs[i])
                        end(jobs[i]);
}

int worker_thread_start(void *(*fn)(void *userdata), void *userdata, pthread_t *ret) {
        sigset_t all, before;
        int r;

        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(ret, NULL, fn, userdata);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -r;
}

int worker_run(sd_event *event, void (*work)(void *data), void (*done)(void *data), void *data) {
        _cleanup_free_ struct job *job = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct job **slot = find_slot(NULL);
        int r;

        if (finished)
                return -ESHUTDOWN;
        if (!slot)
                return -EAGAIN;
        job = malloc(sizeof(*job));
        fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (!job || fd < 0)
                return -ENOMEM;
        *job = (struct job){ .work = work, .done = done, .data = data, .fd = fd };

        r = sd_event_add_io(event, &job->source, fd, EPOLLIN, on_done, job);
        if (r < 0)
                return r;
        r = worker_thread_start(run, job, &job->thread);
        if (r < 0) {
                (void) sd_event_source_disable_unref(job->source);
                return r;
        }
        (void) TAKE_FD(fd);
        *slot = TAKE_PTR(job);
        return 0;
}
