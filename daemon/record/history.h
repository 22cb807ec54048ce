/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What was done to a body, kept: one SQLite database of events, each bound to the one before it by a hash, and of the
 * sessions that they make up. Everything here blocks, for as long as a disk may stall: daemon/record/recorder.c calls it from a
 * thread of its own, readers open the file a second time. Nothing is ever changed or removed, only added. */

#include "daemon/safety/record.h"

/* Its name in the state directory. */
#define HISTORY_FILE "history.db"

#define HISTORY_CHAIN_SIZE 32u

struct history;

/* One event as it is kept. at_usec is wall time since the epoch; texts may be NULL. */
struct history_event {
        uint64_t seq; /* from 1, without a gap; given by history_append() */
        uint64_t at_usec;
        struct record_entry entry;
};

struct history_session {
        unsigned id;
        uid_t runner;
        const char *routine;
        uint64_t began_usec;
        uint64_t ended_usec; /* 0: it never ended */
        const char *reason;
        uint64_t events;
};

/* What of it is asked for. */
struct history_query {
        bool any_runner;
        uid_t runner;
        unsigned session; /* only this one; 0: all */
        uint64_t since_usec;
        unsigned limit; /* 0: all */
        bool unended;   /* only what never ended */
};

/* Where it stands. */
struct history_head {
        uint64_t seq;          /* of the last event; 0: none */
        unsigned last_session; /* its number; 0: none */
        uint8_t chain[HISTORY_CHAIN_SIZE];
};

/* Opens the database, and makes it when there is none (its folder must be there). On failure the file is as it was, and the
 * sentence says what is wrong with it and what to do: -EBADMSG: damaged; -EMEDIUMTYPE: of another program;
 * -EPROTONOSUPPORT: of a newer limber; -EROFS, -EACCES, -ENOSPC, -EIO: what the system said. */
int history_open(const char *path, struct history **ret, char **ret_sentence);
/* To read only, beside a writer. -ENOENT: there is none yet. */
int history_open_reader(const char *path, struct history **ret, char **ret_sentence);
struct history *history_free(struct history *history);
DEFINE_CLEANUP(struct history *, history_free);

const struct history_head *history_head(const struct history *history);

/* Adds them in one transaction, which is on the disk when this returns 0; gives each its seq. On failure none is added. */
int history_append(struct history *history, struct history_event *events, unsigned n);

/* Nothing more is to be added for a while: gives back the memory that only made it faster. */
void history_rest(struct history *history);

/* Calls fn for each, the newest first; a negative return ends it and is returned. */
int history_sessions(struct history *history, const struct history_query *query,
        int (*fn)(const struct history_session *session, void *userdata), void *userdata);
/* -ENOENT: there is no such session. */
int history_session(struct history *history, unsigned id,
        int (*fn)(const struct history_session *session, void *userdata), void *userdata);
/* In order. */
int history_events(struct history *history, unsigned session,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* What was begun, done and hurt since then, of all sessions, in order: RECORD_STEP, RECORD_DOSE, RECORD_REST. */
int history_doses(struct history *history, uint64_t since_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* How people felt before, after and the next morning, and what followed: RECORD_DISCOMFORT of those occasions, RECORD_TARGET. */
int history_feelings(struct history *history, uint64_t since_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* How many sessions with pads every runner had, and the number of the last. */
int history_pads(struct history *history,
        int (*fn)(uid_t runner, unsigned sessions, unsigned last_session, void *userdata), void *userdata);

/* Goes through every event: its hash, its number, and that the last one is the one that was added last. -EBADMSG: one was
 * changed, or is gone; *ret_seq is the first that is not right. */
int history_check(struct history *history, uint64_t *ret_seq);
