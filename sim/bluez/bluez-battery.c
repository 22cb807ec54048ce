/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-device.h"

static const sd_bus_vtable battery_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Percentage", "y", NULL, offsetof(struct bluez_device, battery_percent),
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

/* The Battery Level of the standard service, if it can notify: bluetoothd's plugin ignores others. */
static int find_battery(const struct bluez_device *device) {
        for (size_t i = 0; i < device->gatt.n_characteristics; i++) {
                const struct product_characteristic *facts = device->gatt.characteristics[i].facts;

                if (streq(facts->uuid, "00002a19-0000-1000-8000-00805f9b34fb") &&
                        (facts->properties & PRODUCT_NOTIFY))
                        return (int) i;
        }
        return -ENOENT;
}

void bluez_battery_export(struct bluez_device *device) {
        sd_bus *bus = device->bluez->bus;
        int index = find_battery(device);

        if (index < 0 || device->battery_slot)
                return;
        if (product_read(device->product, bluez_now_usec(), (unsigned) index, &device->battery_percent, 1) !=
                1)
                return;
        bluez_device_reschedule(device);
        if (sd_bus_add_object_vtable(bus, &device->battery_slot, device->path, BLUEZ_BATTERY_INTERFACE,
                    battery_vtable, device) >= 0)
                (void) sd_bus_emit_interfaces_added(bus, device->path, BLUEZ_BATTERY_INTERFACE, NULL);
}

void bluez_battery_unexport(struct bluez_device *device) {
        if (!device->battery_slot)
                return;
        (void) sd_bus_emit_interfaces_removed(
                device->bluez->bus, device->path, BLUEZ_BATTERY_INTERFACE, NULL);
        device->battery_slot = sd_bus_slot_unref(device->battery_slot);
}

void bluez_battery_notified(
        struct bluez_device *device, unsigned characteristic, const uint8_t *bytes, size_t n) {
        if (!device->battery_slot || n != 1 || (int) characteristic != find_battery(device) ||
                bytes[0] > 100)
                return;
        device->battery_percent = bytes[0];
        (void) sd_bus_emit_properties_changed(
                device->bluez->bus, device->path, BLUEZ_BATTERY_INTERFACE, "Percentage", NULL);
}
