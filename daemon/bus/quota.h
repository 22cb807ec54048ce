/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rate limit: a token bucket for each connection, and one for all connections of a user. Calls beyond either are refused before
 * they cost anything, so that who floods the daemon does not delay a stop, with however many connections. */

#include "lib/macros.h"

/* The live view makes about ten calls a second, home automation a few. */
#define QUOTA_RATE 100u  /* calls a second of one connection, sustained */
#define QUOTA_BURST 300u /* burst of calls */
/* A user may have so many busy connections. */
#define QUOTA_CONNECTIONS 4u
/* A call with more arguments than this counts as several, for the user. */
#define QUOTA_CALL_BYTES 1024u
#define QUOTA_CLIENTS 64u

struct quota_client {
        char name[24];
        uint64_t level_usec; /* time at which the bucket would be full again */
};

/* Zero-initialised: empty, for connections. */
struct quota {
        unsigned rate; /* calls a second, and three times as many in a burst; 0: QUOTA_RATE */
        struct quota_client clients[QUOTA_CLIENTS];
};

/* Takes n calls of a client at time now. False: they are refused, and nothing is taken. More than a burst are never taken. */
bool quota_take(struct quota *quota, const char *client, unsigned n, uint64_t now_usec);
