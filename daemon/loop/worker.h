/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs a job away from the event loop: reading folders and parsing untrusted text may take long, and a stop may not
 * wait for it. */

#include <pthread.h>
#include <systemd/sd-event.h>

#include "lib/macros.h"

/* work(data) runs on a thread of its own; afterwards done(data) runs on the loop, exactly once. Both share data, one
 * after the other, never at once. -EAGAIN: too many jobs at a time. */
int worker_run(sd_event *event, void (*work)(void *data), void (*done)(void *data), void *data);

#define WORKER_JOBS_MAX 4u

/* A thread that gets no signals: they stay with the loop. */
int worker_thread_start(void *(*fn)(void *userdata), void *userdata, pthread_t *ret);
