/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The stop over the bus, for when nothing listens at the stop socket; returns the same two results: how many devices were
 * told, and whether they are off. Waits for the bus, but never longer than given. */

#include <systemd/sd-bus.h>

#include "lib/stop-socket.h"

/* Waits until the bus connection is established. -ETIMEDOUT: it exists, but does not respond. */
int stop_bus_wait(sd_bus *bus, uint64_t usec);

/* Manager.StopAll, without starting limberd by activation. Waits at most usec for the reply, and STOP_SOCKET_CONFIRM_USEC more
 * for the result. error may be NULL. */
int stop_bus_all(sd_bus *bus, uint64_t usec, struct stop_socket_answer *ret, sd_bus_error *error);

/* After a stop: true as soon as OutputActive of that object is false; false when that did not happen in time. */
bool stop_bus_is_off(sd_bus *bus, const char *path, const char *interface);
