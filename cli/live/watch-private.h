/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What cli/live/watch.c (the bus) and cli/live/watch-diff.c (what changed) share. */

#include "cli/live/watch.h"

struct watch {
        struct client *client;
        sd_bus *bus;
        sd_event *event;
        watch_fn fn;
        void *userdata;
        char *owner; /* unique name of the daemon */
        char *path;
        struct session_info session;
        struct objects *objects;
        bool loaded;
        bool ended;
        uint32_t begun_step;   /* a StepStarted whose properties are still to come, 0 for none */
        uint64_t told_usec;    /* when session.remaining was true */
        sd_bus_message *early; /* a Challenge that came before the rest was known */
        sd_bus_slot *slots[5];
        size_t n_slots;
};

/* What the session was before an update, as far as events come from the difference. */
struct watch_before {
        char *state, *reason, *phase, *title;
        uint8_t discomfort;
        uint64_t levels; /* digest */
};

struct watch_before watch_before_update(struct watch *w);
void watch_before_done(struct watch_before *b);

void watch_emit(struct watch *w, struct watch_event event);
void watch_emit_ended(struct watch *w, const char *reason);
/* Tells the step that has begun once its properties are here. */
void watch_emit_step(struct watch *w);
/* What follows from how the session is, whatever it was before. */
void watch_emit_now(struct watch *w);
/* What follows from the difference. */
void watch_emit_changes(struct watch *w, const struct watch_before *b);
