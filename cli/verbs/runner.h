/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The runner that a command is about: whoever types it, or the user of --for. */

#include "cli/bus/client.h"
#include "cli/bus/infos-runner.h"

#define RUNNER_PATH_MAX 64

/* Path of the object on the bus. Returns an enum limber_exit, after saying why when that is not 0. */
int runner_path(const struct options *options, char path[static RUNNER_PATH_MAX]);
/* What limberd knows of them. The same. */
int runner_fetch(struct client *client, const char *path, struct runner_info *ret);
/* A new call of that runner's object. Returns negative errno. */
int runner_new_call(struct client *client, const char *path, const char *member, sd_bus_message **ret);
