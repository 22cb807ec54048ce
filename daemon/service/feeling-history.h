/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Fills the feeling book from the history. */

#include "daemon/record/history.h"
#include "daemon/runner/feeling-book.h"

int feeling_book_load(struct feeling_book *book, struct history *history, uint64_t wall_usec);
