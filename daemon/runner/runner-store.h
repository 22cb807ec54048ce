/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The known runners, one file each: UID.conf, readable by the daemon alone. A runner without a file, or with a damaged one,
 * counts as not having answered, so nothing starts for them. A damaged file is never overwritten: it is moved aside when its
 * runner answers again. */

#include "daemon/runner/runner.h"
#include "lib/conf.h"
#include "lib/folder.h"
#include "lib/jobs.h"

struct runner_store_settings {
        const char *directory;      /* created with the first runner; must outlive the store */
        struct conf_reader *reader; /* used by runner_store_new() alone */
        uint64_t (*wall)(void);
        struct jobs *jobs; /* for the disk */
        /* What is known of that runner changed. May be NULL. */
        void (*changed)(uid_t uid, void *userdata);
        void *userdata;
};

struct runner_store;

/* Reads the folder; blocks. A bad file is no failure but one of the rejects; one that the reader did not get to read (conf_read()) is
 * a failure of all. -ENOMEM. */
int runner_store_new(const struct runner_store_settings *settings, struct runner_store **ret);
struct runner_store *runner_store_free(struct runner_store *store);
DEFINE_CLEANUP(struct runner_store *, runner_store_free);
/* Files that were rejected at start. */
const struct rejects *runner_store_rejects(const struct runner_store *store);

/* What is known of a user, without expired calibrations; NULL: nothing, or unreadable. Valid until the next loop iteration. */
const struct runner *runner_store_find(struct runner_store *store, uid_t uid);
/* What is wrong with that user's file ("PATH:LINE: …"), or NULL. */
const char *runner_store_damage(const struct runner_store *store, uid_t uid);
/* User i of those who have a file; false past the end. */
bool runner_store_at(const struct runner_store *store, unsigned i, uid_t *ret);
/* 0 for users without a file, then 1 and up with every change. */
unsigned runner_store_revision(const struct runner_store *store, uid_t uid);
/* Wall time to the second, the resolution of the files. */
uint64_t runner_store_wall(const struct runner_store *store);

/* Called when a runner is on the disk (error 0; note says where a damaged file went, or is NULL), or failed to be written
 * (negative errno; note says why). */
typedef void (*runner_kept_fn)(int error, const char *note, void *userdata);

/* Replaces what is known of next's user (takes ownership, also on failure): first on the disk, then in memory, then calls
 * kept() once, unless this fails. -EBUSY: another change for this user is being written. */
int runner_store_keep(struct runner_store *store, struct runner *next, runner_kept_fn kept, void *userdata);
