/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Simulates org.bluez on a bus: an adapter, the devices it finds, their services, with the signal order, errors and delays
 * of the real one (5.66). Every device is backed by a virtual product. */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "sim/bluez/bluez-delays.h"
#include "sim/products/recorder.h"

struct bluez;

/* Puts the objects on the bus. bus must be attached to event. */
int bluez_new(sd_event *event, sd_bus *bus, struct recorder *recorder, const struct bluez_delays *delays,
        struct bluez **ret);
struct bluez *bluez_free(struct bluez *bluez);
DEFINE_CLEANUP(struct bluez *, bluez_free);

/* Puts a product in range of the adapter. -ENOENT: no such kind; -EINVAL: invalid address; -EEXIST. */
int bluez_add_product(struct bluez *bluez, const char *kind, const char *address);

/* Acquires the name. -EEXIST: it is owned. */
int bluez_own_name(struct bluez *bluez);

/* Product i, in order of creation, with its time advanced to now; NULL: no more. */
struct product *bluez_product(struct bluez *bluez, size_t i);

/* What all products did, one line each. NULL: no memory. */
char *bluez_summary(struct bluez *bluez);
