/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Somebody watches while output is on: the holder says so at least every 400 ms from the loop that draws and reads keys,
 * and says what it believes. REQ4: silence, three beats that disagree, or the holder's end take the output to zero. */

#include "lib/clock.h"

#define LEASE_EXPIRY_USEC (1 * USEC_PER_SEC)
#define LEASE_DISAGREEMENTS_MAX 3u

enum lease_loss {
        LEASE_SILENT,
        LEASE_DISAGREED,
        LEASE_HOLDER_GONE,
};

struct lease;

int lease_new(struct clock *clock, void (*lost)(enum lease_loss loss, void *userdata), void *userdata, struct lease **ret);
struct lease *lease_free(struct lease *lease);
DEFINE_CLEANUP(struct lease *, lease_free);

/* A new holder begins; it has not beaten yet. holder is copied. */
int lease_take(struct lease *lease, const char *holder);
/* Nobody holds it any more; lost() is not called. */
void lease_drop(struct lease *lease);
/* "" when nobody holds it. */
const char *lease_holder(const struct lease *lease);

/* A beat of the holder. agrees: what it last saw and believes is what is. -EPERM: not the holder. */
int lease_beat(struct lease *lease, const char *sender, bool agrees);
/* The holder left the bus: lost() at once, whether output is on or not. */
void lease_holder_gone(struct lease *lease, const char *name);

/* A beat came within the last second. */
bool lease_is_alive(const struct lease *lease);
/* While watched (output on) silence is noticed. */
void lease_watch(struct lease *lease, bool on);
