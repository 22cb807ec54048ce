/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to manager.c (wiring), manager-devices.c (devices), manager-keep.c (adding them) and manager-start.c (sessions). */

#include "daemon/manager/manager.h"

struct manager {
        struct manager_settings settings;
        struct manager_tuning tuning, next_tuning;
        struct radio *radio;
        struct library *library;
        struct rejects store_rejects;
        struct stored_device
                *orphans; /* stored devices without a definition, which may come with the next library */
        unsigned n_orphans;
        bool left_on; /* at the start there was an armed file of a device that is not known */
        struct device **devices;
        unsigned n_devices;
        struct session *sessions[MANAGER_SESSIONS_MAX];
        uint64_t session_ended_usec[MANAGER_SESSIONS_MAX];
        unsigned last_session;
        struct clock_timer *sweep_timer; /* removes ended sessions */
        struct clock_timer *scan_timer;
        struct dose_ledger *doses; /* REQ12, REQ16 */
        struct follow_ups *follow_ups;
        struct clock_timer *question_timer;
        uint64_t question_usec; /* when the next question opens, in wall time; 0: unknown */
        uid_t question_runner;
        bool library_seen;
        struct device_change *changes; /* being written to the disk */
};

extern const struct device_handler manager_device_handler;
extern const struct session_handler manager_session_handler;

_printf_(3, 4) int manager_refuse(char **ret_sentence, int error, const char *format, ...);
/* Lets the tuning take effect, where no session has begun. */
void manager_tune(struct manager *manager);
/* The only place where a manager reads wall time. */
uint64_t manager_wall(const struct manager *manager);
/* Makes room: removes the session that ended first or, when none has, the one that was staged first. Returns its slot, or
 * MANAGER_SESSIONS_MAX when all have begun. */
unsigned manager_evict(struct manager *manager);
bool manager_session_is_live(const struct session *session);

/* manager-calibrate.c */
void manager_session_calibrated(struct session *session, const struct session_marks *marks, void *userdata);

/* manager-follow-up.c */
int manager_make_follow_ups(struct manager *manager);
void manager_free_follow_ups(struct manager *manager);
void manager_feel_treated(struct manager *manager, const struct session *session, const struct stage *stage);
void manager_feel_over(struct manager *manager, const struct session *session);
/* As struct session_environment's. */
int manager_allows(const struct session *session, unsigned i, char **ret_sentence, void *userdata);
unsigned manager_lowered(uid_t runner, const struct zone *zone, enum side side, void *userdata);

/* manager-devices.c */
/* What is stored of the devices that were added; n of them. The caller frees it. NULL: none, or no memory. */
struct stored_device *manager_list_stored(const struct manager *manager, unsigned *ret_n);
void manager_take_stored(struct manager *manager, const struct stored_device *stored, unsigned n);
void manager_recover_armed(struct manager *manager);
/* Something that is not known here was left on, and nothing stopped it since. */
bool manager_left_on(const struct manager *manager);
void manager_drop_devices(struct manager *manager);
void manager_remove_device(struct manager *manager, struct device *device);
/* Not in use by anybody. */
bool manager_device_is_idle(const struct device *device);
/* Removes a device that nobody needs and that is out of sight, or is only known because its model was chosen. */
void manager_drop_if_gone(struct manager *manager, struct device *device);
void manager_fill_stored(struct stored_device *stored, const struct device *device, const char *alias);
void manager_take_one_stored(struct manager *manager, const struct stored_device *stored);

/* manager-keep.c */
/* It is being written to the store: whoever adds it will be told that it is there. */
bool manager_is_adding(const struct manager *manager, const struct device *device);
