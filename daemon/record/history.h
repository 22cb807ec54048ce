/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The permanent record of what was done to a body: one SQLite database of events, each chained to the previous one by a
 * hash, and of the sessions that they make up. All functions block as long as the disk does: daemon/record/recorder.c calls
 * them from its own thread, readers open the file a second time. Nothing is ever changed; what is older than the owner wants to keep
 * goes, from the oldest on, behind a checkpoint. */

#include "daemon/safety/record.h"

/* File name in the state directory. */
#define HISTORY_FILE "history.db"

#define HISTORY_CHAIN_SIZE 32u

struct history;

/* One event as stored. Texts may be NULL. */
struct history_event {
        uint64_t seq;     /* from 1, without gaps; assigned by history_append() */
        uint64_t at_usec; /* wall time since the epoch: as the clock was then, right or wrong */
        uint64_t up_usec; /* time since the machine started (lib/clock.h); 0: of before schema version 5 */
        struct record_entry entry;
};

struct history_session {
        unsigned id;
        uid_t runner;
        const char *routine;
        uint64_t began_usec;
        uint64_t ended_usec; /* 0: no end recorded */
        /* Times since the machine started, so that no clock that is set changes what lies between them. */
        uint64_t began_up_usec; /* 0: of before schema version 5 */
        uint64_t lasted_usec;   /* 0: unknown */
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

/* What may go. */
struct history_limit {
        uint64_t before_usec; /* only what is older, by the wall clock of then */
        uint64_t before_seq;  /* only events before that one: those from it on are still needed */
        unsigned max_events;  /* at most so many at once */
};

/* Removes the oldest sessions, whole, with the events between them, and keeps a checkpoint: the number and the hash of the last that
 * went. Returns how many events went. */
int history_prune(struct history *history, const struct history_limit *limit);

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

/* RECORD_CLOCK in order. */
int history_clocks(struct history *history, int (*fn)(const struct history_event *event, void *userdata),
        void *userdata);
/* The time since the machine started of the last event before that one; 0: none. */
int history_up_before(struct history *history, uint64_t seq, uint64_t *ret_up_usec);
/* Number of the first event from that one on that the machine had run so long at; of the next one to come where there is none. */
int history_seq_at_up(struct history *history, uint64_t since_seq, uint64_t up_usec, uint64_t *ret_seq);

/* Steps begun, doses and rests from that event on, of all sessions, in order: RECORD_STEP, RECORD_DOSE, RECORD_REST. */
int history_doses(struct history *history, uint64_t since_seq,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* Discomfort before, after and the next morning, and what followed: RECORD_DISCOMFORT of those occasions, RECORD_TARGET. */
int history_follow_ups(struct history *history, uint64_t since_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* The last event of the last session of each runner with each routine, among those of which an event is not older than since_seq:
 * sessions that completed, gave that much output, or were cut off in a step with output. One without an end counts from when the
 * next daemon found it. Only runner, routine, seq and times are set. */
int history_done(struct history *history, uint64_t since_seq, uint64_t output_usec,
        int (*fn)(const struct history_event *event, void *userdata), void *userdata);

/* Number of sessions with pads of each runner, and the id of the last. */
int history_pads(struct history *history,
        int (*fn)(uid_t runner, unsigned sessions, unsigned last_session, void *userdata), void *userdata);

/* Verifies every event: its hash, its number, and that the last one matches the head. -EBADMSG: an event was changed or is
 * missing; *ret_seq is the first bad one. */
int history_check(struct history *history, uint64_t *ret_seq);
