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
#define FOLLOW_UP_END_USEC (30 * 60 * USEC_PER_SEC)
/* The next morning: from this hour of the day on, at least this long after the session, and open for this long. */
#define FOLLOW_UP_MORNING_HOUR 5
#define FOLLOW_UP_MORNING_LEAST_USEC (5 * 3600 * USEC_PER_SEC)
#define FOLLOW_UP_MORNING_USEC (14 * 3600 * USEC_PER_SEC)
/* A bad morning: at least this score, or this much above the one before the session. */
#define FOLLOW_UP_BAD_SCORE 5u
#define FOLLOW_UP_BAD_RISE 2u
/* Lowered by one level for each bad morning in a row, up to this; forgotten after this time. */
#define FOLLOW_UP_LOWERED_MAX 3u
#define FOLLOW_UP_LOWERED_KEEP_USEC (90 * 24 * 3600 * USEC_PER_SEC)
/* No question is asked later than this after its session. */
#define FOLLOW_UP_KEEP_USEC (48 * 3600 * USEC_PER_SEC)

enum follow_up_occasion {
        FOLLOW_UP_BASELINE,
        FOLLOW_UP_END,
        FOLLOW_UP_MORNING,
        _FOLLOW_UP_OCCASION_MAX,
};

struct follow_up_part {
        const struct zone *zone;
        enum side side;
};

#define FOLLOW_UP_PARTS_MAX 16u

struct follow_up_question {
        enum follow_up_occasion occasion; /* FOLLOW_UP_END or FOLLOW_UP_MORNING */
        unsigned session;
        uint64_t since_usec, until_usec;
        struct follow_up_part parts[FOLLOW_UP_PARTS_MAX];
        unsigned n_parts;
};

/* Consequences of an answer. */
struct follow_up_result {
        bool bad;
        unsigned sessions[8]; /* all sessions that the question covered, to be recorded for each */
        unsigned n_sessions;
        struct follow_up_part parts[FOLLOW_UP_PARTS_MAX]; /* parts whose target changed */
        unsigned lowered[FOLLOW_UP_PARTS_MAX];
        unsigned n_parts;
};

struct follow_ups;

int follow_ups_new(struct follow_ups **ret);
struct follow_ups *follow_ups_free(struct follow_ups *follow_ups);
DEFINE_CLEANUP(struct follow_ups *, follow_ups_free);

/* The part had output in that session, until at_usec. */
int follow_ups_treated(struct follow_ups *follow_ups, uid_t runner, unsigned session,
        const struct follow_up_part *part, uint64_t at_usec);
int follow_ups_said(struct follow_ups *follow_ups, uid_t runner, unsigned session,
        enum follow_up_occasion occasion, unsigned score, uint64_t at_usec);
/* The session (0: every session) is over: questions about it may open. */
void follow_ups_over(struct follow_ups *follow_ups, unsigned session);
int follow_ups_set_lowered(struct follow_ups *follow_ups, uid_t runner, const struct follow_up_part *part,
        unsigned lowered, uint64_t at_usec);

/* The newest open question to that runner, or false. */
bool follow_ups_question(const struct follow_ups *follow_ups, uid_t runner, uint64_t now_usec,
        struct follow_up_question *ret);
/* -ENOENT: not an open question. */
int follow_ups_answer(struct follow_ups *follow_ups, uid_t runner, unsigned session,
        enum follow_up_occasion occasion, unsigned score, uint64_t now_usec, struct follow_up_result *ret);
/* Levels by which the target is lowered there. */
unsigned follow_ups_lowered(
        const struct follow_ups *follow_ups, uid_t runner, const struct zone *zone, enum side side);
/* When the next question opens, and to whom; USEC_INFINITY: never. */
uint64_t follow_ups_next(const struct follow_ups *follow_ups, uint64_t now_usec, uid_t *ret_runner);

/* The first such hour of a local day that is long enough after ended_usec. */
uint64_t follow_up_morning_after(uint64_t ended_usec);

const char *follow_up_occasion_to_string(enum follow_up_occasion occasion) _const_;
/* _FOLLOW_UP_OCCASION_MAX for an unknown word. */
enum follow_up_occasion follow_up_occasion_from_string(const char *name) _pure_;
