/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything the daemon has, fetched in one call, and the search in it for what a person typed. */

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
/* Reads the body of InterfacesAdded into objects that were zeroed or read before. Returns negative errno. */
int objects_read_added(sd_bus_message *m, struct objects *objects);
void objects_done(struct objects *objects);
struct objects *objects_free(struct objects *objects);
DEFINE_CLEANUP(struct objects *, objects_free);

/* One device by alias, address or name; says why and returns NULL when there is none, or more than one. */
const struct device_info *objects_find_device(const struct objects *objects, const char *word);
/* What a person calls the device of that address; the address itself where it is not known. objects may be NULL. */
const char *objects_device_called(const struct objects *objects, const char *address);
/* A routine by id ("_" and "-" are one), or NULL after saying which was probably meant. */
const struct routine_info *objects_find_routine(const struct objects *objects, const char *word);
/* The session of that number, or (number NULL) the only one that has not ended; NULL after saying why not. */
const struct session_info *objects_find_session(const struct objects *objects, const char *number);
