/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs a session from the command line: starts or resumes it, arms it when somebody is present, sends beats, shows it,
 * handles keys, and stops its output before this program exits for any reason. Watching is the same without beats. All of it
 * is one loop without threads, so that a beat proves that keys are read and the screen is drawn. */

#include "cli/bus/client.h"

enum hold_mode {
        HOLD_START,
        HOLD_RESUME,
        HOLD_FOLLOW,
};

/* start is the StartRoutine call for HOLD_START, sent once all handlers are set up; path is the session in the other modes.
 * Returns an enum limber_exit; at a
 * terminal also -ETIME, with the reason said: limberd has to be told when the runner's last session was. */
int hold_run(struct client *client, enum hold_mode mode, sd_bus_message *start, const char *path);
