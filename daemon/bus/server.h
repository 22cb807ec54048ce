/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's side of the bus: dispatches calls to the objects of the interfaces it is given, has them authorised, and
 * sends changes. It holds what is on its way: signals not sent yet, calls that wait for something, and how much each caller
 * has asked for. */

#include <systemd/sd-bus.h>

#include "daemon/manager/manager.h"

struct bus_server;
struct bus_interface;

struct bus_server_settings {
        sd_bus *bus;
        const struct bus_interface *const *interfaces; /* NULL-terminated */
        struct clock *clock;
        struct manager *manager; /* or set later by bus_server_set_manager() */
        struct radio *radio;
        const char *(*bluez_version)(const struct radio *radio);
        const char *history_path;
        const char *parser; /* limber-parse */
        bool simulated;
        bool loading; /* the routines come later, with bus_loaded() */
        /* Reads the folders again; answers through bus_reloaded(). */
        int (*reload)(void *userdata);
        int (*output)(struct device *device, bool on, void *userdata);
        void (*rested)(void *userdata);
        /* The owner lets that user start that routine with nobody logged in. May be NULL. */
        bool (*unattended)(uid_t user, const char *routine, void *userdata);
        void *userdata;
};

int bus_server_new(const struct bus_server_settings *settings, struct bus_server **ret);
struct bus_server *bus_server_free(struct bus_server *server);
DEFINE_CLEANUP(struct bus_server *, bus_server_free);

void bus_server_set_manager(struct bus_server *server, struct manager *manager, struct radio *radio);
/* Puts the objects on the bus; the caller acquires the name. */
int bus_server_attach(struct bus_server *server);
/* A stop is going out: holds signals back until it is through. */
void bus_server_hold(struct bus_server *server);
