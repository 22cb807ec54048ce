/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The stop socket: connecting to limberd's socket is the stop, open to everybody and without a bus. The answer is the number
 * of devices that were told, and then whether they are off; nothing is ever sent to the socket, so nothing can be misread.
 * daemon/service/stop-socket.h is the server. */

#include "lib/clock.h"

/* In limberd's runtime directory. */
#define STOP_SOCKET_NAME "stop"
/* Time after which an unconfirmed stop is the answer: limberd reports it after a second. */
#define STOP_SOCKET_CONFIRM_USEC (1500 * USEC_PER_MSEC)

#define STOP_SOCKET_OFF "off"
#define STOP_SOCKET_UNCONFIRMED "unconfirmed"

struct stop_socket_answer {
        unsigned devices; /* that were told */
        bool off;         /* none of them may be on any more */
};

/* Stops everything. Waits at most usec until that is done, and STOP_SOCKET_CONFIRM_USEC more for the result; a connection that
 * ends before counts as "not off". -ENOENT, -ECONNREFUSED: limberd is not running; -ETIMEDOUT: it does not respond. */
int stop_socket_pull(uint64_t usec, struct stop_socket_answer *ret);
