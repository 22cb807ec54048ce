/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A simulated runner on the bus: feels the output of the simulated products, and answers limberd's questions. It follows one
 * session at a time, from beginning to end. It only calls Session.Discomfort, and answers "no" to an offer of more: it never
 * begins, resumes, raises or stops anything. To limberd it is the user whom this program runs as.
 *
 * It owns the name LIMBER_SIMULATED_RUNNER_NAME, so that nobody else answers when it is late or silent. */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "sim/bluez/bluez.h"
#include "sim/runner/runner-setup.h"

struct runner_bus;

/* bus must be attached to event; bluez must outlive it. -EEXIST: the bus has a simulated runner already. */
int runner_bus_new(sd_event *event, sd_bus *bus, struct bluez *bluez, const struct runner_setup *setup,
        struct runner_bus **ret);
struct runner_bus *runner_bus_free(struct runner_bus *runner);
DEFINE_CLEANUP(struct runner_bus *, runner_bus_free);

/* The highest discomfort and the answers, in a sentence. NULL: no memory. Caller frees. */
char *runner_bus_summary(struct runner_bus *runner);
