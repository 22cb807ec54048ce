/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bus/append.h"
#include "daemon/bus/authorise.h"
#include "daemon/bus/changes.h"
#include "daemon/bus/interfaces.h"
#include "daemon/bus/quota.h"
#include "daemon/bus/server.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"

#define BUS_HELD_MAX 32u
#define BUS_FOLDERS_MAX 8u

/* What a fallback vtable's handlers get: valid for one call. */
struct bus_object {
        struct bus_server *server;
        struct device *device;
        struct session *session;
        const struct routine *routine;
};

/* A kind of object on the bus. Each *-bus.c has one; interfaces.c lists them. */
struct bus_interface {
        const char *name;
        const char *path; /* of the one object, or of the folder of all */
        const sd_bus_vtable *vtable;
        /* What handlers get for the object at path; NULL when there is none. */
        void *(*find)(struct bus_server *server, const char *path);
        /* The path of object i, NULL behind the last; itself NULL where there is one object. */
        const char *(*path_at)(struct bus_server *server, unsigned i, char path[static BUS_PATH_MAX]);
};

extern const struct bus_interface bus_manager_interface, bus_device_interface, bus_session_interface,
        bus_routine_interface, bus_runner_interface;

/* Where the objects of an interface are listed. */
struct bus_folder {
        struct bus_server *server;
        const struct bus_interface *interface;
};

/* Somebody waits for a Connect() or Disconnect() of theirs. */
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
        uint64_t hold_usec; /* signals wait until then */
        sd_bus_message *held[BUS_HELD_MAX];
        unsigned n_held;
        sd_bus_message *reload_message;
        struct authority authority;
        struct quota quota;
        sd_bus_slot *gone_slot;
};

/* Marks an object: what changed of it is told soon, once. */
void bus_server_changed(struct bus_server *server, const char *path, const char *interface);
/* An object came, or goes this moment. */
void bus_server_added(struct bus_server *server, const char *path);
void bus_server_removed(struct bus_server *server, const char *path);
/* Sends a signal, after the properties that it speaks of; both wait for a moment where a stop is on its way. */
void bus_server_tell(struct bus_server *server, sd_bus_message *m);

const char *bus_device_path(const struct device *device, char path[static BUS_PATH_MAX]);
const char *bus_session_path(const struct session *session, char path[static BUS_PATH_MAX]);
struct device *bus_server_device_by_path(const struct bus_server *server, const char *path);

/* Properties of ".../runner/self", which are the caller's: answered here, since who that is may have to be asked first. */
bool bus_is_runner_self(sd_bus_message *m);
int bus_runner_self(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* An errno with the sentence of the model (freed here), as a D-Bus error. Returns the errno. */
int bus_error_set(sd_bus_error *error, int r, char *sentence);
/* Error name of an errno, or NULL. */
const char *bus_error_name(int error);

/* Manager.History and Manager.HistoryEvents. */
int bus_server_history(sd_bus_message *m, void *userdata, sd_bus_error *error);
int bus_server_history_events(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* Manager.Questions and Manager.AnswerQuestion; and that one opened. */
int bus_server_questions(sd_bus_message *m, void *userdata, sd_bus_error *error);
int bus_server_answer_question(sd_bus_message *m, void *userdata, sd_bus_error *error);
void bus_server_question(uid_t runner, const struct feeling_question *question, void *userdata);

extern const struct session_handler bus_session_handler;
void bus_device_connected(struct device *device, int error, const char *sentence, void *userdata);
void bus_device_disconnected(struct device *device, int error, const char *sentence, void *userdata);
/* That client left the bus: what it alone waited for is not gone on with. */
void bus_waiters_gone(struct bus_server *server, const char *name);
