/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files that simulate org.bluez. Others use sim/bluez/bluez.h. */

#include "lib/clock.h"
#include "sim/bluez/bluez.h"

#define BLUEZ_NAME "org.bluez"
#define BLUEZ_ADAPTER_PATH "/org/bluez/hci0"
#define BLUEZ_ADAPTER_INTERFACE "org.bluez.Adapter1"
#define BLUEZ_BATTERY_INTERFACE "org.bluez.Battery1"
#define BLUEZ_CHARACTERISTIC_INTERFACE "org.bluez.GattCharacteristic1"
#define BLUEZ_DEVICE_INTERFACE "org.bluez.Device1"
#define BLUEZ_SERVICE_INTERFACE "org.bluez.GattService1"

struct bluez_adapter;
struct bluez_device;

struct bluez {
        sd_event *event;
        sd_bus *bus;
        struct recorder *recorder;
        struct bluez_delays delays;
        struct bluez_adapter *adapter;
        struct bluez_device **devices;
        size_t n_devices;
        sd_bus_slot *manager_slot;
        sd_bus_slot *gone_slot;
        sd_bus_slot *simulator_slot;
};

uint64_t bluez_now_usec(void);

/* Calls fn once, in_usec from now. Creates *source when it is NULL, else reuses it. */
void bluez_arm(struct bluez *bluez, sd_event_source **source, uint64_t in_usec, sd_event_time_handler_t fn,
        void *userdata);
void bluez_disarm(sd_event_source *source);

/* Errors by the last part of their name. The first returns the value for a method handler; the others reply to *call, if
 * set, and release it. */
int bluez_error(sd_bus_error *error, const char *name, const char *message);
void bluez_reply_error(sd_bus_message **call, const char *name, const char *message);
void bluez_reply(sd_bus_message **call);

/* The device of an address or object path, or NULL. */
struct bluez_device *bluez_device_by_address(struct bluez *bluez, const char *address);
struct bluez_device *bluez_device_by_path(struct bluez *bluez, const char *path);

/* org.limber1.Simulator: faults and manual operation, for the tests. */
int bluez_simulator_export(struct bluez *bluez);
