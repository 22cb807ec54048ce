/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Does what touches files, one job after the other, on a thread of its own that lives while there are jobs: behind the seam
 * lib/jobs.h. One for each kind of storage: what is written to memory never waits behind a disk. */

#include <systemd/sd-event.h>

#include "lib/jobs.h"

struct file_worker;

/* priority: of done() on the loop. */
int file_worker_new(sd_event *event, int64_t priority, struct file_worker **ret);
/* Does what is left first, with its done(). */
struct file_worker *file_worker_free(struct file_worker *worker);
DEFINE_CLEANUP(struct file_worker *, file_worker_free);
/* Waits until nothing is left; done() of what was is called from inside. */
void file_worker_drain(struct file_worker *worker);
/* As long as the worker lives. */
struct jobs *file_worker_jobs(struct file_worker *worker);

/* Jobs that may wait; one more is refused with -EAGAIN. */
#define FILE_WORKER_JOBS_MAX 256u
