/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Interface for work that may block, such as files on a slow disk. Model code hands it over and continues. */

#include "lib/macros.h"

struct jobs {
        int (*run)(struct jobs *jobs, void (*work)(void *data), void (*done)(void *data), void *data);
};

/* Runs jobs in order: work(data) off the event loop, then done(data) on it, exactly once, and never from within this call.
 * They never use data at the same time. NULL jobs: both run at once, done() from within this call. Negative errno: the job
 * was not accepted. */
static inline int jobs_run(
        struct jobs *jobs, void (*work)(void *data), void (*done)(void *data), void *data) {
        if (jobs)
                return jobs->run(jobs, work, done, data);
        work(data);
        done(data);
        return 0;
}
