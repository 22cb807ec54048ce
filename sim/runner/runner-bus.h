/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A simulated runner on the bus: lies under the products of the played org.bluez, and says to limberd how it feels when
 * that asks. It follows one session at a time, from its beginning to its end. All it ever says is Session.Discomfort, and
 * "no" to an offer of more: it never begins, resumes, raises or stops anything. limberd hears it as the user whom this
 * program runs as.
 *
 * It owns the name LIMBER_SIMULATED_RUNNER_NAME, so that nobody else answers what it is late with or silent about. */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "sim/bluez/bluez.h"
#include "sim/runner/runner-setup.h"

struct runner_bus;

/* bus must be attached to event; bluez must outlive it. -EEXIST: there is a runner on this bus. */
int runner_bus_new(sd_event *event, sd_bus *bus, struct bluez *bluez, const struct runner_setup *setup,
        struct runner_bus **ret);
struct runner_bus *runner_bus_free(struct runner_bus *runner);
DEFINE_CLEANUP(struct runner_bus *, runner_bus_free);

/* What it felt at most and what it said, in a sentence. NULL: no memory. Caller frees. */
char *runner_bus_summary(struct runner_bus *runner);
