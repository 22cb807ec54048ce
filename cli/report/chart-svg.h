/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The chart of a session as SVG inside an HTML page. It is as wide as there is room; only the curves are stretched, so that
 * text is as large on a telephone as on paper. What it means is also in words: a title and a description that name its
 * figures. Colours and patterns are those of cli/report/report-style.c. */

#include <stdio.h>

#include "cli/report/session-chart.h"

/* What the charts of a page refer to; once, before them. */
void chart_svg_patterns(FILE *f);
/* Asked and given of a channel, with the steps above it and the limits that acted below. */
void chart_svg_levels(
        const struct session_chart *chart, const struct objects *objects, size_t channel, FILE *f);
/* The scores where they were said; nothing when none was. */
void chart_svg_discomfort(const struct session_chart *chart, FILE *f);
/* What the marks in them mean: one line of HTML. */
void chart_svg_legend(const struct session_chart *chart, FILE *f);
