/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The few facts of bluetoothd's objects that replaying needs, read from one reply. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

struct object {
        char *path;
        char address[18]; /* of a device, else "" */
        char uuid[37];    /* of a service or characteristic, else "" */
        bool connected, resolved;
};

struct objects {
        struct object *items;
        size_t n;
};

/* Reads a reply of GetManagedObjects. Negative errno. */
int objects_read(sd_bus_message *m, struct objects *ret);
void objects_done(struct objects *objects);

/* NULL when there is none. */
const struct object *objects_device(const struct objects *objects, const char *address);
const struct object *objects_characteristic(const struct objects *objects, const char *device_path,
        const char *service, const char *characteristic);
