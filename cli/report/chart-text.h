/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The chart of a session in lines of text: a band over time for each channel, given levels solid and requested ones shaded
 * above, plus discomfort, interruptions, and the active limits. */

#include <stdio.h>

#include "cli/report/session-chart.h"

/* columns: maximum width. Prints nothing for a session without levels and discomfort. -ENOMEM. */
int chart_print(const struct session_chart *chart, const struct objects *objects, FILE *f, unsigned columns,
        bool colour);
