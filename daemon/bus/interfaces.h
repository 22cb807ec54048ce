/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The interfaces of limberd: one *-bus.c per kind of object, and the handler that turns events of the model into signals. */

#include "daemon/bus/server.h"

/* All of them, for bus_server_settings; NULL-terminated. */
extern const struct bus_interface *const bus_interfaces[];
/* The manager's handler; userdata is the bus server. */
extern const struct manager_handler bus_manager_handler;

/* The routines have been read for the first time: calls that waited for them are handled. */
void bus_loaded(struct bus_server *server);
/* The library is replaced, and with it the routine objects. Call one before and one after. */
void bus_routines_removed(struct bus_server *server);
void bus_routines_added(struct bus_server *server);
/* What is known of that runner changed. */
void bus_runner_changed(struct bus_server *server, uid_t uid);
/* Everything of that session up to seq is on the disk. */
void bus_recorded(struct bus_server *server, unsigned session, uint64_t seq);
/* Answers a pending Reload. complaint: the rest was read, but not all of the settings; NULL: they were, too. */
void bus_reloaded(struct bus_server *server, int error, const char *complaint);

/* For introspection by tests: vtable i. */
const sd_bus_vtable *bus_vtable_at(unsigned i, const char **ret_interface);
