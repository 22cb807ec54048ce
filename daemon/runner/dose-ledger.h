/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every part of every body had in the last day, and the resulting restrictions. REQ12 and REQ16 across sessions: gaps,
 * counts, minutes, and the rest after it hurt too much.
 *
 * A day is the last 24 hours, not a date: midnight, daylight saving and time zones do not matter. A wall clock that is set ends no rest. */

#include "daemon/runner/dose-time.h"
#include "lib/routine.h"

/* [D] of the project's requirements: per muscle (lib/zones.h: a part counts for its whole) and side. A muscle counts as treated
 * when it had this much in a session, whatever its parts are called. Less counts for the minutes of a day, and adds up: as soon as
 * what it had within a gap comes to this much, it was treated once, until the last of it. 30 s is where useful percussion begins
 * (Cheatham 2021, IJSPT); measured, a step of 30 s is a little shorter than written: up to 50 ms a step. */
#define DOSE_LEDGER_TREATED_USEC (29 * USEC_PER_SEC)
#define DOSE_LEDGER_DAY_USEC (24 * 3600 * USEC_PER_SEC)
#define DOSE_LEDGER_PERCUSSION_GAP_USEC (6 * 3600 * USEC_PER_SEC)
#define DOSE_LEDGER_PERCUSSION_SESSIONS 2u
#define DOSE_LEDGER_PERCUSSION_DAY_USEC (4 * 60 * USEC_PER_SEC)
#define DOSE_LEDGER_ESTIM_GAP_USEC (2 * 3600 * USEC_PER_SEC)
#define DOSE_LEDGER_ESTIM_SESSIONS 3u
/* E-stim that trains strength: the same muscle again after a day; after two for a runner who is new to pads. */
#define DOSE_LEDGER_STRENGTH_GAP_USEC (24 * 3600 * USEC_PER_SEC)
#define DOSE_LEDGER_STRENGTH_NEW_GAP_USEC (48 * 3600 * USEC_PER_SEC)
/* Strength training that was begun this often within that time, and broken off before a whole contraction, rests for as long [D]. */
#define DOSE_LEDGER_STARTS 3u
#define DOSE_LEDGER_STARTS_USEC (3600 * USEC_PER_SEC)
/* REQ13, Compex manuals: a runner is new to pads for this many sessions. */
#define DOSE_LEDGER_NEW_SESSIONS 3u
/* Older doses restrict nothing. */
#define DOSE_LEDGER_KEEP_USEC DOSE_LEDGER_STRENGTH_NEW_GAP_USEC
/* The longest min_gap of a routine. */
#define DOSE_LEDGER_ROUTINE_KEEP_USEC (7 * 24 * 3600 * USEC_PER_SEC)
/* After a stop because it hurt too much. */
#define DOSE_LEDGER_ZONE_REST_USEC (24 * 3600 * USEC_PER_SEC)
#define DOSE_LEDGER_ROUTINE_REST_USEC (10 * 60 * USEC_PER_SEC)

struct zone_dose {
        uid_t runner;
        unsigned session;
        const struct zone *zone;
        enum side side;
        enum role_kind kind;
        bool strength;    /* e-stim that trains strength, */
        bool trained;     /* of which at least one whole contraction was at half of its level or above */
        uint64_t on_usec; /* time with output */
        struct dose_time ended; /* when it was last on */
};

enum dose_rule {
        DOSE_ALLOWED,
        DOSE_GAP,      /* too soon after the last session on that part */
        DOSE_SESSIONS, /* too many sessions in a day */
        DOSE_MINUTES,  /* too long in a day */
        DOSE_STRENGTH, /* trained too recently */
        DOSE_STARTS,   /* its training was begun too often */
        DOSE_ZONE_REST,
        DOSE_ROUTINE_REST,
        DOSE_ROUTINE_GAP, /* its own min_gap */
        _DOSE_RULE_MAX,
};

struct dose_ledger;

int dose_ledger_new(struct dose_ledger **ret);
/* To see what something would change. */
int dose_ledger_copy(const struct dose_ledger *ledger, struct dose_ledger **ret);
struct dose_ledger *dose_ledger_free(struct dose_ledger *ledger);
DEFINE_CLEANUP(struct dose_ledger *, dose_ledger_free);

/* Adds a dose. Doses of one session on the same part add up. */
int dose_ledger_add(struct dose_ledger *ledger, const struct zone_dose *dose);
/* It hurt too much: that place rests from at_usec on. zone NULL: only the routine. */
int dose_ledger_hurt(struct dose_ledger *ledger, uid_t runner, const char *routine, const struct zone *zone,
        enum side side, struct dose_time at);

/* A routine was done: it ran to its end, or treated something. */
int dose_ledger_done(struct dose_ledger *ledger, uid_t runner, const char *routine, struct dose_time ended);

/* The wall clock is right: what was by such a clock is no longer unknown. */
void dose_ledger_clock_is_right(struct dose_ledger *ledger, uint64_t wall_usec, int64_t now_usec);
/* The runner said, at that time, how long ago their last session was. Taken for what was in earlier runs and may be earlier, but
 * not for e-stim that trains strength and not for the rest after a stop for pain. False: there is nothing that it could be about. */
bool dose_ledger_said(struct dose_ledger *ledger, uid_t runner, uint64_t ago_usec, struct dose_time at);
/* All output of a session, of any kind and place. */
uint64_t dose_ledger_of_session(const struct dose_ledger *ledger, unsigned session);

/* Number of sessions with pads of a runner, up to that session; later ones are counted from their doses. */
int dose_ledger_set_pads_sessions(
        struct dose_ledger *ledger, uid_t runner, unsigned n, unsigned last_session);
unsigned dose_ledger_pads_sessions(const struct dose_ledger *ledger, uid_t runner);

/* Output on that part in that session so far. */
uint64_t dose_ledger_had(const struct dose_ledger *ledger, const struct zone_dose *dose);

/* Why no more is allowed now. */
struct dose_answer {
        enum dose_rule rule;
        uint64_t wait_usec; /* until it is allowed */
        bool may_be_over;   /* it may be allowed already: the runner can say when their last session was */
};

/* a is told rather than b: it ends later. What a word of the runner may end is told last. */
bool dose_answer_lasts_longer(const struct dose_answer *a, const struct dose_answer *b);

/* Whether that much more is allowed now, else of what forbids it that which lasts longest. Doses of the same session are no obstacle. */
struct dose_answer dose_ledger_ask(
        const struct dose_ledger *ledger, const struct zone_dose *planned, int64_t now_usec);
struct dose_answer dose_ledger_ask_routine(const struct dose_ledger *ledger, uid_t runner,
        const char *routine, uint64_t min_gap_usec, int64_t now_usec);

/* A muscle that may not be treated now. */
struct dose_rest {
        const struct zone *zone; /* the whole of it */
        enum side side;
        enum role_kind kind;
        bool strength; /* only e-stim that trains strength */
        struct dose_answer answer;
};

/* Calls fn for each muscle and side of that runner that rests, and from what. */
void dose_ledger_rests(const struct dose_ledger *ledger, uid_t runner, int64_t now_usec,
        void (*fn)(const struct dose_rest *rest, void *userdata), void *userdata);

/* "it had percussion twice in the last day already" */
const char *dose_rule_explain(enum dose_rule rule, enum role_kind kind) _const_;
