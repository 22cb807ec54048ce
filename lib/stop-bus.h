/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The stop over the bus, for where nobody listens at the stop socket; it tells the same two things: how many devices were told,
 * and whether they are off. Waits for the bus, but never longer than it is given. */

#include <systemd/sd-bus.h>

#include "lib/stop-line.h"

/* A bus that was opened has said hello. -ETIMEDOUT: it exists, and does nothing. */
int stop_bus_wait(sd_bus *bus, uint64_t usec);

/* Manager.StopAll, without starting a limberd that is not there. Waits at most usec for the answer, and STOP_LINE_CONFIRM_USEC
 * more to hear what came of it. error may be NULL. */
int stop_bus_all(sd_bus *bus, uint64_t usec, struct stop_line_answer *ret, sd_bus_error *error);

/* After a stop: true as soon as the OutputActive of that object says no; false when that was not heard in time. */
bool stop_bus_is_off(sd_bus *bus, const char *path, const char *interface);
