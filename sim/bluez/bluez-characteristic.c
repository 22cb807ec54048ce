/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-device.h"

void bluez_characteristic_changed(struct bluez_characteristic *characteristic, const char *property) {
        if (characteristic->service->exported)
                (void) sd_bus_emit_properties_changed(characteristic->device->bluez->bus,
                        characteristic->path, BLUEZ_CHARACTERISTIC_INTERFACE, property, NULL);
}

static int get_flags(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        static const struct {
                unsigned property;
                const char *flag;
        } flags[] = {
                { PRODUCT_READ, "read" },
                { PRODUCT_WRITE_WITHOUT_RESPONSE, "write-without-response" },
                { PRODUCT_WRITE, "write" },
                { PRODUCT_NOTIFY, "notify" },
        };
        const struct bluez_characteristic *characteristic = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "s");
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(flags); i++)
                if (characteristic->facts->properties & flags[i].property)
                        r = sd_bus_message_append(reply, "s", flags[i].flag);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_uuid(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_characteristic *characteristic = userdata;

        return sd_bus_message_append(reply, "s", characteristic->facts->uuid);
}

static int get_service(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_characteristic *characteristic = userdata;

        return sd_bus_message_append(reply, "o", characteristic->service->path);
}

static int get_value(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_characteristic *characteristic = userdata;

        return sd_bus_message_append_array(reply, 'y', characteristic->value, characteristic->value_size);
}

static int get_notifying(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_characteristic *characteristic = userdata;

        return sd_bus_message_append(reply, "b", characteristic->notifies != NULL);
}

static const sd_bus_vtable characteristic_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("UUID", "s", get_uuid, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Service", "o", get_service, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Flags", "as", get_flags, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_METHOD_WITH_ARGS("ReadValue", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("ay", value),
                bluez_value_method_read, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("WriteValue", SD_BUS_ARGS("ay", value, "a{sv}", options), SD_BUS_NO_RESULT,
                bluez_value_method_write, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("AcquireWrite", SD_BUS_ARGS("a{sv}", options),
                SD_BUS_RESULT("h", fd, "q", mtu), bluez_socket_method_acquire, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("AcquireNotify", SD_BUS_ARGS("a{sv}", options),
                SD_BUS_RESULT("h", fd, "q", mtu), bluez_value_method_acquire_notify,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StartNotify", "", "", bluez_notify_method_start, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StopNotify", "", "", bluez_notify_method_stop, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

/* Optional properties, each in a vtable of its own, since sd-bus cannot leave out a single one. */
static const sd_bus_vtable value_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Value", "ay", get_value, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};
static const sd_bus_vtable mtu_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("MTU", "q", NULL, offsetof(struct bluez_characteristic, mtu),
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};
static const sd_bus_vtable write_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("WriteAcquired", "b", NULL, offsetof(struct bluez_characteristic, write_acquired),
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};
static const sd_bus_vtable notify_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Notifying", "b", get_notifying, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("NotifyAcquired", "b", NULL, offsetof(struct bluez_characteristic, notify_acquired),
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

static void add_vtable(
        struct bluez_characteristic *characteristic, sd_bus_slot **slot, const sd_bus_vtable *vtable) {
        if (!*slot)
                (void) sd_bus_add_object_vtable(characteristic->device->bluez->bus, slot,
                        characteristic->path, BLUEZ_CHARACTERISTIC_INTERFACE, vtable, characteristic);
}

void bluez_characteristic_set_value(
        struct bluez_characteristic *characteristic, const uint8_t *bytes, size_t n) {
        n = MIN(n, sizeof(characteristic->value));
        memcpy(characteristic->value, bytes, n);
        characteristic->value_size = n;
        if (!characteristic->service->exported)
                return;
        add_vtable(characteristic, &characteristic->value_slot, value_vtable);
        bluez_characteristic_changed(characteristic, "Value");
}

void bluez_characteristic_export(struct bluez_characteristic *characteristic) {
        add_vtable(characteristic, &characteristic->slot, characteristic_vtable);
        if (characteristic->mtu > 0)
                add_vtable(characteristic, &characteristic->mtu_slot, mtu_vtable);
        if (characteristic->facts->properties & PRODUCT_WRITE_WITHOUT_RESPONSE)
                add_vtable(characteristic, &characteristic->write_slot, write_vtable);
        if (characteristic->facts->properties & PRODUCT_NOTIFY)
                add_vtable(characteristic, &characteristic->notify_slot, notify_vtable);
}

void bluez_characteristic_unexport(struct bluez_characteristic *characteristic) {
        bluez_socket_close(characteristic);
        bluez_notify_clear(characteristic);
        characteristic->value_size = 0;
        if (characteristic->service->announced)
                (void) sd_bus_emit_interfaces_removed(characteristic->device->bluez->bus,
                        characteristic->path, BLUEZ_CHARACTERISTIC_INTERFACE, NULL);
        characteristic->value_slot = sd_bus_slot_unref(characteristic->value_slot);
        characteristic->mtu_slot = sd_bus_slot_unref(characteristic->mtu_slot);
        characteristic->write_slot = sd_bus_slot_unref(characteristic->write_slot);
        characteristic->notify_slot = sd_bus_slot_unref(characteristic->notify_slot);
        characteristic->slot = sd_bus_slot_unref(characteristic->slot);
}

void bluez_characteristic_set_mtu(struct bluez_characteristic *characteristic, uint16_t mtu) {
        if (characteristic->mtu == mtu)
                return;
        characteristic->mtu = mtu;
        if (!characteristic->service->exported)
                return;
        if (mtu == 0) {
                characteristic->mtu_slot = sd_bus_slot_unref(characteristic->mtu_slot);
                return;
        }
        add_vtable(characteristic, &characteristic->mtu_slot, mtu_vtable);
        bluez_characteristic_changed(characteristic, "MTU");
}
