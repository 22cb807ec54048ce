/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* limberd's end of the stop socket (lib/stop-socket.h): connecting stops everything. The stop happens before the connection is
 * even accepted, needs neither the bus nor memory, and reads nothing. */

#include <systemd/sd-event.h>

#include "lib/clock.h"
#include "lib/macros.h"

struct stop_socket_settings {
        sd_event *event;
        int64_t priority;
        struct clock *clock;
        const char *directory;
        unsigned (*stop)(void *userdata); /* returns the number of devices with a link */
        bool (*is_off)(void *userdata);   /* no device may be on any more */
        void *userdata;
};

struct stop_socket;

/* Listens at <directory>/stop, open to everybody. Replaces a socket left by an earlier daemon. */
int stop_socket_new(const struct stop_socket_settings *settings, struct stop_socket **ret);
/* is_off() may have changed. s may be NULL. */
void stop_socket_look(struct stop_socket *s);
struct stop_socket *stop_socket_free(struct stop_socket *s);
DEFINE_CLEANUP(struct stop_socket *, stop_socket_free);
