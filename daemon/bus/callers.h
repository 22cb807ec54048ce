/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Maps unique bus names to users. The bus is asked once for each name, asynchronously, so that a hanging bus blocks nothing:
 * a call that needs the answer is put aside and handled again from its beginning. Unique names are never reused, so an
 * answer holds until the name leaves. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

/* Names that are remembered; beyond that the one used longest ago is forgotten, and asked for again when needed. Twice as many as
 * the connections that the bus lets one user have. */
#define CALLERS_MAX 512u
/* Calls that wait for an answer, and those of one client. Beyond that a call takes the place of one of the client that has most. */
#define CALLERS_WAITING_MAX 512u
#define CALLERS_WAITING_CLIENT_MAX 8u

struct callers;

/* again(m, userdata) handles a call whose sender is now known. */
int callers_new(
        sd_bus *bus, void (*again)(sd_bus_message *m, void *userdata), void *userdata, struct callers **ret);
struct callers *callers_free(struct callers *callers);
DEFINE_CLEANUP(struct callers *, callers_free);

/* 1: *ret is the sender's uid. 0: asked; the handler returns 1 and is called again. Negative errno with error set: the bus
 * gives no answer, or too many calls wait. */
int callers_uid(struct callers *callers, sd_bus_message *m, uid_t *ret, sd_bus_error *error);
/* The uid of a name where it is known; otherwise the bus is asked, and false returned. */
bool callers_know(struct callers *callers, const char *name, uid_t *ret);
/* That name has left the bus. */
void callers_forget(struct callers *callers, const char *name);
