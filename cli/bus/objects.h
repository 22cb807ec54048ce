/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All objects of the daemon, fetched in one call, and lookup by what a person typed. */

#include "cli/bus/infos.h"

struct objects {
        struct manager_info manager;
        struct device_info *devices;
        size_t n_devices;
        struct routine_info *routines;
        size_t n_routines;
        struct session_info *sessions;
        size_t n_sessions;
};

/* Reads the reply of GetManagedObjects. Returns negative errno. */
int objects_read(sd_bus_message *m, struct objects **ret);
/* Reads the body of InterfacesAdded into objects, which must be zeroed or read before. Returns negative errno. */
int objects_read_added(sd_bus_message *m, struct objects *objects);
void objects_done(struct objects *objects);
struct objects *objects_free(struct objects *objects);
DEFINE_CLEANUP(struct objects *, objects_free);

/* Finds one device by alias, address or name; reports and returns NULL when there is none, or more than one. */
const struct device_info *objects_find_device(const struct objects *objects, const char *word);
/* Label of the device with that address; the address itself when unknown. objects may be NULL. */
const char *objects_device_called(const struct objects *objects, const char *address);
/* A routine by id ("_" and "-" are equal), or NULL after suggesting the nearest id. */
const struct routine_info *objects_find_routine(const struct objects *objects, const char *word);
/* The session of that number. number NULL: the only one that has not ended; if there are several, the caller's own; if those are
 * several, the one of them with output. The second function prefers a session with output to all others, also another user's.
 * NULL after reporting why there is none. */
const struct session_info *objects_find_session(const struct objects *objects, const char *number);
const struct session_info *objects_find_session_to_pause(const struct objects *objects, const char *number);
