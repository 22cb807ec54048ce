/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ways to stop, from the most exact to the last. */

#include "cli/bus/client.h"

/* Stops one session or, when that fails, everything. Waits 300 ms for each at most and says nothing.
 * Returns 0, or the negative errno of the last try: then nobody knows whether output is off. */
int stop_session(struct client *client, const char *session_path);

/* Becomes limber-allstop, which needs no daemon. Returns, after saying what to do by hand, only when there is no
 * such program or the daemon is on another machine (an enum limber_exit). */
int stop_without_daemon(const struct options *options, const char *why);
