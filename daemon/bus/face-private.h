/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bus/authorise.h"
#include "daemon/bus/face.h"
#include "daemon/bus/quota.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"

#define FACE_PATH_MAX 128u
#define FACE_HELD_MAX 32u

/* A property change that is told once, at the end of the loop turn or of a stop. */
struct face_change {
        struct face_change *next;
        const char *interface;
        char path[FACE_PATH_MAX];
};

/* What a fallback vtable's handlers get: valid for one call. */
struct face_object {
        struct face *face;
        struct device *device;
        struct session *session;
        const struct routine *routine;
};

/* Somebody waits for a Connect() of theirs. */
struct face_waiter {
        struct face_waiter *next;
        sd_bus_message *message;
        const struct device *device;
};

struct face {
        struct face_settings settings;
        struct face_object object;
        struct face_change *changes;
        struct face_waiter *waiters;
        struct clock_timer *flush;
        uint64_t hold_usec; /* signals wait until then */
        sd_bus_message *held[FACE_HELD_MAX];
        unsigned n_held;
        sd_bus_message *reload_message;
        struct authority authority;
        struct quota quota;
        sd_bus_slot *gone_slot;
};

/* Marks all changing properties of an object as changed. */
void face_changed(struct face *face, const char *path, const char *interface);
/* Sends a signal, after the properties that it speaks of; both wait for a moment where a stop is on its way. */
void face_tell(struct face *face, sd_bus_message *m);

const char *face_device_path(const struct device *device, char path[static FACE_PATH_MAX]);
const char *face_session_path(const struct session *session, char path[static FACE_PATH_MAX]);
const char *face_routine_path(const struct routine *routine, char path[static FACE_PATH_MAX]);
struct device *face_device_by_path(const struct face *face, const char *path);

/* Makes face->object the object at path. */
bool face_find_device(struct face *face, const char *path);
bool face_find_session(struct face *face, const char *path);
bool face_find_routine(struct face *face, const char *path);
bool face_find_runner(struct face *face, const char *path);
/* Properties of ".../runner/self", which are the caller's: answered here, since who that is may have to be asked first. */
bool face_is_runner_self(sd_bus_message *m);
int face_runner_self(sd_bus_message *m, void *userdata, sd_bus_error *error);

int face_attach_manager(struct face *face);
int face_attach_devices(struct face *face);
int face_attach_sessions(struct face *face);
int face_attach_routines(struct face *face);
int face_attach_runners(struct face *face);
/* An errno with the sentence of the model (freed here), as a D-Bus error. Returns the errno. */
int face_error(sd_bus_error *error, int r, char *sentence);
/* Error name of an errno, or NULL. */
const char *face_error_name(int error);

/* Manager.History and Manager.HistoryEvents. */
int face_history(sd_bus_message *m, void *userdata, sd_bus_error *error);
int face_history_events(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* Manager.Questions and Manager.AnswerQuestion; and that one opened. */
int face_questions(sd_bus_message *m, void *userdata, sd_bus_error *error);
int face_answer_question(sd_bus_message *m, void *userdata, sd_bus_error *error);
void face_question(uid_t runner, const struct feeling_question *question, void *userdata);

/* One {sv} of a dictionary that is open; type and arguments as of sd_bus_message_append(). */
int face_append_entry(sd_bus_message *m, const char *name, const char *type, ...);

extern const struct session_handler face_session_handler;
void face_device_connected(struct device *device, int error, const char *sentence, void *userdata);
