/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Facts on their way from the loop to a thread that may block: copies, in order, so many at most. The loop never waits. */

#include "daemon/safety/record.h"

struct record_line {
        struct record_entry entry; /* a copy: record_entry_done() */
        uint64_t at_usec;          /* wall time when it was put */
};

struct record_queue;

int record_queue_new(unsigned max, struct record_queue **ret);
/* Nobody may be in it any more. */
struct record_queue *record_queue_free(struct record_queue *queue);
DEFINE_CLEANUP(struct record_queue *, record_queue_free);

/* On the loop. Does not wake the thread. -ENOBUFS: full; it is counted as lost. -ENOMEM. */
int record_queue_put(struct record_queue *queue, const struct record_entry *entry);
void record_queue_wake(struct record_queue *queue);
/* Nothing more will come; what waits is still taken. Wakes. */
void record_queue_close(struct record_queue *queue);
unsigned record_queue_length(struct record_queue *queue);

/* On the thread: waits until it is woken and something is there, and takes up to max lines. 0: closed, and all is taken.
 * *ret_lost is how many could not be put since the last time. */
unsigned record_queue_take(
        struct record_queue *queue, struct record_line *ret, unsigned max, unsigned *ret_lost);
