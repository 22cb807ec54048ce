/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Persistent state of limberd and its folders, which only one daemon may use at a time: the record, the ledger and follow-ups derived from
 * it, the runners. Logs what is wrong with folders and record itself. */

#include "daemon/record/recorder.h"
#include "daemon/runner/dose-ledger.h"
#include "daemon/runner/follow-up.h"
#include "daemon/runner/runner-store.h"

struct store_settings {
        sd_event *event;
        int64_t armed_priority; /* on the loop, for done() of armed file jobs: output waits for them */
        const char *state_directory, *runtime_directory;
        struct conf_reader *reader; /* for store_new() alone */
        const struct recorder_handler *handler;
        /* What is known of that runner changed. */
        void (*runner_changed)(uid_t uid, void *userdata);
        void *userdata; /* of both callbacks */
};

struct store;

/* Creates the folders and reads what a first call may need. -EWOULDBLOCK: another daemon uses them. A record that cannot be
 * written is no failure here: it is reported through the record, and output stays off. */
int store_new(const struct store_settings *settings, struct store **ret);
/* Waits until everything is on the disk. */
struct store *store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free);

/* Loads what earlier daemons recorded: doses and discomfort. now is the current time of the doses' clock. Call before
 * anything else is recorded. */
int store_load_body(
        struct store *store, struct dose_ledger *doses, struct follow_ups *follow_ups, uint64_t now_usec);

/* Sessions older than that may go from the record, except where a rest still depends on them; 0: none. */
void store_keep_for(struct store *store, uint64_t usec);

struct record *store_record(struct store *store);
/* Number of the last recorded session. */
unsigned store_last_session(const struct store *store);
struct runner_store *store_runners(struct store *store);

/* Jobs for armed files, and jobs for the disk; neither waits for the other. Valid as long as the store. */
struct jobs *store_armed_jobs(struct store *store);
struct jobs *store_disk_jobs(struct store *store);
/* Waits until both are idle; calls done() of their jobs from within. Takes NULL. */
void store_drain(struct store *store);

/* Valid as long as the store. */
const char *store_armed_directory(const struct store *store);
const char *store_device_directory(const struct store *store);
const char *store_history_path(const struct store *store);
