/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The runners that are known, one file each: UID.conf, readable by the daemon alone. Whoever has no file, or a damaged one,
 * has answered nothing, so that nothing begins for them. A damaged file is never written over: it is moved aside when its
 * runner answers anew. */

#include "daemon/runner/runner.h"
#include "lib/folder.h"
#include "lib/jobs.h"

struct runner_store_settings {
        const char *directory; /* made when the first runner is kept; must outlive the store */
        uint64_t (*wall)(void);
        struct jobs *jobs; /* where a slow disk holds up nobody */
        /* Something else is known of that runner now. May be NULL. */
        void (*changed)(uid_t uid, void *userdata);
        void *userdata;
};

struct runner_store;

/* Reads the folder. A bad file is no failure: it is among the rejects. -ENOMEM. */
int runner_store_new(const struct runner_store_settings *settings, struct runner_store **ret);
struct runner_store *runner_store_free(struct runner_store *store);
DEFINE_CLEANUP(struct runner_store *, runner_store_free);
/* Files that were not taken, as they were found at the start. */
const struct rejects *runner_store_rejects(const struct runner_store *store);

/* What is known of a user, without calibrations that are over; NULL: nothing (that can be read). Good until the loop turns. */
const struct runner *runner_store_find(struct runner_store *store, uid_t uid);
/* What is wrong with that user's file ("PATH:LINE: …"), or NULL. */
const char *runner_store_damage(const struct runner_store *store, uid_t uid);
/* User i of those who have a file; false past the end. */
bool runner_store_at(const struct runner_store *store, unsigned i, uid_t *ret);
/* 0 for those who have none; then it counts: 1 as first read or written, and on with every change. */
unsigned runner_store_revision(const struct runner_store *store, uid_t uid);
/* Wall time to the second, as it is kept. */
uint64_t runner_store_wall(const struct runner_store *store);

/* Told when a runner is on the disk (error 0; note says where a damaged file went, or is NULL), or is not (negative errno; note
 * says why). */
typedef void (*runner_kept_fn)(int error, const char *note, void *userdata);

/* Puts next (taken, also on failure) in the place of what is known of its user: on the disk first, then here, then kept() is
 * called, once, unless this fails. -EBUSY: something of this user is on its way to the disk already. */
int runner_store_keep(struct runner_store *store, struct runner *next, runner_kept_fn kept, void *userdata);
