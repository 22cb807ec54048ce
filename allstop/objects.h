/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The properties of bluetoothd's objects that replaying needs, read from one reply. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

struct object {
        char *path;
        char address[18]; /* of an adapter or device, else "" */
        char address_type[8];
        char uuid[37]; /* of a service or characteristic, else "" */
        bool adapter, powered, connected, resolved;
};

struct objects {
        struct object *items;
        size_t n;
};

/* Reads a reply of GetManagedObjects. Negative errno. */
int objects_read(sd_bus_message *m, struct objects *ret);
void objects_done(struct objects *objects);

/* Where several adapters know the device: prefers one that is powered, then a linked one, then the adapter with that address
 * ("": any). NULL when there is none. */
const struct object *objects_device(
        const struct objects *objects, const char *address, const char *address_type, const char *adapter);
const struct object *objects_characteristic(const struct objects *objects, const char *device_path,
        const char *service, const char *characteristic);
