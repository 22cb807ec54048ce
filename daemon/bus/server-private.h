/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bus/append.h"
#include "daemon/bus/arguments.h"
#include "daemon/bus/authorise.h"
#include "daemon/bus/changes.h"
#include "daemon/bus/interfaces.h"
#include "daemon/bus/quota.h"
#include "daemon/bus/read.h"
#include "daemon/bus/server.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"

#define BUS_HELD_MAX 32u
#define BUS_FOLDERS_MAX 8u
/* Calls of StartRoutine that wait while limberd starts. */
#define BUS_STARTS_MAX 8u
/* Texts that are checked at a time, at most one for each user. */
#define BUS_CHECKS_MAX 2u
/* Questions about the history that are answered at a time, and those of one user. */
#define BUS_ASKERS_MAX 6u
#define BUS_ASKERS_USER_MAX 2u

/* Userdata of a fallback vtable's handlers: valid for one call. */
struct bus_object {
        struct bus_server *server;
        struct device *device;
        struct session *session;
        const struct routine *routine;
};

/* A kind of object on the bus. Each *-bus.c has one; interfaces.c lists them. */
struct bus_interface {
        const char *name;
        const char *path; /* of the single object, or of the folder of all */
        const sd_bus_vtable *vtable;
        /* Returns the userdata for the object at path; NULL when there is none. */
        void *(*find)(struct bus_server *server, const char *path);
        /* The path of object i, NULL past the last; itself NULL for a single object. */
        const char *(*path_at)(struct bus_server *server, unsigned i, char path[static BUS_PATH_MAX]);
        bool hidden; /* which there are is not for everybody (read.h) */
};

extern const struct bus_interface bus_manager_interface, bus_device_interface, bus_session_interface,
        bus_routine_interface, bus_runner_interface;

/* The folder that lists the objects of an interface. */
struct bus_folder {
        struct bus_server *server;
        const struct bus_interface *interface;
};

/* A client waits for its Connect() or Disconnect(). */
struct bus_waiter {
        struct bus_waiter *next;
        bool leaving;
        sd_bus_message *message;
        struct device *device;
};

struct bus_server {
        struct bus_server_settings settings;
        struct bus_folder folders[BUS_FOLDERS_MAX];
        unsigned n_folders;
        struct bus_object object;
        struct bus_changes *changes;
        struct bus_waiter *waiters;
        struct clock_timer *flush;
        uint64_t hold_usec; /* signals are held back until then */
        sd_bus_message *held[BUS_HELD_MAX];
        unsigned n_held;
        sd_bus_message *reload_message;
        sd_bus_message *starts[BUS_STARTS_MAX]; /* calls that wait until the routines are read */
        unsigned n_starts;
        uid_t askers[BUS_ASKERS_MAX]; /* for whom the history is being read */
        unsigned n_askers;
        uid_t checkers[BUS_CHECKS_MAX]; /* whose texts are being checked */
        unsigned n_checks;
        bool reads_private; /* getters give what is somebody's own */
        struct authority authority;
        struct quota connections, users;
        sd_bus_slot *gone_slot;
};

/* Marks an object: one signal with its changes follows soon. */
void bus_server_changed(struct bus_server *server, const char *path, const char *interface);
/* An object was added, or is about to be removed. */
void bus_server_added(struct bus_server *server, const char *path);
void bus_server_removed(struct bus_server *server, const char *path);
/* Sends a signal, after the property changes it refers to; both are held back while a stop is going out. */
void bus_server_tell(struct bus_server *server, sd_bus_message *m);

const char *bus_device_path(const struct device *device, char path[static BUS_PATH_MAX]);
const char *bus_session_path(const struct session *session, char path[static BUS_PATH_MAX]);
struct device *bus_server_device_by_path(const struct bus_server *server, const char *path);

/* Properties of ".../runner/self", which are those of the caller: answered here, since the bus may have to be asked who that
 * is. */
bool bus_is_runner_self(sd_bus_message *m);
int bus_runner_self(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* Turns an errno and the sentence of the model (freed here) into a D-Bus error. Returns the errno. */
int bus_error_set(sd_bus_error *error, int r, char *sentence);
/* Error name of an errno, or NULL. */
const char *bus_error_name(int error);

/* It has percussion. */
static inline bool bus_routine_moves(const struct routine *routine) {
        for (unsigned i = 0; i < routine->n_roles; i++)
                if (routine->roles[i].kind == ROLE_PERCUSSION)
                        return true;
        return false;
}

/* By the settings: percussion alone. */
static inline bool bus_may_run_unattended(
        const struct bus_server *server, const struct routine *routine, uid_t user) {
        for (unsigned i = 0; i < routine->n_roles; i++)
                if (routine->roles[i].kind != ROLE_PERCUSSION)
                        return false;
        return server->settings.unattended &&
               server->settings.unattended(user, routine->id, server->settings.userdata);
}

/* Handles a call that waited from its beginning: its object may be gone by now. */
void bus_server_handle_again(struct bus_server *server, sd_bus_message *m);

/* org.freedesktop.LogControl1. */
int bus_add_log(struct bus_server *server);
bool bus_is_log_setting(sd_bus_message *m);
int bus_set_log(struct bus_server *server, sd_bus_message *m, sd_bus_error *error);

/* Manager.CheckRoutine. */
int bus_server_check_routine(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* Manager.History and Manager.HistoryEvents. */
int bus_server_history(sd_bus_message *m, void *userdata, sd_bus_error *error);
int bus_server_history_events(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* Manager.Rests. */
int bus_server_rests(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* Manager.Questions and Manager.AnswerQuestion; and the signal for a new question. */
int bus_server_questions(sd_bus_message *m, void *userdata, sd_bus_error *error);
int bus_server_answer_question(sd_bus_message *m, void *userdata, sd_bus_error *error);
void bus_server_question(uid_t runner, const struct follow_up_question *question, void *userdata);

extern const struct session_handler bus_session_handler;
void bus_device_connected(struct device *device, int error, const char *sentence, void *userdata);
void bus_device_disconnected(struct device *device, int error, const char *sentence, void *userdata);
/* That client left the bus: abandons what only it was waiting for. */
void bus_waiters_gone(struct bus_server *server, const char *name);
