/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Follows one session over the bus: keeps its properties and those of its devices, and turns changes into events. Ignores
 * messages from anybody but the daemon, since any local user may send a signal to us. */

#include <systemd/sd-event.h>

#include "cli/bus/client.h"

enum watch_type {
        WATCH_LOADED,     /* the session's properties were read for the first time */
        WATCH_STATE,      /* State or Reason changed */
        WATCH_STEP,       /* number, text: title, code: side */
        WATCH_PHASE,      /* Phase or Title changed */
        WATCH_LEVELS,     /* Setpoints changed */
        WATCH_DISCOMFORT, /* number */
        WATCH_PROMPT,     /* code: id, text, answers */
        WATCH_CHALLENGE,  /* code: key, text: nonce, deadline */
        WATCH_RECORDED,   /* number */
        WATCH_ALERT,      /* code, text; of this session, its devices, or of the manager */
        WATCH_CHANGED,    /* anything else of the session or a device */
        WATCH_NOTE,       /* text: a message of this program itself */
        WATCH_ENDED,      /* code: reason */
        WATCH_GONE,       /* the daemon left the bus, or the connection is closed */
};

struct watch_event {
        enum watch_type type;
        const char *code;
        const char *text;
        uint64_t number;
        uint64_t deadline; /* on the loop's monotonic clock */
        char *const *answers;
};

typedef void (*watch_fn)(const struct watch_event *event, void *userdata);

struct watch;

/* Installs the matches, then reads the devices. A Challenge that arrives before the session is known and loaded is kept.
 * Returns an enum limber_exit. */
int watch_new(struct client *client, sd_event *event, watch_fn fn, void *userdata, struct watch **ret);
struct watch *watch_free(struct watch *watch);
DEFINE_CLEANUP(struct watch *, watch_free);

/* Follows the session at path from now on. Returns negative errno. */
int watch_attach(struct watch *watch, const char *path);

/* NULL before watch_attach(); may be set while the properties are not loaded yet. */
const char *watch_path(const struct watch *watch);
/* Tells once more that the session is loaded, and its open question. */
void watch_repeat(struct watch *watch);
const struct session_info *watch_session(const struct watch *watch);
bool watch_loaded(const struct watch *watch);
/* The session has ended, and one of its devices has not confirmed yet that it is off. */
bool watch_is_stopping(const struct watch *watch);
const struct objects *watch_objects(const struct watch *watch);
/* NULL for an unknown device. */
const struct device_info *watch_device(const struct watch *watch, const char *path);

uint64_t watch_now(const struct watch *watch);
/* Time left of the routine and of the phase, counted down since the last update. */
uint64_t watch_left(const struct watch *watch);
uint64_t watch_step_left(const struct watch *watch);
