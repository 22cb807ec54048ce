/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* --control: a Unix stream socket that takes one command per line and answers each with one JSON line. Works independently
 * of the bus and bluetoothd. */

#include <systemd/sd-event.h>

#include "lib/macros.h"

struct control;

/* Listens at path, replacing a stale socket. run returns the answer to a line; it is freed. -EADDRINUSE: another process
 * listens there, or path is no socket. */
int control_new(sd_event *event, const char *path, char *(*run)(void *userdata, const char *line),
        void *userdata, struct control **ret);
struct control *control_free(struct control *control);
DEFINE_CLEANUP(struct control *, control_free);
