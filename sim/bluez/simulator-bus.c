/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.limber1.Simulator: manual operation of devices and faults of the radio, for tests and demos. */

#include "lib/bus-names.h"
#include "sim/bluez/bluez-adapter.h"
#include "sim/bluez/bluez-device.h"

static int no_such_device(sd_bus_error *error, const char *address) {
        return sd_bus_error_setf(
                error, SD_BUS_ERROR_INVALID_ARGS, "No product has the address '%s'.", address);
}

static int method_poke(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez *bluez = userdata;
        const char *address, *control;
        struct bluez_device *device;
        int value, r;

        r = sd_bus_message_read(m, "ssi", &address, &control, &value);
        if (r < 0)
                return r;
        device = bluez_device_by_address(bluez, address);
        if (!device)
                return no_such_device(error, address);

        r = product_poke(device->product, bluez_now_usec(), control, value);
        bluez_device_reschedule(device);
        if (r == -EOPNOTSUPP)
                return sd_bus_error_setf(error, SD_BUS_ERROR_NOT_SUPPORTED, "A %s has no control '%s'.",
                        product_kind(device->product), control);
        if (r == -ERANGE)
                return sd_bus_error_setf(
                        error, SD_BUS_ERROR_INVALID_ARGS, "'%s' does not go to %d.", control, value);
        return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int append_outputs(sd_bus_message *reply, const struct product *product) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(uu)");
        for (unsigned i = 0; r >= 0 && i < product_channels(product); i++) {
                struct product_output output = product_output(product, i);

                r = sd_bus_message_append(reply, "(uu)", output.amplitude_permille, output.rate_mhz);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_output(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez *bluez = userdata;
        struct bluez_device *device;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *address;
        int r;

        r = sd_bus_message_read(m, "s", &address);
        if (r < 0)
                return r;
        device = bluez_device_by_address(bluez, address);
        if (!device)
                return no_such_device(error, address);
        product_advance(device->product, bluez_now_usec());
        bluez_device_reschedule(device);

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = append_outputs(reply, device->product);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_summary(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_free_ char *summary = NULL;

        summary = bluez_summary(userdata);
        return summary ? sd_bus_reply_method_return(m, "s", summary) : -ENOMEM;
}

static void fault_drop(struct bluez_device *device, int value) {
        if (device->link == BLUEZ_LINK_UP)
                bluez_link_lose(device, false);
}

static void fault_away(struct bluez_device *device, int value) {
        device->faults.away = true;
        bluez_link_range_changed(device);
}

static void fault_back(struct bluez_device *device, int value) {
        device->faults.away = false;
        bluez_link_range_changed(device);
}

static void fault_silent(struct bluez_device *device, int value) {
        device->faults.silent = value != 0;
}

static void fault_connect_fails(struct bluez_device *device, int value) {
        device->faults.connect_fails = (unsigned) value;
}

static void fault_connect_hangs(struct bluez_device *device, int value) {
        device->faults.connect_hangs = value != 0;
}

static void fault_no_connected_signal(struct bluez_device *device, int value) {
        device->faults.no_connected_signal = value != 0;
}

static void fault_write_delay(struct bluez_device *device, int value) {
        device->faults.request_usec = (uint64_t) value * USEC_PER_MSEC;
}

static void fault_write_fails(struct bluez_device *device, int value) {
        device->faults.write_fails = (unsigned) value;
}

static void fault_no_service(struct bluez_device *device, int value) {
        device->faults.no_service = value != 0;
        bluez_link_services_changed(device);
}

static void fault_notify_malformed(struct bluez_device *device, int value) {
        device->faults.notify_malformed = (unsigned) value;
}

static void fault_foreign_write_lock(struct bluez_device *device, int value) {
        for (size_t i = 0; i < device->gatt.n_characteristics; i++)
                bluez_socket_foreign_lock(device->gatt.characteristics + i, value != 0);
}

static const struct {
        const char *name;
        void (*set)(struct bluez_device *device, int value);
} device_faults[] = {
        { "drop", fault_drop },
        { "away", fault_away },
        { "back", fault_back },
        { "silent", fault_silent },
        { "connect-fails", fault_connect_fails },
        { "connect-hangs", fault_connect_hangs },
        { "no-connected-signal", fault_no_connected_signal },
        { "write-delay", fault_write_delay },
        { "write-fails", fault_write_fails },
        { "no-service", fault_no_service },
        { "notify-malformed", fault_notify_malformed },
        { "foreign-write-lock", fault_foreign_write_lock },
};

/* Returns false when there is no such fault. */
static bool set_adapter_fault(struct bluez *bluez, const char *fault, int value) {
        if (streq(fault, "power"))
                bluez_adapter_set_powered(bluez->adapter, value != 0);
        else if (streq(fault, "no-adapter"))
                bluez_adapter_set_present(bluez->adapter, value == 0);
        else if (streq(fault, "scan-fails"))
                bluez->adapter->scan_fails = (unsigned) value;
        else
                return false;
        return true;
}

static bool set_device_fault(struct bluez_device *device, const char *fault, int value) {
        for (size_t i = 0; i < ARRAY_SIZE(device_faults); i++)
                if (streq(device_faults[i].name, fault)) {
                        device_faults[i].set(device, value);
                        return true;
                }
        return false;
}

static int method_fault(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez *bluez = userdata;
        struct bluez_device *device;
        const char *address, *fault;
        int value, r;

        r = sd_bus_message_read(m, "ssi", &address, &fault, &value);
        if (r < 0)
                return r;
        if (value < 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "A fault has no negative value.");

        if (isempty(address)) {
                if (!set_adapter_fault(bluez, fault, value))
                        return sd_bus_error_setf(
                                error, SD_BUS_ERROR_INVALID_ARGS, "The adapter knows no fault '%s'.", fault);
                return sd_bus_reply_method_return(m, NULL);
        }
        device = bluez_device_by_address(bluez, address);
        if (!device)
                return no_such_device(error, address);
        if (!set_device_fault(device, fault, value))
                return sd_bus_error_setf(
                        error, SD_BUS_ERROR_INVALID_ARGS, "A device knows no fault '%s'.", fault);
        return sd_bus_reply_method_return(m, NULL);
}

static const sd_bus_vtable simulator_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Poke", SD_BUS_ARGS("s", address, "s", control, "i", value),
                SD_BUS_NO_RESULT, method_poke, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Output", SD_BUS_ARGS("s", address), SD_BUS_RESULT("a(uu)", channels),
                method_output, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Summary", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", text), method_summary,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Fault", SD_BUS_ARGS("s", address, "s", fault, "i", value), SD_BUS_NO_RESULT,
                method_fault, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int bluez_simulator_export(struct bluez *bluez) {
        return sd_bus_add_object_vtable(bluez->bus, &bluez->simulator_slot, LIMBER_SIMULATOR_PATH,
                LIMBER_SIMULATOR_INTERFACE, simulator_vtable, bluez);
}
