/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The radio that users have: bluetoothd over D-Bus. Mirrors its objects, scans, and makes links. */

#include <systemd/sd-bus.h>

#include "daemon/device/link.h"
#include "lib/clock.h"

/* bus is a connection of its own, so that a storm of signals from bluetoothd never stands before a stop; it stays the
 * caller's. simulated: refuse an org.bluez that is not limber-sim. handler gets what the radio sees. */
int bluez_radio_new(sd_bus *bus, struct clock *clock, bool simulated, const struct radio_handler *handler,
        void *userdata, struct radio **ret);
struct radio *bluez_radio_free(struct radio *radio);
DEFINE_CLEANUP(struct radio *, bluez_radio_free);

/* Begins to look at org.bluez; results come to the handler. */
int bluez_radio_start(struct radio *radio);

/* Calls fn once, when org.bluez has answered for the first time, or refused to. Set it before the start. */
void bluez_radio_when_known(struct radio *radio, void (*fn)(void *userdata), void *userdata);

/* Version as its Modalias tells ("5.66"), or "". */
const char *bluez_radio_version(const struct radio *radio);
