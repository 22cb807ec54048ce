/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One client's discovery: state and filter. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"
#include "sim/products/product.h"

struct bluez_discovery {
        struct bluez_discovery *next;
        char *client; /* unique bus name */
        bool running;
        /* The filter. */
        char **uuids;  /* NULL: any */
        char *pattern; /* NULL: any */
        bool le;       /* false: BR/EDR only, which no product here supports */
        int16_t rssi;  /* weaker devices are not reported */
};

/* The client's entry, or NULL. */
struct bluez_discovery *bluez_discovery_find(struct bluez_discovery *list, const char *client);
/* The same, created if needed. NULL: no memory. */
struct bluez_discovery *bluez_discovery_get(struct bluez_discovery **list, const char *client);
/* Returns true when a running one ended. */
bool bluez_discovery_remove(struct bluez_discovery **list, const char *client);

/* Reads the a{sv} of SetDiscoveryFilter. Nothing changes unless all of it is valid. */
int bluez_discovery_set_filter(struct bluez_discovery *discovery, sd_bus_message *m, sd_bus_error *error);
bool bluez_discovery_matches(
        const struct bluez_discovery *discovery, const struct product *product, int16_t rssi);
/* The filter keys of this version, NULL-terminated. */
extern const char *const bluez_discovery_keys[];
