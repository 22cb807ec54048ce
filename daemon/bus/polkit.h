/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks polkit asynchronously: the call that needs permission is put aside and handled again when the answer arrives, while
 * stops and everything else go on. Without polkit, only root (and the user who runs a simulated daemon) gets permission. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

#define POLKIT_MANAGE_DEVICES "org.limber1.manage-devices"
#define POLKIT_RAISE_OUTPUT "org.limber1.raise-output"
#define POLKIT_START "org.limber1.start"
#define POLKIT_START_PERCUSSION "org.limber1.start-percussion"
#define POLKIT_START_UNATTENDED "org.limber1.start-unattended"
#define POLKIT_ACT_FOR_OTHERS "org.limber1.act-for-others"
#define POLKIT_ADMINISTER "org.limber1.administer"

/* Dialogs open at a time; further calls are refused. */
#define POLKIT_QUERIES_MAX 32u
/* Of one client, and of one user with however many clients, so that nobody locks out the others. */
#define POLKIT_QUERIES_CLIENT_MAX 4u
#define POLKIT_QUERIES_USER_MAX 8u

struct polkit;

/* again(m, userdata) handles a call that has its answer from its beginning: polkit_check() with that action then returns at
 * once, and one with another action asks again. */
int polkit_new(
        sd_bus *bus, void (*again)(sd_bus_message *m, void *userdata), void *userdata, struct polkit **ret);
struct polkit *polkit_free(struct polkit *polkit);
DEFINE_CLEANUP(struct polkit *, polkit_free);

/* What somebody wants to do. */
struct polkit_question {
        const char *action;
        const char *otherwise; /* an action that allows it as well, asked second; NULL: none */
        const char *what;      /* completes the sentence "you may not …" */
        const char *lift;      /* who or what allows it, as a further sentence; NULL: none */
};

/* user: whose call it is. 1: allowed. 0: asked; the handler returns 1 and is called again. Negative errno with error set: refused. */
int polkit_check(struct polkit *polkit, sd_bus_message *m, uid_t user,
        const struct polkit_question *question, sd_bus_error *error);
