/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Follow-up questions after sessions and their consequences: which are open (right after, and the next morning), and for
 * which parts of the body the target is lowered after a bad morning. Times are wall time in microseconds since the epoch,
 * since mornings depend on the calendar. Nothing here limits output by itself.
 *
 * The rule of the next morning is that of the pain-monitoring model for tendons (Silbernagel 2007): discomfort must have
 * settled by then. The hours are our own [D]. */

#include "lib/clock.h"
#include "lib/discomfort.h"
#include "lib/routine.h"

/* Right after the session: open for this long. */
#define FEELING_END_USEC (30 * 60 * USEC_PER_SEC)
/* The next morning: from this hour of the day on, at least this long after the session, and open for this long. */
#define FEELING_MORNING_HOUR 5
#define FEELING_MORNING_LEAST_USEC (5 * 3600 * USEC_PER_SEC)
#define FEELING_MORNING_USEC (14 * 3600 * USEC_PER_SEC)
/* A bad morning: at least this score, or this much above the one before the session. */
#define FEELING_BAD_SCORE 5u
#define FEELING_BAD_RISE 2u
/* Lowered by one level for each bad morning in a row, up to this; forgotten after this time. */
#define FEELING_LOWERED_MAX 3u
#define FEELING_LOWERED_KEEP_USEC (90 * 24 * 3600 * USEC_PER_SEC)
/* No question is asked later than this after its session. */
#define FEELING_KEEP_USEC (48 * 3600 * USEC_PER_SEC)

enum feeling_occasion {
        FEELING_BASELINE,
        FEELING_END,
        FEELING_MORNING,
        _FEELING_OCCASION_MAX,
};

struct feeling_part {
        const struct zone *zone;
        enum side side;
};

#define FEELING_PARTS_MAX 16u

struct feeling_question {
        enum feeling_occasion occasion; /* FEELING_END or FEELING_MORNING */
        unsigned session;
        uint64_t since_usec, until_usec;
        struct feeling_part parts[FEELING_PARTS_MAX];
        unsigned n_parts;
};

/* Consequences of an answer. */
struct feeling_result {
        bool bad;
        unsigned sessions[8]; /* all sessions that the question covered, to be recorded for each */
        unsigned n_sessions;
        struct feeling_part parts[FEELING_PARTS_MAX]; /* parts whose target changed */
        unsigned lowered[FEELING_PARTS_MAX];
        unsigned n_parts;
};

struct feeling_book;

int feeling_book_new(struct feeling_book **ret);
struct feeling_book *feeling_book_free(struct feeling_book *book);
DEFINE_CLEANUP(struct feeling_book *, feeling_book_free);

/* The part had output in that session, until at_usec. */
int feeling_book_treated(struct feeling_book *book, uid_t runner, unsigned session,
        const struct feeling_part *part, uint64_t at_usec);
int feeling_book_said(struct feeling_book *book, uid_t runner, unsigned session,
        enum feeling_occasion occasion, unsigned score, uint64_t at_usec);
/* The session (0: every session) is over: questions about it may open. */
void feeling_book_over(struct feeling_book *book, unsigned session);
int feeling_book_set_lowered(struct feeling_book *book, uid_t runner, const struct feeling_part *part,
        unsigned lowered, uint64_t at_usec);

/* The newest open question to that runner, or false. */
bool feeling_book_question(
        const struct feeling_book *book, uid_t runner, uint64_t now_usec, struct feeling_question *ret);
/* -ENOENT: not an open question. */
int feeling_book_answer(struct feeling_book *book, uid_t runner, unsigned session,
        enum feeling_occasion occasion, unsigned score, uint64_t now_usec, struct feeling_result *ret);
/* Levels by which the target is lowered there. */
unsigned feeling_book_lowered(
        const struct feeling_book *book, uid_t runner, const struct zone *zone, enum side side);
/* When the next question opens, and to whom; USEC_INFINITY: never. */
uint64_t feeling_book_next(const struct feeling_book *book, uint64_t now_usec, uid_t *ret_runner);

/* The first such hour of a local day that is long enough after ended_usec. */
uint64_t feeling_morning_after(uint64_t ended_usec);

const char *feeling_occasion_to_string(enum feeling_occasion occasion) _const_;
/* _FEELING_OCCASION_MAX for an unknown word. */
enum feeling_occasion feeling_occasion_from_string(const char *name) _pure_;
