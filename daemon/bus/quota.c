/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/quota.h"

#define CALL_USEC (UINT64_C(1000000) / QUOTA_RATE)
#define FULL_USEC (QUOTA_BURST * CALL_USEC)

/* The client's bucket, or the least recently used one. */
static struct quota_client *find(struct quota *quota, const char *client) {
        struct quota_client *oldest = &quota->clients[0];

        for (unsigned i = 0; i < QUOTA_CLIENTS; i++) {
                struct quota_client *c = &quota->clients[i];

                if (streq(c->name, client))
                        return c;
                if (c->level_usec < oldest->level_usec)
                        oldest = c;
        }
        *oldest = (struct quota_client){};
        (void) snprintf(oldest->name, sizeof(oldest->name), "%s", client);
        return oldest;
}

enum quota_verdict quota_take(struct quota *quota, const char *client, uint64_t now) {
        struct quota_client *c = find(quota, client);

        c->level_usec = MAX(c->level_usec, now);
        if (c->level_usec - now + CALL_USEC > FULL_USEC)
                return QUOTA_REFUSE;
        c->level_usec += CALL_USEC;
        return QUOTA_GOOD;
}
