/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.bluez.Adapter1 at /org/bluez/hci0. */

#include "sim/bluez/bluez-discovery.h"
#include "sim/bluez/bluez-impl.h"

struct bluez_adapter {
        struct bluez *bluez;
        int present; /* plugged in */
        int powered;
        int discovering;
        unsigned scan_fails; /* number of StartDiscovery() calls still to fail */
        char *alias;
        struct bluez_discovery *discoveries; /* one per client that ever asked for one */
        sd_bus_slot *slot;
};

int bluez_adapter_new(struct bluez *bluez, struct bluez_adapter **ret);
struct bluez_adapter *bluez_adapter_free(struct bluez_adapter *adapter);

/* Switches the radio on or off: links drop, discoveries end. */
void bluez_adapter_set_powered(struct bluez_adapter *adapter, bool powered);
/* Plugs the adapter in or out. */
void bluez_adapter_set_present(struct bluez_adapter *adapter, bool present);

/* A client's discovery began or ended. */
void bluez_adapter_discovery_changed(struct bluez_adapter *adapter);
void bluez_adapter_client_gone(struct bluez_adapter *adapter, const char *client);
/* Whether a client's discovery matches the product. */
bool bluez_adapter_wants(struct bluez_adapter *adapter, const struct product *product, int16_t rssi);
