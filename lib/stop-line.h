/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The stop line: a socket of limberd's at which connecting is the stop, for everybody and without a bus. It answers with how
 * many devices it told, and then with whether they are off; nothing is ever sent to it, so there is nothing to misread.
 * daemon/service/stop-line.h is its other end. */

#include "lib/clock.h"

/* In limberd's runtime directory. */
#define STOP_LINE_NAME "stop"
/* So long a stop may stay unconfirmed before that is the answer: limberd calls it so after a second. */
#define STOP_LINE_CONFIRM_USEC (1500 * USEC_PER_MSEC)

#define STOP_LINE_OFF "off"
#define STOP_LINE_UNCONFIRMED "unconfirmed"

struct stop_line_answer {
        unsigned devices; /* that were told */
        bool off;         /* none of them may be on any more */
};

/* Stops everything. Waits at most usec until it was done, and STOP_LINE_CONFIRM_USEC more to hear what came of it; an end
 * before that is heard is "not off". -ENOENT, -ECONNREFUSED: nobody is there; -ETIMEDOUT: somebody is, and does nothing. */
int stop_line_pull(uint64_t usec, struct stop_line_answer *ret);
