/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading of what is somebody's own: the words and scores of a session, and who has answered the intake. Get, GetAll and
 * GetManagedObjects are answered here where they touch it, because who reads decides what is read, and the bus may have to be asked who
 * that is. Values are real for root, the holder of a session and its runner; empty, or what everybody may know, for all
 * others and in whatever sd-bus answers or sends by itself. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

struct bus_server;

/* The call reads something of that kind. */
bool bus_is_read(sd_bus_message *m);
/* 1: answered, or put aside and handled again; 0: there is nothing private in it, sd-bus answers. */
int bus_read(struct bus_server *server, sd_bus_message *m, sd_bus_error *error);
