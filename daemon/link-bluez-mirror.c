/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/link-bluez-private.h"

#include "lib/bus-names.h"

/* After bluetoothd went, it is asked (and so activated) again after this, doubled up to 32 times. */
#define RETRY_USEC (500 * USEC_PER_MSEC)

static const char *const interfaces[_BLUEZ_KIND_MAX] = {
        [BLUEZ_KIND_ADAPTER] = BLUEZ_ADAPTER,
        [BLUEZ_KIND_DEVICE] = BLUEZ_DEVICE,
        [BLUEZ_KIND_SERVICE] = BLUEZ_SERVICE,
        [BLUEZ_KIND_CHARACTERISTIC] = BLUEZ_CHARACTERISTIC,
};

static enum bluez_kind kind_of(const char *interface) {
        for (unsigned i = 0; i < _BLUEZ_KIND_MAX; i++)
                if (streq(interfaces[i], interface))
                        return (enum bluez_kind) i;
        return _BLUEZ_KIND_MAX;
}

struct bluez_object *bluez_find_path(const struct bluez_radio *radio, const char *path) {
        for (struct bluez_object *o = radio->objects; o; o = o->next)
                if (streq(o->path, path))
                        return o;
        return NULL;
}

struct bluez_object *bluez_find_adapter(const struct bluez_radio *radio) {
        struct bluez_object *any = NULL;

        for (struct bluez_object *o = radio->objects; o; o = o->next)
                if (o->kind == BLUEZ_KIND_ADAPTER) {
                        if (o->powered)
                                return o;
                        any = o;
                }
        return any;
}

struct bluez_object *bluez_find_device(const struct bluez_radio *radio, const char *address) {
        struct bluez_object *any = NULL;

        /* The same device may show on two adapters; one that is in sight or linked wins. */
        for (struct bluez_object *o = radio->objects; o; o = o->next)
                if (o->kind == BLUEZ_KIND_DEVICE && strcasecmp(o->address, address) == 0) {
                        if (o->connected || o->in_sight)
                                return o;
                        any = o;
                }
        return any;
}

struct bluez_object *bluez_find_characteristic(const struct bluez_radio *radio, const char *device_path,
        const char *service, const char *characteristic) {
        for (struct bluez_object *o = radio->objects; o; o = o->next) {
                const char *slash = strrchr(o->path, '/');
                char parent[256];
                const struct bluez_object *s;

                if (o->kind != BLUEZ_KIND_CHARACTERISTIC || !startswith(o->path, device_path) ||
                        strcasecmp(o->uuid, characteristic) != 0)
                        continue;
                (void) snprintf(parent, sizeof(parent), "%.*s", (int) (slash - o->path), o->path);
                s = bluez_find_path(radio, parent);
                if (s && strcasecmp(s->uuid, service) == 0)
                        return o;
        }
        return NULL;
}

static struct bluez_object *object_get(struct bluez_radio *radio, const char *path, enum bluez_kind kind) {
        struct bluez_object *o = bluez_find_path(radio, path);

        if (o)
                return o;
        o = calloc(1, sizeof(*o));
        if (!o)
                return NULL;
        o->path = strdup(path);
        if (!o->path) {
                free(o);
                return NULL;
        }
        o->kind = kind;
        o->next = radio->objects;
        radio->objects = o;
        return o;
}

/* A removed object takes what lies below it along: not every removal is signalled for the children. */
static void objects_remove(struct bluez_radio *radio, const char *path) {
        struct bluez_object **p = &radio->objects;

        while (*p) {
                struct bluez_object *o = *p;
                const char *rest = path ? startswith(o->path, path) : "";

                if (!rest || (rest[0] != '\0' && rest[0] != '/')) {
                        p = &o->next;
                        continue;
                }
                *p = o->next;
                if (o->kind == BLUEZ_KIND_DEVICE)
                        radio->base.handler->vanished(radio->base.userdata, o->address);
                free(o->path);
                free(o);
        }
}

enum property_type { PROPERTY_TEXT, PROPERTY_BOOL, PROPERTY_INT16, PROPERTY_FLAGS };

/* Which properties are kept, and where. */
static const struct {
        enum bluez_kind kind;
        const char *name;
        enum property_type type;
        size_t offset, size;
} properties[] = {
#define TEXT(k, n, field)                                                               \
        {                                                                               \
                BLUEZ_KIND_##k, n, PROPERTY_TEXT, offsetof(struct bluez_object, field), \
                        sizeof(((struct bluez_object *) 0)->field)                      \
        }
#define OTHER(k, n, t, field) \
        { BLUEZ_KIND_##k, n, PROPERTY_##t, offsetof(struct bluez_object, field), 0 }
        TEXT(ADAPTER, "Address", address),
        TEXT(ADAPTER, "Modalias", modalias),
        OTHER(ADAPTER, "Powered", BOOL, powered),
        TEXT(DEVICE, "Address", address),
        TEXT(DEVICE, "AddressType", address_type),
        TEXT(DEVICE, "Name", name),
        OTHER(DEVICE, "Connected", BOOL, connected),
        OTHER(DEVICE, "ServicesResolved", BOOL, resolved),
        OTHER(DEVICE, "RSSI", INT16, rssi),
        TEXT(SERVICE, "UUID", uuid),
        TEXT(CHARACTERISTIC, "UUID", uuid),
        OTHER(CHARACTERISTIC, "Flags", FLAGS, can_command),
#undef TEXT
#undef OTHER
};

static int read_flags(sd_bus_message *m, bool *ret_can_command) {
        const char *flag;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "s", &flag)) > 0)
                if (streq(flag, "write-without-response"))
                        *ret_can_command = true;
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_property(sd_bus_message *m, struct bluez_object *o, size_t i) {
        char *field = (char *) o + properties[i].offset;
        const char *text;
        int16_t number;
        int value, r;

        switch (properties[i].type) {
        case PROPERTY_TEXT:
                r = sd_bus_message_read(m, "s", &text);
                if (r >= 0)
                        (void) snprintf(field, properties[i].size, "%s", text);
                return r;
        case PROPERTY_BOOL:
                r = sd_bus_message_read(m, "b", &value);
                if (r >= 0)
                        *(bool *) field = value;
                return r;
        case PROPERTY_INT16:
                r = sd_bus_message_read(m, "n", &number);
                if (r >= 0) {
                        o->rssi = number;
                        o->in_sight = true;
                }
                return r;
        case PROPERTY_FLAGS:
                return read_flags(m, (bool *) field);
        }
        return -EINVAL;
}

/* The notified value of a characteristic goes straight to its link. */
static int read_value(struct bluez_radio *radio, const char *path, sd_bus_message *m) {
        const void *bytes;
        size_t n;
        int r;

        r = sd_bus_message_read_array(m, 'y', &bytes, &n);
        if (r < 0)
                return r;
        bluez_link_value(radio, path, bytes, n);
        return 0;
}

/* a{sv} of one interface of an object. values: deliver "Value" too (only from PropertiesChanged). */
static int read_properties(
        struct bluez_radio *radio, sd_bus_message *m, struct bluez_object *o, bool values) {
        /* The object may go while a value is delivered; its path is needed to know. */
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *name, *contents;
                char type;
                size_t i;

                r = sd_bus_message_read(m, "s", &name);
                if (r >= 0)
                        r = sd_bus_message_peek_type(m, &type, &contents);
                if (r < 0)
                        return r;
                for (i = 0; i < ARRAY_SIZE(properties); i++)
                        if (properties[i].kind == o->kind && streq(properties[i].name, name))
                                break;
                if (i == ARRAY_SIZE(properties) &&
                        !(values && o->kind == BLUEZ_KIND_CHARACTERISTIC && streq(name, "Value")))
                        r = sd_bus_message_skip(m, "v");
                else {
                        r = sd_bus_message_enter_container(m, 'v', contents);
                        if (r >= 0)
                                r = i < ARRAY_SIZE(properties) ? read_property(m, o, i)
                                                               : read_value(radio, o->path, m);
                        if (r >= 0)
                                r = sd_bus_message_exit_container(m);
                }
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static void advertise(struct bluez_radio *radio, const struct bluez_object *o) {
        struct radio_advert advert = { .rssi_dbm = o->rssi };

        if (o->kind != BLUEZ_KIND_DEVICE || !(o->in_sight || o->connected) || isempty(o->name))
                return;
        memcpy(advert.address, o->address, sizeof(advert.address));
        memcpy(advert.address_type, o->address_type, sizeof(advert.address_type));
        memcpy(advert.name, o->name, sizeof(advert.name));
        radio->base.handler->advertised(radio->base.userdata, &advert);
}

/* a{sa{sv}}: all interfaces of one object. */
static int read_interfaces(struct bluez_radio *radio, sd_bus_message *m, const char *path) {
        struct bluez_object *o = NULL;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                const char *interface;
                enum bluez_kind kind;

                r = sd_bus_message_read(m, "s", &interface);
                if (r < 0)
                        return r;
                kind = kind_of(interface);
                o = kind < _BLUEZ_KIND_MAX ? object_get(radio, path, kind) : o;
                if (kind < _BLUEZ_KIND_MAX && !o)
                        return -ENOMEM;
                r = kind < _BLUEZ_KIND_MAX ? read_properties(radio, m, o, false)
                                           : sd_bus_message_skip(m, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0 && o)
                advertise(radio, o);
        return r;
}

int bluez_mirror_read(struct bluez_radio *radio, sd_bus_message *m) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
                const char *path;

                r = sd_bus_message_read(m, "o", &path);
                if (r >= 0)
                        r = read_interfaces(radio, m, path);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Modalias "usb:v1D6Bp0246d0542" carries BlueZ's version as 0x05.0x42. */
static void read_version(struct bluez_radio *radio) {
        const struct bluez_object *adapter = bluez_find_adapter(radio);
        const char *d = adapter ? strrchr(adapter->modalias, 'd') : NULL;
        unsigned long v = d ? strtoul(d + 1, NULL, 16) : 0;

        radio->version[0] = '\0';
        if (v > 0)
                (void) snprintf(radio->version, sizeof(radio->version), "%lu.%lu", v >> 8 & 0xff, v & 0xff);
}

static enum radio_state state_of(const struct bluez_radio *radio) {
        const struct bluez_object *adapter = bluez_find_adapter(radio);

        if (!radio->present || !radio->trusted)
                return RADIO_NO_STACK;
        if (!adapter)
                return RADIO_NO_ADAPTER;
        return adapter->powered ? RADIO_ON : RADIO_OFF;
}

/* After every change of the mirror. */
static void settle(struct bluez_radio *radio) {
        enum radio_state state = state_of(radio);

        if (state != radio->told) {
                radio->told = state;
                read_version(radio);
                if (state != RADIO_ON)
                        bluez_scan_forget(radio);
                radio->base.handler->state_changed(radio->base.userdata, state);
        }
        bluez_links_check(radio);
        bluez_links_advance(radio);
        bluez_scan_update(radio);
}

static int on_interfaces_added(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const char *path;
        int r;

        if (!radio->present)
                return 0;
        r = sd_bus_message_read(m, "o", &path);
        if (r >= 0)
                r = read_interfaces(radio, m, path);
        settle(radio);
        return 0;
}

static int on_interfaces_removed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const char *path, *interface;
        bool ours = false;
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &interface)) > 0)
                ours |= kind_of(interface) < _BLUEZ_KIND_MAX;
        if (ours)
                objects_remove(radio, path);
        settle(radio);
        return 0;
}

static int read_invalidated(sd_bus_message *m, struct bluez_object *o) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "s", &name)) > 0)
                if (streq(name, "RSSI")) {
                        /* Discovery stopped; the device was there a moment ago. */
                        o->rssi = 0;
                }
        return r;
}

static int on_properties_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const char *interface;
        struct bluez_object *o;
        enum bluez_kind kind;
        bool value_only;
        int r;

        r = sd_bus_message_read(m, "s", &interface);
        if (r < 0)
                return 0;
        kind = kind_of(interface);
        o = kind < _BLUEZ_KIND_MAX ? bluez_find_path(radio, sd_bus_message_get_path(m)) : NULL;
        if (!o || o->kind != kind)
                return 0;
        value_only = kind == BLUEZ_KIND_CHARACTERISTIC;
        r = read_properties(radio, m, o, true);
        if (value_only || r < 0)
                return 0;
        (void) read_invalidated(m, o);
        advertise(radio, o);
        settle(radio);
        return 0;
}

static void forget_all(struct bluez_radio *radio) {
        radio->present = radio->trusted = false;
        bluez_scan_forget(radio);
        bluez_links_close_all(radio, "the Bluetooth service went away");
        objects_remove(radio, NULL);
        radio->objects_slot = sd_bus_slot_unref(radio->objects_slot);
        radio->trust_slot = sd_bus_slot_unref(radio->trust_slot);
        settle(radio);
}

/* Good or bad, there was a first answer: whoever waits for it need not any longer. */
static void answered(struct bluez_radio *radio) {
        void (*known)(void *userdata) = radio->known;

        radio->known = NULL;
        if (known)
                known(radio->known_userdata);
}

static void ask_later(struct bluez_radio *radio) {
        clock_timer_arm_in(radio->retry_timer, RETRY_USEC << MIN(radio->retries, 5u));
        radio->retries++;
}

static int on_objects(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;

        radio->objects_slot = sd_bus_slot_unref(radio->objects_slot);
        if (sd_bus_message_is_method_error(m, NULL) || bluez_mirror_read(radio, m) < 0) {
                ask_later(radio);
                settle(radio);
                answered(radio);
                return 0;
        }
        radio->present = true;
        radio->retries = 0;
        settle(radio);
        answered(radio);
        return 0;
}

static void ask_objects(struct bluez_radio *radio) {
        radio->objects_slot = sd_bus_slot_unref(radio->objects_slot);
        if (sd_bus_call_method_async(radio->bus, &radio->objects_slot, BLUEZ_NAME, "/",
                    "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", on_objects, radio, NULL) < 0)
                ask_later(radio);
}

/* Only limber-sim has this object; a real bluetoothd is not used in a simulation. */
static int on_trust(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;

        radio->trust_slot = sd_bus_slot_unref(radio->trust_slot);
        if (sd_bus_message_is_method_error(m, NULL)) {
                /* Without any org.bluez there is nothing to distrust; its name will tell when it comes. */
                if (!sd_bus_message_is_method_error(m, SD_BUS_ERROR_SERVICE_UNKNOWN) &&
                        !sd_bus_message_is_method_error(m, SD_BUS_ERROR_NAME_HAS_NO_OWNER) &&
                        !sd_bus_message_is_method_error(m, SD_BUS_ERROR_NO_REPLY))
                        fprintf(stderr,
                                "--simulated: the org.bluez on this bus is not limber-sim; it is not used\n");
                answered(radio);
                return 0;
        }
        radio->trusted = true;
        ask_objects(radio);
        return 0;
}

static void ask(struct bluez_radio *radio) {
        if (!radio->simulated) {
                radio->trusted = true;
                ask_objects(radio);
                return;
        }
        radio->trust_slot = sd_bus_slot_unref(radio->trust_slot);
        (void) sd_bus_call_method_async(radio->bus, &radio->trust_slot, BLUEZ_NAME, LIMBER_SIMULATOR_PATH,
                LIMBER_SIMULATOR_INTERFACE, "Summary", on_trust, radio, NULL);
}

static void on_retry(struct clock_timer *timer, void *userdata) {
        struct bluez_radio *radio = userdata;

        if (!radio->present)
                ask(radio);
}

static int on_name_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const char *name, *before, *after;

        if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
                return 0;
        if (!isempty(before))
                forget_all(radio);
        if (!isempty(after))
                ask(radio);
        else
                ask_later(radio); /* asking activates it again */
        return 0;
}

/* Subscribes first, then reads everything once, then patches from signals: nothing falls between. */
int bluez_mirror_start(struct bluez_radio *radio) {
        int r;

        r = clock_timer_new(radio->clock, on_retry, radio, &radio->retry_timer);
        if (r >= 0)
                r = sd_bus_add_match_async(radio->bus, &radio->name_slot,
                        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                        "member='NameOwnerChanged',arg0='" BLUEZ_NAME "'",
                        on_name_owner, NULL, radio);
        if (r >= 0)
                r = sd_bus_add_match_async(radio->bus, &radio->added_slot,
                        "type='signal',sender='" BLUEZ_NAME
                        "',interface='org.freedesktop.DBus.ObjectManager',"
                        "member='InterfacesAdded'",
                        on_interfaces_added, NULL, radio);
        if (r >= 0)
                r = sd_bus_add_match_async(radio->bus, &radio->removed_slot,
                        "type='signal',sender='" BLUEZ_NAME
                        "',interface='org.freedesktop.DBus.ObjectManager',"
                        "member='InterfacesRemoved'",
                        on_interfaces_removed, NULL, radio);
        if (r >= 0)
                r = sd_bus_add_match_async(radio->bus, &radio->changed_slot,
                        "type='signal',sender='" BLUEZ_NAME "',interface='org.freedesktop.DBus.Properties',"
                        "member='PropertiesChanged',path_namespace='/org/bluez'",
                        on_properties_changed, NULL, radio);
        if (r < 0)
                return r;
        ask(radio);
        return 0;
}

void bluez_mirror_done(struct bluez_radio *radio) {
        sd_bus_slot **slots[] = { &radio->name_slot, &radio->added_slot, &radio->removed_slot,
                &radio->changed_slot, &radio->objects_slot, &radio->trust_slot };

        for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
                *slots[i] = sd_bus_slot_unref(*slots[i]);
        radio->retry_timer = clock_timer_free(radio->retry_timer);
        while (radio->objects) {
                struct bluez_object *o = radio->objects;

                radio->objects = o->next;
                free(o->path);
                free(o);
        }
}
