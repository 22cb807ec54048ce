/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Jobs (lib/jobs.h) in virtual time: one after the other, each taking as long as the test says. */

#include "lib/clock.h"
#include "lib/jobs.h"

struct virtual_jobs;

struct virtual_jobs *virtual_jobs_new(struct clock *clock);
/* What was not done is done now. */
struct virtual_jobs *virtual_jobs_free(struct virtual_jobs *jobs);
struct jobs *virtual_jobs_base(struct virtual_jobs *jobs);
/* From the next job on. 0: done in the same moment, but not from inside jobs_run(). */
void virtual_jobs_take(struct virtual_jobs *jobs, uint64_t usec);
