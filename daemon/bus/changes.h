/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which properties changed. Objects are marked as they change, as often as they like; later one PropertiesChanged each is sent,
 * with what differs from what was last sent. The flags of the vtable say how a property is told. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

#define BUS_PATH_MAX 128u
/* Objects whose last values are kept; of one more, all values are sent. */
#define BUS_CHANGES_MAX 256u

struct bus_changes;

struct bus_changes_settings {
        sd_bus *bus;
        /* The vtable of an object and what its handlers get, or NULL where it is gone. */
        const sd_bus_vtable *(*find)(
                const char *path, const char *interface, void **ret_object, void *userdata);
        void *userdata;
};

int bus_changes_new(const struct bus_changes_settings *settings, struct bus_changes **ret);
struct bus_changes *bus_changes_free(struct bus_changes *changes);
DEFINE_CLEANUP(struct bus_changes *, bus_changes_free);

/* interface is not copied. */
void bus_changes_mark(struct bus_changes *changes, const char *path, const char *interface);
/* Somebody reads properties, maybe of what is not sent yet: from what they saw to what was last sent may be a way back that
 * would not be told. What changes next is told whole. */
void bus_changes_read(struct bus_changes *changes);
void bus_changes_forget(struct bus_changes *changes, const char *path);
void bus_changes_send(struct bus_changes *changes);
