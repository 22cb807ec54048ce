/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For cli/report*.c only. */

#include "cli/report/report.h"

/* The tables that say in figures what its charts show, and what has no chart. */
void report_write_tables(const struct report *report, const struct report_session *session, FILE *f);

/* "post-run-easy", with its title where limberd has it still. */
const char *report_routine(
        char *buffer, size_t size, const struct report *report, const struct history_session_info *session);
/* "2026-11-21 07:05 UTC+01:00" */
const char *report_time(char *buffer, size_t size, uint64_t usec);
const char *report_runner(char *buffer, size_t size, const struct report_session *session);
/* How long it took, as far as that is known. */
const char *report_took(char *buffer, size_t size, const struct report_session *session);
/* Output was on, of all channels together: what zones and sides had, added up. */
uint64_t report_on_usec(const struct session_chart *chart);
