/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bounded queue of facts from the loop to a thread that may block: copies, in order. The loop never waits. */

#include "daemon/safety/record.h"

struct record_line {
        struct record_entry entry; /* a copy: record_entry_done() */
        uint64_t at_usec;          /* wall time when it was put */
        uint64_t up_usec;          /* the same since the machine started (lib/clock.h) */
};

struct record_queue;

int record_queue_new(unsigned max, struct record_queue **ret);
/* No thread may use it any more. */
struct record_queue *record_queue_free(struct record_queue *queue);
DEFINE_CLEANUP(struct record_queue *, record_queue_free);

/* On the loop. Does not wake the thread. -ENOBUFS: full, the fact is counted as lost. -ENOMEM. */
int record_queue_put(struct record_queue *queue, const struct record_entry *entry);
void record_queue_wake(struct record_queue *queue);
/* Closes the queue: entries already in it can still be taken. Wakes the thread. */
void record_queue_close(struct record_queue *queue);
unsigned record_queue_length(struct record_queue *queue);

/* On the thread: waits until woken with entries present, and takes up to max of them. 0: closed and empty. *ret_lost is the
 * number of facts lost since the last call. */
unsigned record_queue_take(
        struct record_queue *queue, struct record_line *ret, unsigned max, unsigned *ret_lost);
