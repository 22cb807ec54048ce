/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/quota.h"

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

bool quota_take(struct quota *quota, const char *client, unsigned n, uint64_t now_usec) {
        struct quota_client *c = find(quota, client);
        uint64_t call_usec = UINT64_C(1000000) / (quota->rate ?: QUOTA_RATE);
        uint64_t full_usec = QUOTA_BURST / QUOTA_RATE * UINT64_C(1000000);

        c->level_usec = MAX(c->level_usec, now_usec);
        if (c->level_usec - now_usec + n * call_usec > full_usec)
                return false;
        c->level_usec += n * call_usec;
        return true;
}
