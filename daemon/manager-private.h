/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of the manager: manager.c wires, manager-devices.c knows the devices, manager-start.c makes sessions. */

#include "daemon/manager.h"

struct manager {
        struct manager_settings settings;
        struct radio *radio;
        struct library *library;
        struct rejects store_rejects;
        struct device **devices;
        unsigned n_devices;
        struct session *sessions[MANAGER_SESSIONS_MAX];
        uint64_t session_ended_usec[MANAGER_SESSIONS_MAX];
        unsigned last_session;
        struct clock_timer *sweep_timer; /* removes ended sessions */
        struct clock_timer *scan_timer;
        struct dose_book *doses; /* REQ12, REQ16 */
        bool library_seen;
};

extern const struct device_handler manager_device_handler;
extern const struct session_handler manager_session_handler;

_printf_(3, 4) int manager_refuse(char **ret_sentence, int error, const char *format, ...);
/* Removes the session that has been over for longest; its slot, or MANAGER_SESSIONS_MAX when none is over. */
unsigned manager_evict_ended(struct manager *manager);
bool manager_session_is_live(const struct session *session);

/* manager-devices.c */
void manager_take_stored(struct manager *manager);
void manager_recover_armed(struct manager *manager);
void manager_drop_devices(struct manager *manager);
