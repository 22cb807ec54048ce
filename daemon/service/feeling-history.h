/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Fills the book of feelings with what earlier daemons were told. */

#include "daemon/record/history.h"
#include "daemon/runner/feeling-book.h"

int feeling_book_load(struct feeling_book *book, struct history *history, uint64_t wall_usec);
