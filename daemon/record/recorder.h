/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The record that is kept: puts what it is told into the history from a thread of its own, so that a disk that stalls holds
 * up nothing, and says on the loop what is on the disk. While something cannot be kept, or has been on its way for too long,
 * the record is failed, and nothing rises. */

#include <systemd/sd-event.h>

#include "daemon/record/history.h"

/* So long may a fact be on its way to the disk. */
#define RECORDER_PATIENCE_USEC (2 * USEC_PER_SEC)

struct recorder;

struct recorder_handler {
        /* Everything of that session up to seq is on the disk. */
        void (*recorded)(void *userdata, unsigned session, uint64_t seq);
        /* Why nothing can be kept, or NULL: it can again. */
        void (*failed)(void *userdata, const char *sentence);
};

/* next is told everything too (NULL: nobody). Where the history cannot be opened the record is failed from the beginning and
 * stays so. Tells of no failure from within. */
int recorder_new(sd_event *event, const char *path, struct record *next,
        const struct recorder_handler *handler, void *userdata, struct recorder **ret);
/* Waits until everything is on the disk, or cannot be kept. */
struct recorder *recorder_free(struct recorder *recorder);
DEFINE_CLEANUP(struct recorder *, recorder_free);

struct record *recorder_record(struct recorder *recorder);
/* The number of the last session that was ever recorded. */
unsigned recorder_last_session(const struct recorder *recorder);
/* To read it, before anything was put; NULL when it could not be opened. */
struct history *recorder_history(struct recorder *recorder);
/* Sessions that an earlier daemon did not live to end are ended in the history now; fn is told of each. */
int recorder_find_unended(struct recorder *recorder,
        void (*fn)(const struct history_session *session, void *userdata), void *userdata);
