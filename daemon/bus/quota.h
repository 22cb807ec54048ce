/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How many calls a client may make: a bucket that fills at a steady rate. What is beyond it is refused before it costs
 * anything, so that a client that floods the daemon does not stand before somebody's stop. */

#include "lib/macros.h"

/* The live view makes about ten calls a second, home automation a few. */
#define QUOTA_RATE 100u  /* calls a second, for ever */
#define QUOTA_BURST 300u /* calls at once */
#define QUOTA_CLIENTS 64u

enum quota_verdict {
        QUOTA_GOOD,
        QUOTA_REFUSE,
};

struct quota_client {
        char name[24];
        uint64_t level_usec; /* time at which the bucket would be full again */
};

/* Zero-initialised is empty. */
struct quota {
        struct quota_client clients[QUOTA_CLIENTS];
};

/* Takes one call of a client at now. */
enum quota_verdict quota_take(struct quota *quota, const char *client, uint64_t now);
