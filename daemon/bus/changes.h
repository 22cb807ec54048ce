/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tracks which properties changed. Objects are marked on every change; later one PropertiesChanged each is sent, with the
 * values that differ from those last sent. The flags of the vtable decide how a property is signalled: what is somebody's own is
 * announced as invalid, and its holder gets a signal of their own. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

#define BUS_PATH_MAX 128u
/* Objects whose last values are kept; beyond that, all values are sent. */
#define BUS_CHANGES_MAX 256u

struct bus_changes;

struct bus_changes_settings {
        sd_bus *bus;
        /* The vtable of an object and the userdata of its handlers, or NULL when it is gone. */
        const sd_bus_vtable *(*find)(
                const char *path, const char *interface, void **ret_object, void *userdata);
        /* Getters give everything, or what everybody may read. */
        void (*read_private)(bool read, void *userdata);
        /* Unique name of the client that gets all values of an object, those that others are only told to be invalid (flag
         * EMITS_INVALIDATION) among them; NULL: nobody. */
        const char *(*holder)(const char *path, const char *interface, void *userdata);
        void *userdata;
};

int bus_changes_new(const struct bus_changes_settings *settings, struct bus_changes **ret);
struct bus_changes *bus_changes_free(struct bus_changes *changes);
DEFINE_CLEANUP(struct bus_changes *, bus_changes_free);

/* interface is not copied. */
void bus_changes_mark(struct bus_changes *changes, const char *path, const char *interface);
/* A client reads properties, possibly ones that are not sent yet. If they change back before the next signal, comparing with
 * the last sent values would miss it, so the next change sends all values. */
void bus_changes_read(struct bus_changes *changes);
void bus_changes_forget(struct bus_changes *changes, const char *path);
void bus_changes_send(struct bus_changes *changes);
