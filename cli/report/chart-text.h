/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The chart of a session in lines of text: a band over time for each channel, given solid and asked as the shade above it,
 * what was said of discomfort, what interrupted it, and the limits that acted. */

#include <stdio.h>

#include "cli/report/session-chart.h"

/* columns: how wide it may be. Nothing is printed of a session without levels and words. -ENOMEM. */
int chart_print(const struct session_chart *chart, const struct objects *objects, FILE *f, unsigned columns,
        bool colour);
