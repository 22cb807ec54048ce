/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Appending to messages. Every string passes the text door (lib/text-door.h): one that is not valid UTF-8, such as a
 * truncated name from the air, would make the whole object unreadable. Nothing else in this folder appends strings. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

/* Like sd_bus_message_append(), for basic types, structures and dictionary entries; arrays are opened by the caller. */
int bus_append(sd_bus_message *m, const char *types, ...);
/* Appends one {sv} to an open dictionary; type as in bus_append(). */
int bus_append_entry(sd_bus_message *m, const char *name, const char *type, ...);

/* Like sd_bus_reply_method_return(), with the types of bus_append(); NULL for an empty reply. */
int bus_reply(sd_bus_message *call, const char *types, ...);
int bus_reply_error(sd_bus_message *call, const char *name, const char *format, ...) _printf_(3, 4);
