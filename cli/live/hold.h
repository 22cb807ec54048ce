/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs a session from the command line: starts or resumes it, arms it when somebody is present, beats for it, shows
 * it, takes keys, and stops its output before this program ends for whatever reason. Watching is the same without
 * the beats. All of it is one loop without threads, so that a beat proves that keys are read and the screen is
 * drawn. */

#include "cli/bus/client.h"

enum hold_mode {
        HOLD_START,
        HOLD_RESUME,
        HOLD_FOLLOW,
};

/* start is the call of StartRoutine for HOLD_START, which is sent once everything listens; path is the session for
 * the others. Returns an enum limber_exit. */
int hold_run(struct client *client, enum hold_mode mode, sd_bus_message *start, const char *path);
