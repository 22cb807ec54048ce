/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bus/append.h"
#include "daemon/bus/authorise.h"
#include "daemon/bus/quota.h"
#include "daemon/bus/server.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"

#define BUS_PATH_MAX 128u
#define BUS_HELD_MAX 32u

/* A property change that is told once, at the end of the loop turn or of a stop. */
struct bus_change {
        struct bus_change *next;
        const char *interface;
        char path[BUS_PATH_MAX];
};

/* What a fallback vtable's handlers get: valid for one call. */
struct bus_object {
        struct bus_server *server;
        struct device *device;
        struct session *session;
        const struct routine *routine;
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
        struct bus_object object;
        struct bus_change *changes;
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

/* Marks all changing properties of an object as changed. */
void bus_server_changed(struct bus_server *server, const char *path, const char *interface);
/* Sends a signal, after the properties that it speaks of; both wait for a moment where a stop is on its way. */
void bus_server_tell(struct bus_server *server, sd_bus_message *m);

const char *bus_device_path(const struct device *device, char path[static BUS_PATH_MAX]);
const char *bus_session_path(const struct session *session, char path[static BUS_PATH_MAX]);
const char *bus_routine_path(const struct routine *routine, char path[static BUS_PATH_MAX]);
struct device *bus_server_device_by_path(const struct bus_server *server, const char *path);

/* Makes server->object the object at path. */
bool bus_server_find_device(struct bus_server *server, const char *path);
bool bus_server_find_session(struct bus_server *server, const char *path);
bool bus_server_find_routine(struct bus_server *server, const char *path);
bool bus_server_find_runner(struct bus_server *server, const char *path);
/* Properties of ".../runner/self", which are the caller's: answered here, since who that is may have to be asked first. */
bool bus_server_is_runner_self(sd_bus_message *m);
int bus_server_runner_self(sd_bus_message *m, void *userdata, sd_bus_error *error);

int bus_server_attach_manager(struct bus_server *server);
int bus_server_attach_devices(struct bus_server *server);
int bus_server_attach_sessions(struct bus_server *server);
int bus_server_attach_routines(struct bus_server *server);
int bus_server_attach_runners(struct bus_server *server);
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

extern const struct session_handler bus_server_session_handler;
void bus_server_device_connected(struct device *device, int error, const char *sentence, void *userdata);
void bus_server_device_disconnected(struct device *device, int error, const char *sentence, void *userdata);
/* That client left the bus: what it alone waited for is not gone on with. */
void bus_server_waiters_gone(struct bus_server *server, const char *name);
