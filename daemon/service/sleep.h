/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holds the machine's sleep back until every output is at zero: a delay inhibitor of logind, taken at once and given back
 * when the daemon says so. Where there is no logind, nothing happens; the radio is lost with the sleep, as with any other
 * loss. */

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

/* Lets the machine sleep. Taken again when it has woken. Does nothing when nothing is held. */
void sleep_inhibitor_release(struct sleep_inhibitor *inhibitor);
