/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The permanent record of what was done to a body: one SQLite database of events, each chained to the previous one by a
 * hash, and of the sessions that they make up. All functions block as long as the disk does: daemon/record/recorder.c calls
 * them from its own thread, readers open the file a second time. Nothing is ever changed or removed, only added. */

#include "daemon/safety/record.h"

/* File name in the state directory. */
#define HISTORY_FILE "history.db"

#define HISTORY_CHAIN_SIZE 32u

struct history;

/* One event as stored. at_usec is wall time since the epoch; texts may be NULL. */
struct history_event {
        uint64_t seq; /* from 1, without gaps; assigned by history_append() */
        uint64_t at_usec;
        struct record_entry entry;
};

struct history_session {
        unsigned id;
        uid_t runner;
        const char *routine;
        uint64_t began_usec;
        uint64_t ended_usec; /* 0: no end recorded */
        const char *reason;
        uint64_t events;
};

/* Filter of a query. */
struct history_query {
        bool any_runner;
        uid_t runner;
        unsigned session; /* only this one; 0: all */
        uint64_t since_usec;
        unsigned limit;   /* 0: all */
        bool without_end; /* only those without an end */
};

/* The end of the history. */
struct history_head {
        uint64_t seq;          /* of the last event; 0: none */
        unsigned last_session; /* its number; 0: none */
        uint8_t chain[HISTORY_CHAIN_SIZE];
};

/* Opens the database, creating it if needed (its folder must exist). On failure the file is unchanged, and the sentence says
 * what is wrong with it and what to do: -EBADMSG: damaged; -EMEDIUMTYPE: of another program; -EPROTONOSUPPORT: of a newer
 * limber; -EROFS, -EACCES, -ENOSPC, -EIO: as the system reported. */
int history_open(const char *path, struct history **ret, char **ret_sentence);
/* Opens read-only, beside a writer. -ENOENT: there is none yet. */
int history_open_reader(const char *path, struct history **ret, char **ret_sentence);
struct history *history_free(struct history *history);
DEFINE_CLEANUP(struct history *, history_free);

const struct history_head *history_head(const struct history *history);

/* Appends the events in one transaction, which is on the disk when this returns 0; assigns each its seq. On failure none is
 * added. */
int history_append(struct history *history, struct history_event *events, unsigned n);

/* Nothing more will be added for a while: frees cache memory. */
void history_rest(struct history *history);

/* Calls fn for each, newest first; a negative return ends the iteration and is returned. */
int history_sessions(struct history *history, const struct history_query *query,
        int (*fn)(const struct history_session *session, void *userdata), void *userdata);
/* -ENOENT: there is no such session. */
int history_session(struct history *history, unsigned id,
        int (*fn)(const struct history_session *session, void *userdata), void *userdata);
/* In order. */
int history_events(struct history *history, unsigned session,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* Steps begun, doses and rests since then, of all sessions, in order: RECORD_STEP, RECORD_DOSE, RECORD_REST. */
int history_doses(struct history *history, uint64_t since_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* Discomfort before, after and the next morning, and what followed: RECORD_DISCOMFORT of those occasions, RECORD_TARGET. */
int history_follow_ups(struct history *history, uint64_t since_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* When each runner last did each routine since then: sessions that completed, gave that much output, or were cut off in a step with
 * output. A session without an end counts from when the next daemon found it. */
int history_done(struct history *history, uint64_t since_usec, uint64_t output_usec,
        int (*fn)(uid_t runner, const char *routine, uint64_t ended_usec, void *userdata), void *userdata);

/* Number of sessions with pads of each runner, and the id of the last. */
int history_pads(struct history *history,
        int (*fn)(uid_t runner, unsigned sessions, unsigned last_session, void *userdata), void *userdata);

/* Verifies every event: its hash, its number, and that the last one matches the head. -EBADMSG: an event was changed or is
 * missing; *ret_seq is the first bad one. */
int history_check(struct history *history, uint64_t *ret_seq);
