/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The seam for work that may take its time, such as files on a slow disk. Model code hands it over and goes on. */

#include "lib/macros.h"

struct jobs {
        int (*run)(struct jobs *jobs, void (*work)(void *data), void (*done)(void *data), void *data);
};

/* Jobs are done one after the other, in the order in which they were given. work(data) runs away from the event loop, afterwards
 * done(data) on it, exactly once, and never from inside this call. Both share data, never at once. NULL jobs: both run at once,
 * done() from inside this call. Negative errno: nothing was taken. */
static inline int jobs_run(
        struct jobs *jobs, void (*work)(void *data), void (*done)(void *data), void *data) {
        if (jobs)
                return jobs->run(jobs, work, done, data);
        work(data);
        done(data);
        return 0;
}
