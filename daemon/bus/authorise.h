/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Permissions. Stop, pause and a lower level are open to any local user and never come here; to skip, and to
 * say for somebody how it feels, does. All return 1
 * (allowed), 0 (the bus or polkit was asked: the handler returns 1 and is called again), or a negative errno with error set. */

#include "daemon/bus/callers.h"
#include "daemon/bus/polkit.h"
#include "daemon/session/session.h"

struct authority {
        struct callers *callers;
        struct polkit *polkit;
};

/* uid of the sender. */
int authorise_uid(const struct authority *authority, sd_bus_message *m, uid_t *ret, sd_bus_error *error);

/* The session's holder, its runner, root; others by polkit. */
int authorise_session(const struct authority *authority, sd_bus_message *m, const struct session *session,
        sd_bus_error *error);
/* To arm: holder, runner and root, and where current will flow polkit must also allow the user. */
int authorise_raise(const struct authority *authority, sd_bus_message *m, const struct session *session,
        sd_bus_error *error);
/* To start or resume what moves: whoever has a login session, at the machine or by ssh; others where the owner allows a gun to run
 * unattended. Not asked where everything is simulated. */
int authorise_start(const struct authority *authority, sd_bus_message *m, sd_bus_error *error);
/* Scan, add, forget, connect. */
int authorise_devices(const struct authority *authority, sd_bus_message *m, sd_bus_error *error);
/* A runner's own data: that user, root; others by polkit. what completes "you may not …". */
int authorise_runner(const struct authority *authority, sd_bus_message *m, uid_t runner, const char *what,
        sd_bus_error *error);
/* Reload, sign-offs. */
int authorise_administer(
        const struct authority *authority, sd_bus_message *m, const char *what, sd_bus_error *error);
