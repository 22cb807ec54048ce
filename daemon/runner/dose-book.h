/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every part of every body had in the last day, and what may not be done to it yet. REQ12 and REQ16 across sessions:
 * gaps, counts, minutes, and the rest after it hurt too much.
 *
 * A day is the last 24 hours, not a date: midnight, daylight saving and time zones change nothing. Times are on the clock of
 * lib/clock.h, signed, since what an earlier daemon did may lie before its zero; who loads it gives its age, which is never
 * less than nothing: a wall clock that was set back makes a rest longer, never shorter. */

#include "lib/routine.h"

/* [D] of the project's requirements: per zone and side. A part that had less than this in a session was not treated; the
 * time counts all the same. 30 s is where useful percussion begins (Cheatham 2021, IJSPT). */
#define DOSE_BOOK_TREATED_USEC (30 * USEC_PER_SEC)
#define DOSE_BOOK_DAY_USEC (24 * 3600 * USEC_PER_SEC)
#define DOSE_BOOK_PERCUSSION_GAP_USEC (6 * 3600 * USEC_PER_SEC)
#define DOSE_BOOK_PERCUSSION_SESSIONS 2u
#define DOSE_BOOK_PERCUSSION_DAY_USEC (4 * 60 * USEC_PER_SEC)
#define DOSE_BOOK_ESTIM_GAP_USEC (2 * 3600 * USEC_PER_SEC)
#define DOSE_BOOK_ESTIM_SESSIONS 3u
/* E-stim that trains strength: the same muscle again after a day; after two for whom pads are new. */
#define DOSE_BOOK_STRENGTH_GAP_USEC (24 * 3600 * USEC_PER_SEC)
#define DOSE_BOOK_STRENGTH_NEW_GAP_USEC (48 * 3600 * USEC_PER_SEC)
/* REQ13, Compex manuals: pads are new to a runner for so many sessions. */
#define DOSE_BOOK_NEW_SESSIONS 3u
/* What is older binds nobody. */
#define DOSE_BOOK_KEEP_USEC DOSE_BOOK_STRENGTH_NEW_GAP_USEC
/* After a stop because it hurt too much. */
#define DOSE_BOOK_ZONE_REST_USEC (24 * 3600 * USEC_PER_SEC)
#define DOSE_BOOK_ROUTINE_REST_USEC (10 * 60 * USEC_PER_SEC)

struct zone_dose {
        uid_t runner;
        unsigned session;
        const struct zone *zone;
        enum side side;
        enum role_kind kind;
        bool strength;      /* e-stim that trains */
        uint64_t on_usec;   /* output was on for so long */
        int64_t ended_usec; /* when it was last on */
};

enum dose_rule {
        DOSE_ALLOWED,
        DOSE_GAP,      /* too soon after the last session on it */
        DOSE_SESSIONS, /* too often in a day */
        DOSE_MINUTES,  /* too long in a day */
        DOSE_STRENGTH, /* trained too recently */
        DOSE_ZONE_REST,
        DOSE_ROUTINE_REST,
        _DOSE_RULE_MAX,
};

struct dose_book;

int dose_book_new(struct dose_book **ret);
struct dose_book *dose_book_free(struct dose_book *book);
DEFINE_CLEANUP(struct dose_book *, dose_book_free);

/* Doses of one session on the same part add up. */
int dose_book_add(struct dose_book *book, const struct zone_dose *dose);
/* It hurt too much there: rests from at_usec on. zone NULL: only the routine. */
int dose_book_hurt(struct dose_book *book, uid_t runner, const char *routine, const struct zone *zone,
        enum side side, int64_t at_usec);

/* With how many sessions of pads a runner came, up to that one; later ones are counted as their doses come in. */
int dose_book_set_pads_sessions(struct dose_book *book, uid_t runner, unsigned n, unsigned last_session);
unsigned dose_book_pads_sessions(const struct dose_book *book, uid_t runner);

/* What that session did to that part so far. */
uint64_t dose_book_had(const struct dose_book *book, const struct zone_dose *dose);

/* Whether that much more may be done to it now; *ret_wait_usec (may be NULL) is how long it would have to wait. A zone's own
 * session is not in its way. */
enum dose_rule dose_book_ask(const struct dose_book *book, const struct zone_dose *planned, int64_t now_usec,
        uint64_t *ret_wait_usec);
enum dose_rule dose_book_ask_routine(const struct dose_book *book, uid_t runner, const char *routine,
        int64_t now_usec, uint64_t *ret_wait_usec);

/* "it had percussion twice in the last day already" */
const char *dose_rule_explain(enum dose_rule rule, enum role_kind kind) _const_;
