/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs a job off the event loop: reading folders and parsing untrusted text may take long, and a stop must not wait for it. */

#include <pthread.h>
#include <systemd/sd-event.h>

#include "lib/macros.h"

/* work(data) runs on its own thread, then done(data) on the loop, exactly once. They never use data at the same time.
 * -EAGAIN: too many jobs at once. -ESHUTDOWN: after worker_finish(). */
int worker_run(sd_event *event, void (*work)(void *data), void (*done)(void *data), void *data);

/* Two texts that are checked, six questions about the history (daemon/bus), and the files. */
#define WORKER_JOBS_MAX 9u

/* At the end of the program, while everything that jobs use is still there: waits for those that run and calls their done(). None
 * begins from then on. */
void worker_finish(void);

/* Starts a thread with all signals blocked: the loop handles them. */
int worker_thread_start(void *(*fn)(void *userdata), void *userdata, pthread_t *ret);
