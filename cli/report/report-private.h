/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For cli/report*.c only. */

#include "cli/report/report.h"

/* The tables: the charts' figures, and data without a chart. */
void report_write_tables(const struct report *report, const struct report_session *session, FILE *f);

/* "post-run-easy", with its title if limberd still has it. */
const char *report_routine(
        char *buffer, size_t size, const struct report *report, const struct history_session_info *session);
/* "2026-11-21 07:05 UTC+01:00" */
const char *report_time(char *buffer, size_t size, uint64_t usec);
const char *report_runner(char *buffer, size_t size, const struct report_session *session);
/* Duration, as far as known. */
const char *report_took(char *buffer, size_t size, const struct report_session *session);
/* Output time of all channels together: the sum over zones and sides. */
uint64_t report_on_usec(const struct session_chart *chart);
