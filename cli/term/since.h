/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parses a time in the past, in the local time zone. */

#include "lib/macros.h"

#define SINCE_WANTED \
        "YYYY-MM-DD, \"YYYY-MM-DD HH:MM\", today, yesterday, or a span such as 12h, 7d or 3w is wanted"

/* Parses one of SINCE_WANTED; now_usec and *ret_usec are microseconds since the epoch. A date is its first moment; 7d is the
 * same time of day seven days ago, even across a clock change, 12h is twelve elapsed hours. -EINVAL: another form; -ERANGE:
 * no such day or time of day. */
int since_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec);
