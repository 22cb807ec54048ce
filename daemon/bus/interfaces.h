/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What limberd has on the bus: the kinds of objects, one *-bus.c each, and how what happens in the model gets there. */

#include "daemon/bus/server.h"

/* All of them, for bus_server_settings; NULL ends them. */
extern const struct bus_interface *const bus_interfaces[];
/* What the manager reports to; userdata is the bus server. */
extern const struct manager_handler bus_manager_handler;

/* The library was exchanged: routine objects went and came. Call before and after. */
void bus_routines_removed(struct bus_server *server);
void bus_routines_added(struct bus_server *server);
/* Something else is known of that runner now. */
void bus_runner_changed(struct bus_server *server, uid_t uid);
/* Everything of that session up to seq is on the disk. */
void bus_recorded(struct bus_server *server, unsigned session, uint64_t seq);
/* Answers a pending Reload. */
void bus_reloaded(struct bus_server *server, int error);

/* For tests: one after the other, to be introspected. */
const sd_bus_vtable *bus_vtable_at(unsigned i, const char **ret_interface);
