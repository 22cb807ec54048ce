/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A session as figures over time, computed from limberd's history of it: requested and given levels, where and for how long,
 * the limits, discomfort, and interruptions. Times are microseconds since the session began, and never go back, even if the
 * machine's clock did. Texts point into the history_infos, which must outlive it; none is NULL. */

#include "cli/bus/infos-history.h"
#include "cli/bus/objects.h"

/* Valid until the next point. */
struct chart_point {
        uint64_t at;
        int64_t asked, given; /* in thousandths of the channel's unit */
};

struct chart_channel {
        const char *device, *feature, *unit;
        struct chart_point *points;
        size_t n_points;
        int64_t highest_asked, highest_given;
        uint64_t on_usec;
        size_t step, limit; /* current step and limit at the end of the points; CHART_NOTHING */
};

#define CHART_NOTHING SIZE_MAX

struct chart_step {
        uint64_t from, until;
        const char *title, *zone, *side;
        const char *feature;   /* "percussion", "estim"; "" for steps without output */
        uint64_t planned_usec; /* without lead-in; 0: open-ended */
        const char *unit;
        int64_t highest_asked, highest_given;
        uint64_t on_usec;
        /* Used while reading events: */
        uint64_t on_since, running_since, ran_usec;
        unsigned n_on; /* channels */
        bool running, over;
};

/* A part of the body, and its dose of one kind. */
struct chart_zone {
        const char *zone, *side, *feature, *unit;
        int64_t highest_given;
        uint64_t on_usec;    /* as counted by limberd, else computed from the levels */
        uint64_t drawn_usec; /* computed from the levels */
};

/* A period in which less was given than requested, because of one rule. */
struct chart_limit {
        size_t channel;
        const char *rule;
        uint64_t from, until;
        int64_t asked, given; /* where they differed most */
};

/* All limits with the same rule and channel: from the start of the first to the end of the last. */
struct chart_limit_sum {
        struct chart_limit limit;
        unsigned times;
        uint64_t usec; /* sum of all */
};

struct chart_say {
        uint64_t at;
        unsigned score;
        const char *occasion; /* "baseline", "asked", "unasked", "end", "morning", or "" */
        const char *words;
};

struct chart_question {
        uint64_t at, answered_at; /* 0: unanswered */
        const char *about;        /* "baseline", "discomfort", "offer"; "" for a question of the routine */
        const char *text, *answer;
        int score; /* the score, if answered by one, else -1 */
};

enum chart_note_kind {
        CHART_PAUSE, /* until it resumed, or the session's end */
        CHART_STOP,
        CHART_UNCONFIRMED,
        CHART_ALERT,
        CHART_EASED,
        CHART_REST,
        CHART_END,
};

struct chart_note {
        enum chart_note_kind kind;
        uint64_t at, until;
        const char *device, *zone, *side, *reason, *text;
};

struct session_chart {
        const struct history_session_info *session;
        uint64_t length; /* at least one second */
        bool ended;
        struct chart_channel *channels;
        size_t n_channels;
        struct chart_step *steps;
        size_t n_steps;
        struct chart_zone *zones;
        size_t n_zones;
        struct chart_limit *limits;
        size_t n_limits;
        struct chart_limit_sum *sums; /* ordinary ones last */
        size_t n_sums;
        struct chart_say *says;
        size_t n_says;
        struct chart_question *questions;
        size_t n_questions;
        struct chart_note *notes;
        size_t n_notes;
};

/* objects tells guns from pads, and may be NULL. -ENOMEM. */
int session_chart_new(const struct history_infos *infos, const struct history_session_info *session,
        const struct objects *objects, struct session_chart **ret);
struct session_chart *session_chart_free(struct session_chart *chart);
DEFINE_CLEANUP(struct session_chart *, session_chart_free);

/* The highest levels from one time until before another. */
void chart_channel_highest(const struct chart_channel *channel, uint64_t from, uint64_t until,
        int64_t *ret_asked, int64_t *ret_given);
/* A limit without information about the person or the device: every rise is slow, and every level is rounded. */
bool chart_rule_is_ordinary(const char *rule);
/* The score lies within the time of the chart, not on the next morning. */
bool chart_say_is_within(const struct session_chart *chart, const struct chart_say *say);
/* The highest score; -1: none. */
int session_chart_worst(const struct session_chart *chart);
