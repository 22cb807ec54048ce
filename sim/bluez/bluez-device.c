/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-device.h"

void bluez_device_changed(struct bluez_device *device, const char *property) {
        if (device->exported)
                (void) sd_bus_emit_properties_changed(
                        device->bluez->bus, device->path, BLUEZ_DEVICE_INTERFACE, property, NULL);
}

bool bluez_device_reachable(const struct bluez_device *device) {
        return device->link == BLUEZ_LINK_UP && !device->faults.away;
}

static int on_product_due(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bluez_device *device = userdata;

        product_advance(device->product, bluez_now_usec());
        bluez_device_reschedule(device);
        return 0;
}

void bluez_device_reschedule(struct bluez_device *device) {
        uint64_t next_usec = product_next(device->product), now_usec = bluez_now_usec();

        if (next_usec == USEC_INFINITY)
                bluez_disarm(device->product_timer);
        else
                bluez_arm(device->bluez, &device->product_timer,
                        next_usec > now_usec ? next_usec - now_usec : 0, on_product_due, device);
}

int bluez_device_write(struct bluez_device *device, unsigned characteristic, enum product_write_type type,
        const char *via, const uint8_t *bytes, size_t n) {
        uint64_t now_usec = bluez_now_usec();
        int r;

        /* Record earlier events first. */
        product_advance(device->product, now_usec - 1);
        recorder_write(device->bluez->recorder, now_usec, device->product, "write", characteristic, type,
                via, bytes, n);
        r = product_write(device->product, now_usec, characteristic, type, bytes, n);
        bluez_device_reschedule(device);
        return r;
}

static void on_notify(void *userdata, unsigned characteristic, const uint8_t *bytes, size_t n) {
        bluez_notify_arrived(userdata, characteristic, bytes, n);
}

static void on_observed(void *userdata, uint64_t t_usec, const char *what, const char *json) {
        struct bluez_device *device = userdata;

        recorder_observed(device->bluez->recorder, t_usec, device->product, what, json);
}

static int method_connect(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return bluez_link_connect(userdata, m, error);
}

static int method_disconnect(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return bluez_link_disconnect(userdata, m, error);
}

static int method_pair(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        /* None of the products can pair. */
        return bluez_error(error, "AuthenticationFailed", "Authentication Failed");
}

static int method_cancel_pairing(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return bluez_error(error, "DoesNotExist", "Does Not Exist");
}

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_device *device = userdata;
        const char *address = product_address(device->product);

        if (streq(property, "Name"))
                return sd_bus_message_append(reply, "s", product_advertised_name(device->product));
        if (streq(property, "Address"))
                return sd_bus_message_append(reply, "s", address);
        /* The two highest bits set mark a static random address. */
        return sd_bus_message_append(
                reply, "s", strtoul((char[]){ address[0], '\0' }, NULL, 16) >= 0xC ? "random" : "public");
}

static int get_adapter(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "o", BLUEZ_ADAPTER_PATH);
}

static int get_uuids(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_device *device = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "s");
        for (const char *const *uuid = product_advertised_services(device->product); r >= 0 && *uuid; uuid++)
                r = sd_bus_message_append(reply, "s", *uuid);
        for (size_t i = 0; r >= 0 && i < device->gatt.n_services; i++)
                if (device->gatt.services[i].exported)
                        r = sd_bus_message_append(reply, "s", device->gatt.services[i].uuid);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_false(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "b", false);
}

static int set_alias(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *value, void *userdata, sd_bus_error *error) {
        struct bluez_device *device = userdata;
        const char *alias;
        int r;

        r = sd_bus_message_read(value, "s", &alias);
        if (r < 0)
                return r;
        /* An empty alias resets it to the name. */
        r = free_and_strdup(
                &device->alias, isempty(alias) ? product_advertised_name(device->product) : alias);
        if (r < 0)
                return r;
        bluez_device_changed(device, "Alias");
        return 0;
}

static int get_alias(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", ((struct bluez_device *) userdata)->alias);
}

static int set_flag(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *value, void *userdata, sd_bus_error *error) {
        struct bluez_device *device = userdata;
        int *flag = streq(property, "Trusted") ? &device->trusted : &device->blocked;
        int wanted, r;

        r = sd_bus_message_read(value, "b", &wanted);
        if (r < 0)
                return r;
        if (*flag != wanted) {
                *flag = wanted;
                bluez_device_changed(device, property);
        }
        return 0;
}

static int get_flag(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bluez_device *device = userdata;

        return sd_bus_message_append(
                reply, "b", streq(property, "Trusted") ? device->trusted : device->blocked);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define WRITABLE (SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_UNPRIVILEGED)

static const sd_bus_vtable device_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Connect", "", "", method_connect, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Disconnect", "", "", method_disconnect, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Pair", "", "", method_pair, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("CancelPairing", "", "", method_cancel_pairing, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Address", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("AddressType", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Name", "s", get_text, 0, CHANGES),
        SD_BUS_WRITABLE_PROPERTY("Alias", "s", get_alias, set_alias, 0, WRITABLE),
        SD_BUS_PROPERTY("Paired", "b", get_false, 0, CHANGES),
        SD_BUS_PROPERTY("Bonded", "b", get_false, 0, CHANGES),
        SD_BUS_PROPERTY("LegacyPairing", "b", get_false, 0, CHANGES),
        SD_BUS_WRITABLE_PROPERTY("Trusted", "b", get_flag, set_flag, 0, WRITABLE),
        SD_BUS_WRITABLE_PROPERTY("Blocked", "b", get_flag, set_flag, 0, WRITABLE),
        SD_BUS_PROPERTY("Connected", "b", NULL, offsetof(struct bluez_device, connected), CHANGES),
        SD_BUS_PROPERTY("ServicesResolved", "b", NULL, offsetof(struct bluez_device, resolved), CHANGES),
        SD_BUS_PROPERTY("UUIDs", "as", get_uuids, 0, CHANGES),
        SD_BUS_PROPERTY("Adapter", "o", get_adapter, 0, CHANGES),
        SD_BUS_VTABLE_END,
};

/* Only present during discovery. */
static const sd_bus_vtable rssi_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("RSSI", "n", NULL, offsetof(struct bluez_device, rssi), CHANGES),
        SD_BUS_VTABLE_END,
};

static int add_vtable(struct bluez_device *device, sd_bus_slot **slot, const sd_bus_vtable *vtable) {
        if (*slot)
                return 0;
        return sd_bus_add_object_vtable(
                device->bluez->bus, slot, device->path, BLUEZ_DEVICE_INTERFACE, vtable, device);
}

void bluez_device_export(struct bluez_device *device) {
        if (device->exported)
                return;
        device->exported = true;
        (void) add_vtable(device, &device->slot, device_vtable);
        if (device->rssi != 0)
                (void) add_vtable(device, &device->rssi_slot, rssi_vtable);
        (void) sd_bus_emit_interfaces_added(device->bluez->bus, device->path, BLUEZ_DEVICE_INTERFACE, NULL);
}

void bluez_device_unexport(struct bluez_device *device) {
        if (!device->exported)
                return;
        bluez_gatt_unexport(device);
        bluez_battery_unexport(device);
        (void) sd_bus_emit_interfaces_removed(
                device->bluez->bus, device->path, BLUEZ_DEVICE_INTERFACE, NULL);
        device->rssi_slot = sd_bus_slot_unref(device->rssi_slot);
        device->slot = sd_bus_slot_unref(device->slot);
        device->exported = false;
        device->rssi = 0;
        device->trusted = device->blocked = false;
        (void) free_and_strdup(&device->alias, product_advertised_name(device->product));
}

static void emit_invalidated(struct bluez_device *device, const char *property) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        if (sd_bus_message_new_signal(device->bluez->bus, &m, device->path,
                    "org.freedesktop.DBus.Properties", "PropertiesChanged") >= 0 &&
                sd_bus_message_append(m, "sa{sv}as", BLUEZ_DEVICE_INTERFACE, 0, 1, property) >= 0)
                (void) sd_bus_send(NULL, m, NULL);
}

void bluez_device_set_rssi(struct bluez_device *device, int16_t rssi) {
        if (device->rssi == rssi)
                return;
        device->rssi = rssi;
        if (!device->exported)
                return;
        if (rssi == 0) {
                device->rssi_slot = sd_bus_slot_unref(device->rssi_slot);
                emit_invalidated(device, "RSSI");
                return;
        }
        (void) add_vtable(device, &device->rssi_slot, rssi_vtable);
        bluez_device_changed(device, "RSSI");
}

/* "/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF" */
static char *make_path(const char *address) {
        char *path;

        if (asprintf(&path, BLUEZ_ADAPTER_PATH "/dev_%s", address) < 0)
                return NULL;
        for (char *p = path + strlen(BLUEZ_ADAPTER_PATH); *p; p++)
                if (*p == ':')
                        *p = '_';
        return path;
}

int bluez_device_new(struct bluez *bluez, const char *kind, const char *address, struct bluez_device **ret) {
        _cleanup_(bluez_device_freep) struct bluez_device *device = NULL;
        int r;

        device = calloc(1, sizeof(*device));
        if (!device)
                return -ENOMEM;
        device->bluez = bluez;
        r = product_new(kind, address,
                &(struct product_host){ .notify = on_notify, .observed = on_observed, .userdata = device },
                &device->product);
        if (r < 0)
                return r;
        product_advance(device->product, bluez_now_usec());
        device->path = make_path(address);
        device->alias = strdup(product_advertised_name(device->product));
        if (!device->path || !device->alias)
                return -ENOMEM;
        r = bluez_gatt_init(device);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(device);
        return 0;
}

struct bluez_device *bluez_device_free(struct bluez_device *device) {
        if (!device)
                return NULL;
        bluez_link_done(device);
        bluez_presence_done(device);
        bluez_att_done(device);
        bluez_gatt_done(device);
        sd_bus_slot_unref(device->battery_slot);
        sd_bus_slot_unref(device->rssi_slot);
        sd_bus_slot_unref(device->slot);
        sd_event_source_disable_unref(device->product_timer);
        product_free(device->product);
        free(device->alias);
        free(device->path);
        free(device);
        return NULL;
}
