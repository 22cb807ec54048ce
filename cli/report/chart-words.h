/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The contents of a session's chart in words; for the terminal and for the report. */

#include "cli/report/session-chart.h"

#define CHART_WORDS_MAX 512

/* "gun, motor" */
const char *chart_channel_words(char buffer[static CHART_WORDS_MAX], const struct objects *objects,
        const struct chart_channel *channel);
/* "29.2 Hz" from thousandths. */
const char *chart_level(char buffer[static CHART_WORDS_MAX], int64_t level, const char *unit);
/* "left calf", or "no place". */
const char *chart_place(char buffer[static CHART_WORDS_MAX], const char *side, const char *zone);
/* "percussion", "e-stim" */
const char *chart_feature_words(const char *feature);
const char *chart_rule_words(const char *rule);
/* The occasion of a discomfort score: "before", "when asked" ...; "" when unknown. */
const char *chart_occasion_words(const char *occasion);
/* An event in one word for a label, and as a sentence with its cause. */
const char *chart_note_word(enum chart_note_kind kind) _const_;
const char *chart_note_words(char buffer[static CHART_WORDS_MAX], const struct chart_note *note);
/* "0:05-3:10", from the first to the last. */
const char *chart_sum_times(char buffer[static CHART_WORDS_MAX], const struct chart_limit_sum *sum);
/* Interval of the marks on a time axis of that length, with at most at_most marks. */
uint64_t chart_tick_usec(uint64_t length, unsigned at_most);
