/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bus server of the daemon: one vtable file per kind of object (manager-bus.c, device-bus.c, session-bus.c,
 * routine-bus.c, runner-bus.c), and here what they share. It holds no state of its own but what has still to be told. */

#include <systemd/sd-bus.h>

#include "daemon/manager/manager.h"

struct bus_server;

struct bus_server_settings {
        sd_bus *bus;
        struct clock *clock;
        struct manager *manager; /* set with bus_server_set_manager() when it is made later */
        struct radio *radio;
        const char *(*bluez_version)(const struct radio *radio);
        const char *history_path;
        bool simulated;
        /* Reads the folders again; answers through bus_server_reloaded(). */
        int (*reload)(void *userdata);
        int (*output)(struct device *device, bool on, void *userdata);
        void *userdata;
};

int bus_server_new(const struct bus_server_settings *settings, struct bus_server **ret);
struct bus_server *bus_server_free(struct bus_server *server);
DEFINE_CLEANUP(struct bus_server *, bus_server_free);

void bus_server_set_manager(struct bus_server *server, struct manager *manager, struct radio *radio);
/* Puts the objects on the bus; the name is the caller's to take. */
int bus_server_attach(struct bus_server *server);
/* What a manager made for this server reports to; userdata is the server. */
extern const struct manager_handler bus_server_manager_handler;

/* The library was exchanged: routine objects went and came. Call before and after. */
void bus_server_routines_removed(struct bus_server *server);
void bus_server_routines_added(struct bus_server *server);
/* Something else is known of that runner now. */
void bus_server_runner_changed(struct bus_server *server, uid_t uid);
/* Everything of that session up to seq is on the disk. */
void bus_server_recorded(struct bus_server *server, unsigned session, uint64_t seq);
/* A stop goes out this moment: what there is to tell waits until it is through. */
void bus_server_hold(struct bus_server *server);
/* Answers a pending Reload. */
void bus_server_reloaded(struct bus_server *server, int error);

/* For tests: the vtables without a manager, to be introspected. */
extern const sd_bus_vtable manager_vtable[], device_vtable[], session_vtable[], routine_vtable[],
        runner_vtable[];
