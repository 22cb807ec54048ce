/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How many lines one cause may write into the journal. journald bounds a service as a whole: without this, a device that says
 * nonsense, or a user who stops and starts, would leave no room for the line that somebody looks for. The history has them all. */

#include "daemon/safety/record.h"
#include "lib/clock.h"

/* In the time below, of one kind, reason and device. */
#define JOURNAL_LIMIT_LINES 30u
#define JOURNAL_LIMIT_USEC (60 * USEC_PER_SEC)

/* Causes that are counted apart; a further one takes the place of the one that began first. */
#define JOURNAL_LIMIT_CAUSES 32u

struct journal_limit {
        struct journal_cause {
                uint64_t hash;
                uint64_t since_usec;
                unsigned lines;
        } causes[JOURNAL_LIMIT_CAUSES];
};

/* Whether a line about that goes out, at a time that never runs back. *ret_last: it is the last of its cause for now, which is to be
 * said with it. Cannot fail. */
bool journal_limit_take(
        struct journal_limit *limit, const struct record_entry *entry, uint64_t now_usec, bool *ret_last);
