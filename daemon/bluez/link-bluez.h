/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The radio in production: bluetoothd over D-Bus. Mirrors its objects, scans, and makes links. */

#include <systemd/sd-bus.h>

#include "daemon/device/link.h"
#include "lib/clock.h"

/* bus is a separate connection, so that a storm of signals from bluetoothd never delays a stop; the caller keeps it.
 * simulated: refuse an org.bluez that is not limber-sim. handler receives the radio's events. */
int bluez_radio_new(sd_bus *bus, struct clock *clock, bool simulated, const struct radio_handler *handler,
        void *userdata, struct radio **ret);
struct radio *bluez_radio_free(struct radio *radio);
DEFINE_CLEANUP(struct radio *, bluez_radio_free);

/* Uses only that adapter, by name ("hci0") or address; "": any. Links that stand go on. */
void bluez_radio_use_adapter(struct radio *radio, const char *adapter);
bool bluez_radio_uses_adapter(const struct radio *radio, const char *adapter);

/* Starts watching org.bluez; results go to the handler. */
int bluez_radio_start(struct radio *radio);

/* Calls fn once, when org.bluez has answered for the first time, or refused to. Set it before the start. */
void bluez_radio_when_known(struct radio *radio, void (*fn)(void *userdata), void *userdata);

/* Version according to its Modalias ("5.66"), or "". */
const char *bluez_radio_version(const struct radio *radio);
