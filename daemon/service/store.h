/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What limberd keeps from one life to the next, and the folders it is in, which one daemon alone may have: the record, the books
 * that follow from it, the runners. Says itself in the log what is wrong with folders and record. */

#include "daemon/record/recorder.h"
#include "daemon/runner/dose-book.h"
#include "daemon/runner/feeling-book.h"
#include "daemon/runner/runner-store.h"

struct store_settings {
        sd_event *event;
        int64_t armed_priority; /* on the loop, of an armed file that is written: output waits for it */
        const char *state_directory, *runtime_directory;
        const struct recorder_handler *handler;
        /* Something else is known of that runner now. */
        void (*runner_changed)(uid_t uid, void *userdata);
        void *userdata; /* of both */
};

struct store;

/* Makes the folders and reads what a first call may need. -EWOULDBLOCK: another daemon has them. A record that cannot be kept is no
 * failure here: it says so itself, and nothing is switched on. */
int store_new(const struct store_settings *settings, struct store **ret);
/* Waits until everything is on the disk. */
struct store *store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free);

/* What earlier daemons did, and what people said to it. now is what the doses' clock says. Before anything is recorded. */
int store_load_books(
        struct store *store, struct dose_book *doses, struct feeling_book *feelings, uint64_t now_usec);

struct record *store_record(struct store *store);
/* The number of the last session that was ever recorded. */
unsigned store_last_session(const struct store *store);
struct runner_store *store_runners(struct store *store);

/* What writes armed files, and what writes to the disk; neither waits for the other. As long as the store. */
struct jobs *store_armed_jobs(struct store *store);
struct jobs *store_disk_jobs(struct store *store);
/* Waits until both have nothing left; what they were given calls back from inside. Takes NULL. */
void store_drain(struct store *store);

/* Good as long as the store. */
const char *store_armed_directory(const struct store *store);
const char *store_device_directory(const struct store *store);
const char *store_history_path(const struct store *store);
