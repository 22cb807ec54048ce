/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The holder sends a beat at least every 400 ms while output is on, from the loop that draws and reads keys, with the state
 * it last saw. REQ4: silence, three beats that disagree, or the holder's exit take the output to zero. */

#include "lib/clock.h"

/* Expected interval between beats, and the grace on top of it. Grace is used up by the time that a beat is late and refills
 * at a quarter of that rate while beats are on time, so a stuttering link cannot put off expiry for ever (after PX4's
 * failsafe delay). */
#define LEASE_BEAT_USEC (400 * USEC_PER_MSEC)
#define LEASE_GRACE_USEC (600 * USEC_PER_MSEC)
/* REQ4: the longest silence allowed. */
#define LEASE_EXPIRY_USEC (LEASE_BEAT_USEC + LEASE_GRACE_USEC)
#define LEASE_DISAGREEMENTS_MAX 3u

enum lease_loss {
        LEASE_SILENT,
        LEASE_DISAGREED,
        LEASE_HOLDER_GONE,
};

struct lease;

int lease_new(struct clock *clock, void (*lost)(enum lease_loss loss, void *userdata), void *userdata,
        struct lease **ret);
struct lease *lease_free(struct lease *lease);
DEFINE_CLEANUP(struct lease *, lease_free);

/* Starts a lease for a new holder, without a beat yet. Copies holder. */
int lease_take(struct lease *lease, const char *holder);
/* Ends the lease without calling lost(). */
void lease_drop(struct lease *lease);
/* "" when nobody holds it. */
const char *lease_holder(const struct lease *lease);

/* A beat of the holder. agrees: the state it last saw matches the current one. -EPERM: not the holder. */
int lease_beat(struct lease *lease, const char *sender, bool agrees);
/* The holder left the bus: lost() at once, whether output is on or not. */
void lease_holder_gone(struct lease *lease, const char *name);

/* The last beat is recent enough. */
bool lease_is_alive(const struct lease *lease);
/* Silence only matters while watched, that is, while output is on. */
void lease_watch(struct lease *lease, bool on);
