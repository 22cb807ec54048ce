/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* --control: a Unix stream socket that takes one command a line and answers each with one JSON line. It works while the
 * bus and bluetoothd are dead. */

#include <systemd/sd-event.h>

#include "lib/macros.h"

struct control;

/* Listens at path, in the place of a socket that nobody listens at any more. run makes the answer to a line, which is
 * freed. -EADDRINUSE: somebody listens there, or it is no socket. */
int control_new(sd_event *event, const char *path, char *(*run)(void *userdata, const char *line),
        void *userdata, struct control **ret);
struct control *control_free(struct control *control);
DEFINE_CLEANUP(struct control *, control_free);
