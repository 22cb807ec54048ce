/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runner.Read: what is known of somebody, as a{sv}. */

#include <systemd/sd-bus.h>

#include "daemon/runner/runner-store.h"

int runner_append(sd_bus_message *m, struct runner_store *store, uid_t uid);
