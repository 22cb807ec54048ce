/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which user is behind a unique name of the bus. The bus is asked once for each name, asynchronously, so that a bus that hangs
 * holds up nothing: the call that needs to know is put aside and handled again from its beginning. A name is never given to
 * another program, so what was learnt holds until it leaves. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

/* Names that are remembered; of more the one that was heard longest ago is forgotten, and asked for again. */
#define CALLERS_MAX 128u
/* Calls that wait for an answer; of one client. One more is refused. */
#define CALLERS_WAITING_MAX 64u
#define CALLERS_WAITING_CLIENT_MAX 8u

struct callers;

/* again(m, userdata) handles a call whose sender is known now. */
int callers_new(
        sd_bus *bus, void (*again)(sd_bus_message *m, void *userdata), void *userdata, struct callers **ret);
struct callers *callers_free(struct callers *callers);
DEFINE_CLEANUP(struct callers *, callers_free);

/* 1: *ret is the sender's uid. 0: asked; the handler returns 1 and is called again. Negative errno with error set: the bus does
 * not say, or too many calls wait. */
int callers_uid(struct callers *callers, sd_bus_message *m, uid_t *ret, sd_bus_error *error);
/* That name has left the bus. */
void callers_forget(struct callers *callers, const char *name);
