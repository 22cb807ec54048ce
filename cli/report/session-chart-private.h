/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The half of cli/report/session-chart.h that knows of levels: which channel belongs to which step, and when it goes to zero
 * though nothing says so. For cli/session-chart*.c only. */

#include "cli/report/session-chart.h"

struct chart_builder {
        struct session_chart *chart;
        const struct objects *objects;
        uint64_t now;                  /* of the event that is being read */
        size_t foreground, background; /* steps that are under way, CHART_NOTHING */
};

/* To the time of the event: steps whose time is over end. */
int levels_advance(struct chart_builder *b);
int levels_begin_step(struct chart_builder *b, const struct history_event_info *event);
int levels_set(struct chart_builder *b, const struct history_event_info *event);
int levels_count_dose(struct chart_builder *b, const struct history_event_info *event);
/* All output ends; of one device, or (NULL) of all, and then the steps stand still. */
int levels_zero(struct chart_builder *b, const char *device);
/* After the last event. */
int levels_finish(struct chart_builder *b);
