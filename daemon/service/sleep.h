/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Delays the machine's sleep until every output is at zero, or for three seconds: a delay inhibitor of logind, taken at start and released by the
 * daemon. Without logind it does nothing; the radio is then lost when the machine sleeps, which is handled like any other
 * lost link. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

struct sleep_inhibitor;

struct sleep_handler {
        /* The machine is about to sleep, and waits (logind: 5 s at most) for sleep_inhibitor_release(). */
        void (*falling_asleep)(void *userdata);
};

/* bus stays the caller's, and must be attached to an event loop. */
int sleep_inhibitor_new(
        sd_bus *bus, const struct sleep_handler *handler, void *userdata, struct sleep_inhibitor **ret);
struct sleep_inhibitor *sleep_inhibitor_free(struct sleep_inhibitor *inhibitor);
DEFINE_CLEANUP(struct sleep_inhibitor *, sleep_inhibitor_free);

/* Lets the machine sleep. Taken again after it wakes. Does nothing when no inhibitor is held. */
void sleep_inhibitor_release(struct sleep_inhibitor *inhibitor);
