/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ways to stop, from the most specific to the last resort. */

#include "cli/bus/client.h"

/* Stops one session or, when that fails, everything. Waits at most 300 ms for each and reports nothing. Returns 0, or the
 * negative errno of the last attempt: it is then unknown whether output is off. */
int stop_session(struct client *client, const char *session_path);

/* Executes limber-allstop, which needs no daemon. Returns, after saying what to do by hand, only when that program is
 * missing or the daemon is on another machine (an enum limber_exit). */
int stop_without_daemon(const struct options *options, const char *why);
/* Runs limber-allstop and returns when it is done: LIMBER_EXIT_STOPPED where the stop was sent to all, else LIMBER_EXIT_NOT_CONFIRMED,
 * which was said. For callers that go on afterwards, and whose own exit status 0 means that a routine is complete. */
int stop_by_allstop(const struct options *options, const char *why);
