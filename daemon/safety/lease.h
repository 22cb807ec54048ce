/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Somebody watches while output is on: the holder says so at least every 400 ms from the loop that draws and reads keys,
 * and says what it believes. REQ4: silence, three beats that disagree, or the holder's end take the output to zero. */

#include "lib/clock.h"

/* Wanted between two beats, and how much more silence is forgiven. Forgiveness drains by every bit that a beat is late and
 * comes back a quarter as fast while beats are in time: a link that keeps stuttering cannot put off the end for ever
 * (after PX4's failsafe delay). */
#define LEASE_BEAT_USEC (400 * USEC_PER_MSEC)
#define LEASE_GRACE_USEC (600 * USEC_PER_MSEC)
/* REQ4: the longest silence of all. */
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

/* The last beat is not too long ago. */
bool lease_is_alive(const struct lease *lease);
/* While watched (output on) silence is noticed. */
void lease_watch(struct lease *lease, bool on);
