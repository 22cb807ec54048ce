/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/virtual/virtual-jobs.h"

struct job {
        struct job *next;
        void (*work)(void *data);
        void (*done)(void *data);
        void *data;
};

struct virtual_jobs {
        struct jobs base;
        struct clock *clock;
        struct clock_timer *timer;
        struct job *first, **end;
        uint64_t usec;
};

static void do_first(struct virtual_jobs *jobs) {
        struct job *job = jobs->first;

        jobs->first = job->next;
        if (!jobs->first)
                jobs->end = &jobs->first;
        job->work(job->data);
        job->done(job->data);
        free(job);
}

static void on_timer(struct clock_timer *timer, void *userdata) {
        struct virtual_jobs *jobs = userdata;

        do_first(jobs);
        if (jobs->first)
                clock_timer_arm_in(jobs->timer, jobs->usec);
}

static int run(struct jobs *base, void (*work)(void *data), void (*done)(void *data), void *data) {
        struct virtual_jobs *jobs = (struct virtual_jobs *) base;
        struct job *job = malloc(sizeof(*job));

        if (!job)
                return -ENOMEM;
        *job = (struct job){ .work = work, .done = done, .data = data };
        *jobs->end = job;
        jobs->end = &job->next;
        if (!clock_timer_armed(jobs->timer))
                clock_timer_arm_in(jobs->timer, jobs->usec);
        return 0;
}

struct jobs *virtual_jobs_base(struct virtual_jobs *jobs) {
        return &jobs->base;
}

void virtual_jobs_take(struct virtual_jobs *jobs, uint64_t usec) {
        jobs->usec = usec;
}

struct virtual_jobs *virtual_jobs_new(struct clock *clock) {
        struct virtual_jobs *jobs = calloc(1, sizeof(*jobs));

        if (!jobs)
                abort();
        *jobs = (struct virtual_jobs){ .base = { .run = run }, .clock = clock };
        jobs->end = &jobs->first;
        if (clock_timer_new(clock, on_timer, jobs, &jobs->timer) < 0)
                abort();
        return jobs;
}

struct virtual_jobs *virtual_jobs_free(struct virtual_jobs *jobs) {
        if (!jobs)
                return NULL;
        while (jobs->first)
                do_first(jobs);
        clock_timer_free(jobs->timer);
        free(jobs);
        return NULL;
}
