/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/arming.h"

int arming_challenge(struct arming *arming, int (*random)(void *bytes, size_t n), uint64_t now) {
        /* Keys without another meaning in the live view, and not easily mistaken for one another. */
        static const char keys[] = "dfghjkvwxz";
        uint8_t bytes[17];
        int r;

        arming_void(arming);
        r = random(bytes, sizeof(bytes));
        if (r < 0)
                return r;
        for (size_t i = 0; i < 16; i++)
                (void) snprintf(arming->nonce + 2 * i, 3, "%02x", bytes[i]);
        arming->key[0] = keys[bytes[16] % (sizeof(keys) - 1)];
        arming->until_usec = now + ARMING_VALID_USEC;
        return 0;
}

/* Constant time: does not reveal how many bytes match. */
static bool nonce_equal(const char *a, const char *b) {
        unsigned char difference = 0;

        if (strlen(b) != strlen(a))
                return false;
        for (size_t i = 0; a[i]; i++)
                difference |= (unsigned char) (a[i] ^ b[i]);
        return difference == 0;
}

int arming_answer(struct arming *arming, const char *nonce, uint64_t now) {
        bool good =
                !isempty(arming->nonce) && now <= arming->until_usec && nonce_equal(arming->nonce, nonce);

        arming_void(arming);
        return good ? 0 : -EKEYREJECTED;
}

void arming_void(struct arming *arming) {
        *arming = (struct arming){};
}
