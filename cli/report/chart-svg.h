/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The chart of a session as SVG inside an HTML page. It fills the width; only the curves are stretched, so that text has the
 * same size on a phone and on paper. A title and a description give its figures in words. Colours and patterns are those of
 * cli/report/report-style.c. */

#include <stdio.h>

#include "cli/report/session-chart.h"

/* Definitions used by the charts of a page; once, before them. */
void chart_svg_patterns(FILE *f);
/* Requested and given levels of a channel, with the steps above and the active limits below. */
void chart_svg_levels(
        const struct session_chart *chart, const struct objects *objects, size_t channel, FILE *f);
/* The scores over time; nothing when there are none. */
void chart_svg_discomfort(const struct session_chart *chart, FILE *f);
/* The legend of the marks: one line of HTML. */
void chart_svg_legend(const struct session_chart *chart, FILE *f);
