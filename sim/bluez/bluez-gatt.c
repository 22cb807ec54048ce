/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-device.h"

/* Handles as in a small firmware: the services after GAP and GATT. */
#define FIRST_HANDLE 0x000a

/* Claimed by plugins of bluetoothd (profiles/deviceinfo, profiles/battery). */
static bool service_claimed(const char *uuid) {
        return streq(uuid, "0000180a-0000-1000-8000-00805f9b34fb") ||
               streq(uuid, "0000180f-0000-1000-8000-00805f9b34fb");
}

static int get_device(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_service *service = userdata;

        return sd_bus_message_append(reply, "o", service->device->path);
}

static int get_primary(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "b", true);
}

static int get_includes(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "ao", 0);
}

static const sd_bus_vtable service_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY(
                "UUID", "s", NULL, offsetof(struct bluez_service, uuid), SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Primary", "b", get_primary, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Device", "o", get_device, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Includes", "ao", get_includes, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

static void service_export(struct bluez_service *service) {
        struct bluez_gatt *gatt = &service->device->gatt;

        if (service->exported ||
                sd_bus_add_object_vtable(service->device->bluez->bus, &service->slot, service->path,
                        BLUEZ_SERVICE_INTERFACE, service_vtable, service) < 0)
                return;
        service->exported = true;
        for (size_t i = 0; i < gatt->n_characteristics; i++)
                if (gatt->characteristics[i].service == service)
                        bluez_characteristic_export(gatt->characteristics + i);
}

static void service_unexport(struct bluez_service *service) {
        struct bluez_gatt *gatt = &service->device->gatt;

        if (!service->exported)
                return;
        for (size_t i = 0; i < gatt->n_characteristics; i++)
                if (gatt->characteristics[i].service == service)
                        bluez_characteristic_unexport(gatt->characteristics + i);
        if (service->announced)
                (void) sd_bus_emit_interfaces_removed(
                        service->device->bluez->bus, service->path, BLUEZ_SERVICE_INTERFACE, NULL);
        service->slot = sd_bus_slot_unref(service->slot);
        service->exported = service->announced = false;
}

static void service_announce(struct bluez_service *service) {
        struct bluez_gatt *gatt = &service->device->gatt;
        sd_bus *bus = service->device->bluez->bus;

        if (!service->exported || service->announced)
                return;
        service->announced = true;
        (void) sd_bus_emit_interfaces_added(bus, service->path, BLUEZ_SERVICE_INTERFACE, NULL);
        for (size_t i = 0; i < gatt->n_characteristics; i++)
                if (gatt->characteristics[i].service == service)
                        (void) sd_bus_emit_interfaces_added(
                                bus, gatt->characteristics[i].path, BLUEZ_CHARACTERISTIC_INTERFACE, NULL);
}

void bluez_gatt_export(struct bluez_device *device) {
        for (size_t i = 0; i < device->gatt.n_services; i++) {
                struct bluez_service *service = device->gatt.services + i;

                /* The product's own services are those that no plugin claims. */
                if (device->faults.no_service && !service->claimed)
                        service_unexport(service);
                else
                        service_export(service);
        }
}

void bluez_gatt_announce(struct bluez_device *device) {
        for (size_t i = 0; i < device->gatt.n_services; i++)
                service_announce(device->gatt.services + i);
}

void bluez_gatt_unexport(struct bluez_device *device) {
        for (size_t i = 0; i < device->gatt.n_services; i++)
                service_unexport(device->gatt.services + i);
}

void bluez_gatt_set_mtu(struct bluez_device *device, uint16_t mtu) {
        for (size_t i = 0; i < device->gatt.n_characteristics; i++)
                bluez_characteristic_set_mtu(device->gatt.characteristics + i, mtu);
}

void bluez_gatt_resolved(struct bluez_device *device) {
        for (size_t i = 0; i < device->gatt.n_characteristics; i++) {
                bluez_notify_resolved(device->gatt.characteristics + i);
                bluez_socket_resolved(device->gatt.characteristics + i);
        }
}

void bluez_gatt_link_down(struct bluez_device *device) {
        for (size_t i = 0; i < device->gatt.n_characteristics; i++) {
                struct bluez_characteristic *characteristic = device->gatt.characteristics + i;

                bluez_socket_close(characteristic);
                /* The clients' sessions stay, and are renewed with the next link. */
                characteristic->subscribed = characteristic->registered = false;
                characteristic->writing = false;
                bluez_characteristic_set_mtu(characteristic, 0);
        }
}

void bluez_gatt_client_gone(struct bluez_device *device, const char *client) {
        for (size_t i = 0; i < device->gatt.n_characteristics; i++)
                bluez_notify_client_gone(device->gatt.characteristics + i, client);
}

static struct bluez_service *find_service(struct bluez_gatt *gatt, const char *uuid) {
        for (size_t i = 0; i < gatt->n_services; i++)
                if (streq(gatt->services[i].uuid, uuid))
                        return gatt->services + i;
        return NULL;
}

static int add_service(struct bluez_device *device, const char *uuid, unsigned handle) {
        struct bluez_gatt *gatt = &device->gatt;
        struct bluez_service *service;

        if (gatt->n_services == ARRAY_SIZE(gatt->services))
                return -E2BIG;
        service = gatt->services + gatt->n_services++;
        *service = (struct bluez_service){ .device = device, .claimed = service_claimed(uuid) };
        service->uuid = strdup(uuid);
        if (!service->uuid || asprintf(&service->path, "%s/service%04x", device->path, handle) < 0)
                return -ENOMEM;
        return 0;
}

/* Declaration, value and, to subscribe, a descriptor each take a handle. */
static int place_characteristics(
        struct bluez_device *device, struct bluez_service *service, unsigned *handle) {
        for (size_t i = 0; i < device->gatt.n_characteristics; i++) {
                struct bluez_characteristic *characteristic = device->gatt.characteristics + i;

                if (!streq(characteristic->facts->service, service->uuid))
                        continue;
                characteristic->service = service;
                if (asprintf(&characteristic->path, "%s/char%04x", service->path, *handle) < 0)
                        return -ENOMEM;
                *handle += characteristic->facts->properties & PRODUCT_NOTIFY ? 3 : 2;
        }
        return 0;
}

int bluez_gatt_init(struct bluez_device *device) {
        struct bluez_gatt *gatt = &device->gatt;
        const struct product_characteristic *facts;
        unsigned handle = FIRST_HANDLE;
        size_t n;
        int r;

        facts = product_characteristics(device->product, &n);
        gatt->characteristics = calloc(n, sizeof(*gatt->characteristics));
        if (!gatt->characteristics)
                return -ENOMEM;
        gatt->n_characteristics = n;
        for (size_t i = 0; i < n; i++)
                gatt->characteristics[i] = (struct bluez_characteristic){
                        .device = device,
                        .facts = facts + i,
                        .index = (unsigned) i,
                        .socket_fd = -EBADF,
                };

        for (size_t i = 0; i < n; i++) {
                if (find_service(gatt, facts[i].service))
                        continue;
                r = add_service(device, facts[i].service, handle++);
                if (r < 0)
                        return r;
                r = place_characteristics(device, gatt->services + gatt->n_services - 1, &handle);
                if (r < 0)
                        return r;
        }
        return 0;
}

void bluez_gatt_done(struct bluez_device *device) {
        struct bluez_gatt *gatt = &device->gatt;

        for (size_t i = 0; i < gatt->n_characteristics; i++)
                if (gatt->characteristics[i].service)
                        bluez_characteristic_unexport(gatt->characteristics + i);
        for (size_t i = 0; i < gatt->n_characteristics; i++)
                free(gatt->characteristics[i].path);
        for (size_t i = 0; i < gatt->n_services; i++) {
                sd_bus_slot_unref(gatt->services[i].slot);
                free(gatt->services[i].path);
                free(gatt->services[i].uuid);
        }
        free(gatt->characteristics);
}
