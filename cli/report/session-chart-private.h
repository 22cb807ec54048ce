/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The part of cli/report/session-chart.h that computes levels: which channel belongs to which step, and when it goes to zero
 * without an event. For cli/session-chart*.c only. */

#include "cli/report/session-chart.h"

struct chart_builder {
        struct session_chart *chart;
        const struct objects *objects;
        uint64_t now;                  /* time of the current event */
        size_t foreground, background; /* current steps, or CHART_NOTHING */
};

/* Advances to the time of the event: ends steps whose time is over. */
int levels_advance(struct chart_builder *b);
int levels_begin_step(struct chart_builder *b, const struct history_event_info *event);
int levels_set(struct chart_builder *b, const struct history_event_info *event);
int levels_count_dose(struct chart_builder *b, const struct history_event_info *event);
/* Output ends on one device, or (NULL) on all, which also suspends the steps. */
int levels_zero(struct chart_builder *b, const char *device);
/* Call after the last event. */
int levels_finish(struct chart_builder *b);
