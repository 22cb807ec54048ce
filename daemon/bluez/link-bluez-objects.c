/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bluez/link-bluez-private.h"

static const char *const interfaces[_BLUEZ_KIND_MAX] = {
        [BLUEZ_KIND_ADAPTER] = BLUEZ_ADAPTER,
        [BLUEZ_KIND_DEVICE] = BLUEZ_DEVICE,
        [BLUEZ_KIND_SERVICE] = BLUEZ_SERVICE,
        [BLUEZ_KIND_CHARACTERISTIC] = BLUEZ_CHARACTERISTIC,
};

enum bluez_kind bluez_kind_of(const char *interface) {
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

struct bluez_object *bluez_find_device(
        const struct bluez_radio *radio, const char *address, const char *type) {
        struct bluez_object *any = NULL;

        /* The same device may show on two adapters; one that is in sight or linked wins. */
        for (struct bluez_object *o = radio->objects; o; o = o->next)
                if (o->kind == BLUEZ_KIND_DEVICE && strcasecmp(o->address, address) == 0 &&
                        (isempty(type) || isempty(o->address_type) || streq(type, o->address_type))) {
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
void bluez_objects_remove(struct bluez_radio *radio, const char *path) {
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

enum property_type { PROPERTY_TEXT, PROPERTY_BOOL, PROPERTY_INT16, PROPERTY_UINT16, PROPERTY_FLAGS };

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
        OTHER(DEVICE, "Paired", BOOL, paired),
        OTHER(DEVICE, "RSSI", INT16, rssi),
        TEXT(SERVICE, "UUID", uuid),
        TEXT(CHARACTERISTIC, "UUID", uuid),
        OTHER(CHARACTERISTIC, "Flags", FLAGS, can_command),
        OTHER(CHARACTERISTIC, "MTU", UINT16, mtu),
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
        case PROPERTY_UINT16:
                return sd_bus_message_read(m, "q", field);
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
int bluez_properties_read(
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

void bluez_advertise(struct bluez_radio *radio, const struct bluez_object *o) {
        struct radio_advert advert = { .rssi_dbm = o->rssi };

        if (o->kind != BLUEZ_KIND_DEVICE || !(o->in_sight || o->connected) || isempty(o->name))
                return;
        memcpy(advert.address, o->address, sizeof(advert.address));
        memcpy(advert.address_type, o->address_type, sizeof(advert.address_type));
        memcpy(advert.name, o->name, sizeof(advert.name));
        radio->base.handler->advertised(radio->base.userdata, &advert);
}

/* a{sa{sv}}: all interfaces of one object. */
int bluez_interfaces_read(struct bluez_radio *radio, sd_bus_message *m, const char *path) {
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
                kind = bluez_kind_of(interface);
                o = kind < _BLUEZ_KIND_MAX ? object_get(radio, path, kind) : o;
                if (kind < _BLUEZ_KIND_MAX && !o)
                        return -ENOMEM;
                r = kind < _BLUEZ_KIND_MAX ? bluez_properties_read(radio, m, o, false)
                                           : sd_bus_message_skip(m, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0 && o)
                bluez_advertise(radio, o);
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
                        r = bluez_interfaces_read(radio, m, path);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}
