/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs file jobs in order on its own thread, which the first job starts; implements lib/jobs.h. One per kind of storage: writes
 * to memory never wait for a disk. */

#include <systemd/sd-event.h>

#include "lib/jobs.h"

struct file_worker;

/* priority: of done() on the loop. */
int file_worker_new(sd_event *event, int64_t priority, struct file_worker **ret);
/* Finishes the remaining jobs first, including their done(). */
struct file_worker *file_worker_free(struct file_worker *worker);
DEFINE_CLEANUP(struct file_worker *, file_worker_free);
/* Waits until no job is left; calls their done() from within. */
void file_worker_drain(struct file_worker *worker);
/* Valid as long as the worker. */
struct jobs *file_worker_jobs(struct file_worker *worker);

/* Maximum number of queued jobs; further ones are refused with -EAGAIN. */
#define FILE_WORKER_JOBS_MAX 256u
