/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* REQ9: proof that somebody is at the terminal now. The holder is shown a key; pressing it sends back the nonce that came
 * with it. A nonce is good once, for a short time, for the holder it was made for. */

#include "lib/clock.h"

#define ARMING_VALID_USEC (30 * USEC_PER_SEC)
#define ARMING_NONCE_SIZE 33u

struct arming {
        char nonce[ARMING_NONCE_SIZE]; /* "" when none is open */
        char key[2];                   /* what to press */
        uint64_t until_usec;
};

/* Makes a new challenge; an older one is void. random yields unguessable bytes (negative errno when it cannot). */
int arming_challenge(struct arming *arming, int (*random)(void *bytes, size_t n), uint64_t now);

/* Uses the challenge up, right or wrong. -EKEYREJECTED: none open, too old, or not this one. */
int arming_answer(struct arming *arming, const char *nonce, uint64_t now);

void arming_void(struct arming *arming);
