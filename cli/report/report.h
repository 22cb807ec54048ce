/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sessions as one HTML page for a person who was not there: a therapist, or the runner weeks later. It holds everything it
 * shows, and nothing in it runs. Texts of routines and devices come out as text. */

#include <stdio.h>

#include "cli/report/session-chart.h"

struct report_session {
        const struct history_session_info *session;
        const struct session_chart *chart;
        const char *runner; /* the user's name, NULL when it is not known here */
};

struct report {
        const struct report_session *sessions; /* in the order in which they are shown */
        size_t n_sessions;
        const struct objects *objects; /* as they are now */
        uint64_t made_usec;            /* since the epoch */
};

void report_write(const struct report *report, FILE *f);
