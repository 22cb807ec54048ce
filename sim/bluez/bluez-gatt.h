/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* GATT objects of a device: bluez-gatt.c has org.bluez.GattService1 and the tree, bluez-characteristic.c the object
 * org.bluez.GattCharacteristic1; of its methods, bluez-value.c has reads and writes, bluez-socket.c AcquireWrite, bluez-
 * notify.c notifications. */

#include "sim/bluez/bluez-att.h"
#include "sim/products/product.h"

#define BLUEZ_SERVICES_MAX 8

struct bluez_service {
        struct bluez_device *device;
        char *path;
        char *uuid;
        bool claimed;   /* by a plugin of bluetoothd: read-only for clients */
        bool exported;  /* on the bus */
        bool announced; /* … and signalled */
        sd_bus_slot *slot;
};

/* A client that called StartNotify(). */
struct bluez_notify {
        struct bluez_notify *next;
        char *client;
};

struct bluez_characteristic {
        struct bluez_device *device;
        struct bluez_service *service;
        const struct product_characteristic *facts;
        unsigned index; /* in the product's table */
        char *path;
        sd_bus_slot *slot, *value_slot, *mtu_slot, *write_slot, *notify_slot;

        uint8_t value[BLUEZ_ATT_VALUE_MAX];
        size_t value_size;
        uint16_t mtu;
        bool writing; /* a request is outstanding */

        /* AcquireWrite: one lock, held by our client or another one. */
        int write_acquired;
        bool foreign_lock;
        int socket_fd;
        sd_event_source *socket_source;
        sd_bus_message *acquire_call; /* waits for the services to resolve */

        int notify_acquired; /* always false: AcquireNotify is not simulated */
        bool subscribed;     /* the product sends */
        bool registered;     /* … and bluetoothd knows that */
        struct bluez_notify *notifies;
};

struct bluez_gatt {
        struct bluez_service services[BLUEZ_SERVICES_MAX];
        size_t n_services;
        struct bluez_characteristic *characteristics; /* as many as the product has */
        size_t n_characteristics;
};

int bluez_gatt_init(struct bluez_device *device);
void bluez_gatt_done(struct bluez_device *device);

/* Adds and removes objects to match the device's services. New objects are signalled only by bluez_gatt_announce(): that is
 * how bluetoothd signals them late. */
void bluez_gatt_export(struct bluez_device *device);
void bluez_gatt_announce(struct bluez_device *device);
void bluez_gatt_unexport(struct bluez_device *device);

/* The link is up; mtu as currently known. Services of an earlier link still exist. */
void bluez_gatt_set_mtu(struct bluez_device *device, uint16_t mtu);
void bluez_gatt_resolved(struct bluez_device *device);
void bluez_gatt_link_down(struct bluez_device *device);
void bluez_gatt_client_gone(struct bluez_device *device, const char *client);

/* bluez-characteristic.c */
void bluez_characteristic_export(struct bluez_characteristic *characteristic);
void bluez_characteristic_unexport(struct bluez_characteristic *characteristic);
void bluez_characteristic_changed(struct bluez_characteristic *characteristic, const char *property);
void bluez_characteristic_set_value(
        struct bluez_characteristic *characteristic, const uint8_t *bytes, size_t n);
/* 0: no link, and no such property. */
void bluez_characteristic_set_mtu(struct bluez_characteristic *characteristic, uint16_t mtu);

/* bluez-value.c */
int bluez_value_method_read(sd_bus_message *m, void *userdata, sd_bus_error *error);
int bluez_value_method_write(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* Always NotSupported, which clients must expect. */
int bluez_value_method_acquire_notify(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* bluez-socket.c */
int bluez_socket_method_acquire(sd_bus_message *m, void *userdata, sd_bus_error *error);
/* Replies to an AcquireWrite() that waited. */
void bluez_socket_resolved(struct bluez_characteristic *characteristic);
/* Sends a write command over the air, or loses it. */
void bluez_socket_send(struct bluez_device *device, unsigned characteristic, const char *via,
        const uint8_t *bytes, size_t n);
/* Closes our end, which hangs up the client's; fails a pending call. */
void bluez_socket_close(struct bluez_characteristic *characteristic);
/* Another client takes or releases the lock. */
void bluez_socket_foreign_lock(struct bluez_characteristic *characteristic, bool locked);

/* bluez-notify.c */
int bluez_notify_method_start(sd_bus_message *m, void *userdata, sd_bus_error *error);
int bluez_notify_method_stop(sd_bus_message *m, void *userdata, sd_bus_error *error);
void bluez_notify_resolved(struct bluez_characteristic *characteristic);
void bluez_notify_client_gone(struct bluez_characteristic *characteristic, const char *client);
void bluez_notify_clear(struct bluez_characteristic *characteristic);
/* The product sent something. */
void bluez_notify_arrived(struct bluez_device *device, unsigned index, const uint8_t *bytes, size_t n);
