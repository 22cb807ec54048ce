/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sessions as one HTML page for a person who was not there: a therapist, or the runner weeks later. Self-contained, without
 * scripts. Texts of routines and devices are escaped. */

#include <stdio.h>

#include "cli/report/session-chart.h"

struct report_session {
        const struct history_session_info *session;
        const struct session_chart *chart;
        const char *runner; /* the user's name, NULL when unknown here */
};

struct report {
        const struct report_session *sessions; /* in display order */
        size_t n_sessions;
        const struct objects *objects; /* current state */
        uint64_t made_usec;            /* since the epoch */
};

void report_write(const struct report *report, FILE *f);
