/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-adapter.h"
#include "sim/bluez/bluez-device.h"

/* From the block reserved for documentation, RFC 7042. */
#define ADAPTER_ADDRESS "00:00:5E:00:53:01"
/* Contains BlueZ's version: 0x0542 is 5.66. */
#define ADAPTER_MODALIAS "usb:v1D6Bp0246d0542"

static void emit_changed(struct bluez_adapter *adapter, const char *property) {
        if (adapter->present)
                (void) sd_bus_emit_properties_changed(
                        adapter->bluez->bus, BLUEZ_ADAPTER_PATH, BLUEZ_ADAPTER_INTERFACE, property, NULL);
}

void bluez_adapter_discovery_changed(struct bluez_adapter *adapter) {
        int discovering = false;

        for (struct bluez_discovery *d = adapter->discoveries; d; d = d->next)
                discovering = discovering || d->running;
        if (discovering == adapter->discovering)
                return;
        adapter->discovering = discovering;
        emit_changed(adapter, "Discovering");
        for (size_t i = 0; i < adapter->bluez->n_devices; i++)
                bluez_presence_discovery(adapter->bluez->devices[i], discovering, (unsigned) i);
}

void bluez_adapter_client_gone(struct bluez_adapter *adapter, const char *client) {
        if (bluez_discovery_remove(&adapter->discoveries, client))
                bluez_adapter_discovery_changed(adapter);
}

bool bluez_adapter_wants(struct bluez_adapter *adapter, const struct product *product, int16_t rssi) {
        for (struct bluez_discovery *d = adapter->discoveries; d; d = d->next)
                if (bluez_discovery_matches(d, product, rssi))
                        return true;
        return false;
}

void bluez_adapter_set_powered(struct bluez_adapter *adapter, bool powered) {
        if (adapter->powered == powered)
                return;
        adapter->powered = powered;
        if (!powered) {
                for (size_t i = 0; i < adapter->bluez->n_devices; i++)
                        bluez_presence_radio_off(adapter->bluez->devices[i]);
                /* Discoveries do not survive: clients must start again after power-on. */
                while (adapter->discoveries)
                        (void) bluez_discovery_remove(&adapter->discoveries, adapter->discoveries->client);
                bluez_adapter_discovery_changed(adapter);
        }
        emit_changed(adapter, "Powered");
}

static int method_start_discovery(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_adapter *adapter = userdata;
        struct bluez_discovery *discovery;

        if (!adapter->powered)
                return bluez_error(error, "NotReady", "Resource Not Ready");
        if (adapter->scan_fails > 0) {
                adapter->scan_fails--;
                return bluez_error(error, "Failed", "Failed to start discovery");
        }
        discovery = bluez_discovery_get(&adapter->discoveries, sd_bus_message_get_sender(m));
        if (!discovery)
                return -ENOMEM;
        if (discovery->running)
                return bluez_error(error, "InProgress", "Operation already in progress");
        discovery->running = true;
        bluez_adapter_discovery_changed(adapter);
        return sd_bus_reply_method_return(m, NULL);
}

static int method_stop_discovery(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_adapter *adapter = userdata;
        struct bluez_discovery *discovery;

        if (!adapter->powered)
                return bluez_error(error, "NotReady", "Resource Not Ready");
        discovery = bluez_discovery_find(adapter->discoveries, sd_bus_message_get_sender(m));
        if (!discovery || !discovery->running)
                return bluez_error(error, "Failed", "No discovery started");
        discovery->running = false;
        bluez_adapter_discovery_changed(adapter);
        return sd_bus_reply_method_return(m, NULL);
}

static int method_set_discovery_filter(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_adapter *adapter = userdata;
        struct bluez_discovery *discovery;
        int r;

        if (!adapter->powered)
                return bluez_error(error, "NotReady", "Resource Not Ready");
        discovery = bluez_discovery_get(&adapter->discoveries, sd_bus_message_get_sender(m));
        if (!discovery)
                return -ENOMEM;
        r = bluez_discovery_set_filter(discovery, m, error);
        return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int append_strings(sd_bus_message *m, const char *const *strings) {
        return sd_bus_message_append_strv(m, (char **) (uintptr_t) strings);
}

static int method_get_discovery_filters(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = append_strings(reply, bluez_discovery_keys);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_remove_device(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_adapter *adapter = userdata;
        struct bluez_device *device;
        const char *path;
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r < 0)
                return r;
        if (!adapter->powered)
                return bluez_error(error, "NotReady", "Resource Not Ready");
        device = bluez_device_by_path(adapter->bluez, path);
        if (!device || !device->exported)
                return bluez_error(error, "DoesNotExist", "Does Not Exist");
        return bluez_presence_remove(device, m, error);
}

static int get_roles(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "as", 1, "central");
}

static int get_uuids(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "as", 1, "00001801-0000-1000-8000-00805f9b34fb");
}

static int get_constant(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        static const struct {
                const char *property, *value;
        } constants[] = {
                { "Address", ADAPTER_ADDRESS },
                { "AddressType", "public" },
                { "Name", "limber-sim" },
                { "Modalias", ADAPTER_MODALIAS },
        };

        for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
                if (streq(constants[i].property, property))
                        return sd_bus_message_append(reply, "s", constants[i].value);
        return -ENOENT;
}

static int set_powered(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *value, void *userdata, sd_bus_error *error) {
        int powered, r;

        r = sd_bus_message_read(value, "b", &powered);
        if (r < 0)
                return r;
        bluez_adapter_set_powered(userdata, powered);
        return 0;
}

static int get_powered(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_adapter *adapter = userdata;

        return sd_bus_message_append(reply, "b", adapter->powered);
}

static const sd_bus_vtable adapter_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("StartDiscovery", "", "", method_start_discovery, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StopDiscovery", "", "", method_stop_discovery, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetDiscoveryFilter", SD_BUS_ARGS("a{sv}", properties), SD_BUS_NO_RESULT,
                method_set_discovery_filter, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetDiscoveryFilters", SD_BUS_NO_ARGS, SD_BUS_RESULT("as", filters),
                method_get_discovery_filters, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RemoveDevice", SD_BUS_ARGS("o", device), SD_BUS_NO_RESULT,
                method_remove_device, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Address", "s", get_constant, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("AddressType", "s", get_constant, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Name", "s", get_constant, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Modalias", "s", get_constant, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Roles", "as", get_roles, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("UUIDs", "as", get_uuids, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY(
                "Alias", "s", NULL, offsetof(struct bluez_adapter, alias), SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_WRITABLE_PROPERTY("Powered", "b", get_powered, set_powered, 0,
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Discovering", "b", NULL, offsetof(struct bluez_adapter, discovering),
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

static int adapter_export(struct bluez_adapter *adapter) {
        return sd_bus_add_object_vtable(adapter->bluez->bus, &adapter->slot, BLUEZ_ADAPTER_PATH,
                BLUEZ_ADAPTER_INTERFACE, adapter_vtable, adapter);
}

void bluez_adapter_set_present(struct bluez_adapter *adapter, bool present) {
        struct bluez *bluez = adapter->bluez;

        if (adapter->present == present)
                return;
        if (!present) {
                bluez_adapter_set_powered(adapter, false);
                /* Children first, as bluetoothd does. */
                for (size_t i = 0; i < bluez->n_devices; i++)
                        bluez_presence_adapter_gone(bluez->devices[i]);
                adapter->present = false;
                (void) sd_bus_emit_interfaces_removed(
                        bluez->bus, BLUEZ_ADAPTER_PATH, BLUEZ_ADAPTER_INTERFACE, NULL);
                adapter->slot = sd_bus_slot_unref(adapter->slot);
                return;
        }
        /* AutoEnable is BlueZ's default: the adapter is powered at once. */
        adapter->present = adapter->powered = true;
        if (adapter_export(adapter) < 0)
                return;
        (void) sd_bus_emit_interfaces_added(bluez->bus, BLUEZ_ADAPTER_PATH, BLUEZ_ADAPTER_INTERFACE, NULL);
        for (size_t i = 0; i < bluez->n_devices; i++)
                bluez_presence_adapter_back(bluez->devices[i]);
}

int bluez_adapter_new(struct bluez *bluez, struct bluez_adapter **ret) {
        struct bluez_adapter *adapter;
        int r;

        adapter = calloc(1, sizeof(*adapter));
        if (!adapter)
                return -ENOMEM;
        adapter->bluez = bluez;
        adapter->present = adapter->powered = true;
        adapter->alias = strdup("limber-sim");
        r = adapter->alias ? adapter_export(adapter) : -ENOMEM;
        if (r < 0) {
                bluez_adapter_free(adapter);
                return r;
        }
        *ret = adapter;
        return 0;
}

struct bluez_adapter *bluez_adapter_free(struct bluez_adapter *adapter) {
        if (!adapter)
                return NULL;
        while (adapter->discoveries)
                (void) bluez_discovery_remove(&adapter->discoveries, adapter->discoveries->client);
        sd_bus_slot_unref(adapter->slot);
        free(adapter->alias);
        free(adapter);
        return NULL;
}
