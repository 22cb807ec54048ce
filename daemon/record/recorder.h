/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The record backed by the history: appends facts from its own thread, so that a stalled disk blocks nothing, and reports on
 * the loop what is on the disk. While facts cannot be stored, or take too long, the record is failed, and the gate
 * allows nothing but zero. */

#include <systemd/sd-event.h>

#include "daemon/record/history.h"

/* Longest time for a fact to reach the disk. */
#define RECORDER_PATIENCE_USEC (2 * USEC_PER_SEC)

struct recorder;

struct recorder_handler {
        /* Everything of that session up to seq is on the disk. */
        void (*recorded)(void *userdata, unsigned session, uint64_t seq);
        /* Why facts cannot be stored; NULL: they can again. */
        void (*failed)(void *userdata, const char *sentence);
};

/* next receives every fact too (NULL: none). If the history cannot be opened the record is failed from the beginning and
 * stays so. Does not call failed() from within. */
int recorder_new(sd_event *event, const char *path, struct record *next,
        const struct recorder_handler *handler, void *userdata, struct recorder **ret);
/* Waits until every fact is on the disk, or has failed to be stored. */
struct recorder *recorder_free(struct recorder *recorder);
DEFINE_CLEANUP(struct recorder *, recorder_free);

struct record *recorder_record(struct recorder *recorder);
/* Number of the last session in the history. */
unsigned recorder_last_session(const struct recorder *recorder);
/* For reading, before anything is put; NULL when it could not be opened. */
struct history *recorder_history(struct recorder *recorder);
/* Sessions older than that may go, a few after each session; 0: none. Events from before_seq on stay in any case. */
void recorder_keep_for(struct recorder *recorder, uint64_t usec, uint64_t before_seq);
/* Ends sessions in the history that an earlier daemon left without an end; calls fn for each. */
int recorder_find_abandoned(struct recorder *recorder,
        void (*fn)(const struct history_session *session, void *userdata), void *userdata);
