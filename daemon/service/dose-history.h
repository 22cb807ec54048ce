/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes into the book what earlier daemons did in the last day. */

#include "daemon/record/history.h"
#include "daemon/runner/dose-book.h"

/* wall_usec and now_usec are the same moment, on the wall and on the clock of lib/clock.h. What a session was doing that its
 * daemon did not live to end counts as done to its end: nobody saw more. */
int dose_book_load(struct dose_book *book, struct history *history, uint64_t wall_usec, int64_t now_usec);
