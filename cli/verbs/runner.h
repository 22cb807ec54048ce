/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The runner of a command: the caller, with sudo the user who ran it, or the user of --for. */

#include "cli/bus/client.h"
#include "cli/bus/infos-runner.h"
#include "cli/bus/objects.h"

#define RUNNER_PATH_MAX 64

/* limber runs as root through sudo(8), so that limberd would keep as root's what was done to the user. False where everything is
 * simulated, and with --host, where the session is that of the user there. */
bool runner_is_behind_sudo(const struct client *client, const struct objects *objects);
/* Path of the object on the bus. Returns an enum limber_exit, after reporting the reason when it is not 0. */
int runner_path(struct client *client, char path[static RUNNER_PATH_MAX]);
/* Fetches what limberd knows of the runner. Returns likewise. */
int runner_fetch(struct client *client, const char *path, struct runner_info *ret);
/* Creates a method call to that runner's object. Returns negative errno. */
int runner_new_call(struct client *client, const char *path, const char *member, sd_bus_message **ret);
