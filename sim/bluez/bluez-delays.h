/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Delays of the simulated BlueZ. */

#include "lib/macros.h"

struct bluez_delays {
        uint64_t appear_usec;    /* StartDiscovery to the first sighting of a device */
        uint64_t advertise_usec; /* between two sightings of a device */
        uint64_t temporary_usec; /* last sighting of a device that was never connected to its removal */
        uint64_t connect_usec;   /* Connect() to a link */
        uint64_t connect_timeout_usec; /* Connect() to a device that is out of range */
        uint64_t resolve_usec;         /* a link to ServicesResolved */
        uint64_t services_usec;        /* ServicesResolved to the InterfacesAdded of the services */
        uint64_t request_usec;         /* an ATT request to its answer */
        uint64_t att_timeout_usec;     /* a request without an answer ends the link */
        uint64_t disconnect_usec;      /* Disconnect() to the end of the link */
        uint64_t supervision_usec;     /* a device leaving the range to the end of the link */
        uint64_t settle_usec;          /* end of the link to Connected=false */
};

extern const struct bluez_delays bluez_delays_default;

/* Sets a delay from "NAME=MILLISECONDS". -EINVAL: malformed, or no such name. */
int bluez_delays_set(struct bluez_delays *delays, const char *text);

/* Names of the delays; NULL past the last. */
const char *bluez_delays_name(size_t index);
