/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How long the played BlueZ takes over things. */

#include "lib/macros.h"

struct bluez_delays {
        uint64_t appear_usec;          /* StartDiscovery to the first device seen */
        uint64_t advertise_usec;       /* between two sightings of a device */
        uint64_t temporary_usec;       /* an object nobody connected to outlives its last sighting by this */
        uint64_t connect_usec;         /* Connect() to a link */
        uint64_t connect_timeout_usec; /* Connect() to a device that is not there */
        uint64_t resolve_usec;         /* a link to ServicesResolved */
        uint64_t services_usec;        /* ServicesResolved to the InterfacesAdded of the services */
        uint64_t request_usec;         /* an ATT request and its answer */
        uint64_t att_timeout_usec;     /* a request without an answer ends the link */
        uint64_t disconnect_usec;      /* Disconnect() to the link's end */
        uint64_t supervision_usec;     /* a device out of range to the link's end */
        uint64_t settle_usec;          /* the link's end to Connected=false */
};

extern const struct bluez_delays bluez_delays_default;

/* Sets one delay out of "NAME=MILLISECONDS". -EINVAL: not of that form, or no such name. */
int bluez_delays_set(struct bluez_delays *delays, const char *text);

/* The names there are; NULL after the last. */
const char *bluez_delays_name(size_t index);
