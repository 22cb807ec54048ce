/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bus face of the daemon: one vtable file per kind of object (manager-bus.c, device-bus.c, session-bus.c,
 * routine-bus.c, runner-bus.c), and here what they share. It holds no state of its own but what has still to be told. */

#include <systemd/sd-bus.h>

#include "daemon/manager/manager.h"

struct face;

struct face_settings {
        sd_bus *bus;
        struct clock *clock;
        struct manager *manager; /* set with face_set_manager() when it is made later */
        struct radio *radio;
        const char *(*bluez_version)(const struct radio *radio);
        const char *history_path;
        bool simulated;
        /* Reads the folders again; answers through face_reloaded(). */
        int (*reload)(void *userdata);
        int (*output)(struct device *device, bool on, void *userdata);
        void *userdata;
};

int face_new(const struct face_settings *settings, struct face **ret);
struct face *face_free(struct face *face);
DEFINE_CLEANUP(struct face *, face_free);

void face_set_manager(struct face *face, struct manager *manager, struct radio *radio);
/* Puts the objects on the bus; the name is the caller's to take. */
int face_attach(struct face *face);
/* What a manager made for this face reports to; userdata is the face. */
extern const struct manager_handler face_manager_handler;

/* The library was exchanged: routine objects went and came. Call before and after. */
void face_routines_removed(struct face *face);
void face_routines_added(struct face *face);
/* Something else is known of that runner now. */
void face_runner_changed(struct face *face, uid_t uid);
/* Everything of that session up to seq is on the disk. */
void face_recorded(struct face *face, unsigned session, uint64_t seq);
/* A stop goes out this moment: what there is to tell waits until it is through. */
void face_hold(struct face *face);
/* Answers a pending Reload. */
void face_reloaded(struct face *face, int error);

/* For tests: the vtables without a manager, to be introspected. */
extern const sd_bus_vtable manager_vtable[], device_vtable[], session_vtable[], routine_vtable[],
        runner_vtable[];
