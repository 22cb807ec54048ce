/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Follows one session over the bus: keeps its properties, those of the devices, and turns what changes into events.
 * Believes only messages of the daemon itself, since any local user may send a signal to us. */

#include <systemd/sd-event.h>

#include "cli/bus/client.h"

enum watch_type {
        WATCH_LOADED,     /* the session's properties are known for the first time */
        WATCH_STATE,      /* State or Reason changed */
        WATCH_STEP,       /* number, text: title, code: side */
        WATCH_PHASE,      /* Phase or Title changed */
        WATCH_LEVELS,     /* Setpoints changed */
        WATCH_DISCOMFORT, /* number */
        WATCH_PROMPT,     /* code: id, text, answers */
        WATCH_CHALLENGE,  /* code: key, text: nonce, deadline */
        WATCH_RECORDED,   /* number */
        WATCH_ALERT,      /* code, text; of this session, its devices, or for everybody */
        WATCH_CHANGED,    /* anything else of the session or a device */
        WATCH_NOTE,       /* text: something this program itself has to say */
        WATCH_ENDED,      /* code: reason */
        WATCH_GONE,       /* the daemon has left the bus, or the bus has left us */
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

/* Installs the matches, then reads what devices there are. A Challenge that comes before it is known which session
 * is meant, or what that is, is kept. Returns an enum limber_exit. */
int watch_new(struct client *client, sd_event *event, watch_fn fn, void *userdata, struct watch **ret);
struct watch *watch_free(struct watch *watch);
DEFINE_CLEANUP(struct watch *, watch_free);

/* Follows the session at path from now on. Returns negative errno. */
int watch_attach(struct watch *watch, const char *path);

/* NULL before watch_attach(); path may be set while the rest is not known yet. */
const char *watch_path(const struct watch *watch);
const struct session_info *watch_session(const struct watch *watch);
bool watch_loaded(const struct watch *watch);
const struct objects *watch_objects(const struct watch *watch);
/* NULL for a device that is not known. */
const struct device_info *watch_device(const struct watch *watch, const char *path);

uint64_t watch_now(const struct watch *watch);
/* What is left now of the routine and of the phase, run down since it was told. */
uint64_t watch_left(const struct watch *watch);
uint64_t watch_step_left(const struct watch *watch);
