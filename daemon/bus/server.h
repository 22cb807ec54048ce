/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's side of the bus: takes calls to the objects of the interfaces it is given, has permission asked for, and sends
 * what changed. It knows no interface by itself and holds no state but what has still to be told. */

#include <systemd/sd-bus.h>

#include "daemon/manager/manager.h"

struct bus_server;
struct bus_interface;

struct bus_server_settings {
        sd_bus *bus;
        const struct bus_interface *const *interfaces; /* NULL ends them */
        struct clock *clock;
        struct manager *manager; /* set with bus_server_set_manager() when it is made later */
        struct radio *radio;
        const char *(*bluez_version)(const struct radio *radio);
        const char *history_path;
        bool simulated;
        /* Reads the folders again; answers through bus_reloaded(). */
        int (*reload)(void *userdata);
        int (*output)(struct device *device, bool on, void *userdata);
        void (*rested)(void *userdata);
        void *userdata;
};

int bus_server_new(const struct bus_server_settings *settings, struct bus_server **ret);
struct bus_server *bus_server_free(struct bus_server *server);
DEFINE_CLEANUP(struct bus_server *, bus_server_free);

void bus_server_set_manager(struct bus_server *server, struct manager *manager, struct radio *radio);
/* Puts the objects on the bus; the name is the caller's to take. */
int bus_server_attach(struct bus_server *server);
/* A stop goes out this moment: what there is to tell waits until it is through. */
void bus_server_hold(struct bus_server *server);
