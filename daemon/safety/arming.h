/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* REQ9: proof that a person is at the terminal now. The holder shows a key; when it is pressed, it sends back the nonce that
 * came with the challenge. A nonce works once, for a short time, for the holder it was made for. */

#include "lib/clock.h"

#define ARMING_VALID_USEC (30 * USEC_PER_SEC)
#define ARMING_NONCE_SIZE 33u

struct arming {
        char nonce[ARMING_NONCE_SIZE]; /* "" when no challenge is open */
        char key[2];                   /* the key to press */
        uint64_t until_usec;
};

/* Makes a new challenge and voids any older one. random fills bytes with unguessable data, or returns negative errno. */
int arming_challenge(struct arming *arming, int (*random)(void *bytes, size_t n), uint64_t now);

/* Uses up the challenge, whether the answer is right or wrong. -EKEYREJECTED: no challenge is open, it expired, or the nonce
 * does not match. */
int arming_answer(struct arming *arming, const char *nonce, uint64_t now);

void arming_void(struct arming *arming);
