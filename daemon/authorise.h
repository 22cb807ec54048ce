/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who may do what. Stop, pause and everything that lowers are open to any local user and never come here. */

#include <systemd/sd-bus.h>

#include "daemon/session.h"

/* uid of the sender. */
int authorise_uid(sd_bus_message *m, uid_t *ret, sd_bus_error *error);

/* The session's holder, its runner, or root. */
int authorise_session(sd_bus_message *m, const struct session *session, sd_bus_error *error);

/* Scan, add, forget, connect: root, and whoever runs a simulated daemon, until polkit is asked. */
int authorise_devices(sd_bus_message *m, sd_bus_error *error);
/* Reload: the same. */
int authorise_administer(sd_bus_message *m, sd_bus_error *error);
