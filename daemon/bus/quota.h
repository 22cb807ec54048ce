/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rate limit per client: a token bucket. Calls beyond it are refused before they cost anything, so that a client that floods
 * the daemon does not delay a stop. */

#include "lib/macros.h"

/* The live view makes about ten calls a second, home automation a few. */
#define QUOTA_RATE 100u  /* calls a second, sustained */
#define QUOTA_BURST 300u /* burst of calls */
#define QUOTA_CLIENTS 64u

enum quota_verdict {
        QUOTA_GOOD,
        QUOTA_REFUSE,
};

struct quota_client {
        char name[24];
        uint64_t level_usec; /* time at which the bucket would be full again */
};

/* Zero-initialised: empty. */
struct quota {
        struct quota_client clients[QUOTA_CLIENTS];
};

/* Takes one call of a client at time now. */
enum quota_verdict quota_take(struct quota *quota, const char *client, uint64_t now);
