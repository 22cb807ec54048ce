/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bluez/link-bluez-private.h"
#include "lib/text-door.h"

static const char *const interfaces[_BLUEZ_KIND_MAX] = {
        [BLUEZ_KIND_ADAPTER] = BLUEZ_ADAPTER,
        [BLUEZ_KIND_DEVICE] = BLUEZ_DEVICE,
        [BLUEZ_KIND_SERVICE] = BLUEZ_SERVICE,
        [BLUEZ_KIND_CHARACTERISTIC] = BLUEZ_CHARACTERISTIC,
        [BLUEZ_KIND_BATTERY] = BLUEZ_BATTERY,
};

enum bluez_kind bluez_kind_of(const char *interface) {
        for (unsigned i = 0; i < _BLUEZ_KIND_MAX; i++)
                if (streq(interfaces[i], interface))
                        return (enum bluez_kind) i;
        return _BLUEZ_KIND_MAX;
}

const char *bluez_kind_interface(enum bluez_kind kind) {
        return interfaces[kind];
}

struct bluez_object *bluez_find_path(const struct bluez_radio *radio, const char *path) {
        for (struct bluez_object *o = radio->objects; o; o = o->next)
                if (streq(o->path, path))
                        return o;
        return NULL;
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

static void object_free(struct bluez_object *o) {
        bluez_scan_free(o->scan);
        free(o->path);
        free(o);
}

static struct bluez_object *object_new(struct bluez_radio *radio, const char *path, enum bluez_kind kind) {
        struct bluez_object *o = calloc(1, sizeof(*o));
        const char *slash = strrchr(path, '/');

        if (!o)
                return NULL;
        o->kind = kind;
        o->battery = LINK_BATTERY_UNKNOWN;
        o->path = strdup(path);
        /* Until BlueZ reports its adapter. */
        if (kind == BLUEZ_KIND_DEVICE && slash)
                (void) snprintf(o->adapter, sizeof(o->adapter), "%.*s", (int) (slash - path), path);
        if (!o->path || (kind == BLUEZ_KIND_ADAPTER && bluez_scan_new(radio, o, &o->scan) < 0)) {
                object_free(o);
                return NULL;
        }
        o->next = radio->objects;
        radio->objects = o;
        return o;
}

/* A removed object removes those below it: their removal is not always signalled. */
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
                        bluez_sight_lost(radio, o);
                object_free(o);
        }
}

void bluez_objects_free(struct bluez_radio *radio) {
        while (radio->objects) {
                struct bluez_object *o = radio->objects;

                radio->objects = o->next;
                object_free(o);
        }
}

enum property_type {
        PROPERTY_TEXT,
        PROPERTY_PATH,
        PROPERTY_BOOL,
        PROPERTY_SIGNAL,
        PROPERTY_UINT16,
        PROPERTY_PERCENT,
        PROPERTY_ROLES,
        PROPERTY_FLAGS,
};

/* Tracked properties, and where they are stored. */
static const struct {
        enum bluez_kind kind;
        const char *name;
        enum property_type type;
        size_t offset, size;
} properties[] = {
#define STRING(k, n, t, field)                                                         \
        {                                                                              \
                BLUEZ_KIND_##k, n, PROPERTY_##t, offsetof(struct bluez_object, field), \
                        sizeof(((struct bluez_object *) 0)->field)                     \
        }
#define OTHER(k, n, t, field) \
        { BLUEZ_KIND_##k, n, PROPERTY_##t, offsetof(struct bluez_object, field), 0 }
        STRING(ADAPTER, "Address", TEXT, address),
        STRING(ADAPTER, "Modalias", TEXT, modalias),
        OTHER(ADAPTER, "Powered", BOOL, powered),
        OTHER(ADAPTER, "Roles", ROLES, no_central),
        STRING(DEVICE, "Address", TEXT, address),
        STRING(DEVICE, "AddressType", TEXT, address_type),
        STRING(DEVICE, "Name", TEXT, name),
        STRING(DEVICE, "Adapter", PATH, adapter),
        OTHER(DEVICE, "Connected", BOOL, connected),
        OTHER(DEVICE, "ServicesResolved", BOOL, resolved),
        OTHER(DEVICE, "Paired", BOOL, paired),
        OTHER(DEVICE, "RSSI", SIGNAL, rssi),
        OTHER(BATTERY, "Percentage", PERCENT, battery),
        STRING(SERVICE, "UUID", TEXT, uuid),
        STRING(CHARACTERISTIC, "UUID", TEXT, uuid),
        OTHER(CHARACTERISTIC, "Flags", FLAGS, can_command), /* and can_notify */
        OTHER(CHARACTERISTIC, "MTU", UINT16, mtu),
#undef STRING
#undef OTHER
};

/* Whether each word is in a list of strings. */
static int read_words(sd_bus_message *m, const char *const *words, bool *const *ret_found, size_t n) {
        const char *word;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "s", &word)) > 0)
                for (size_t i = 0; i < n; i++)
                        *ret_found[i] |= streq(words[i], word);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_flags(sd_bus_message *m, struct bluez_object *o) {
        static const char *const words[] = { "write-without-response", "notify", "indicate" };
        bool *const found[] = { &o->can_command, &o->can_notify, &o->can_notify };

        return read_words(m, words, found, ARRAY_SIZE(words));
}

/* Some controllers support only the peripheral role and cannot connect. */
static int read_roles(sd_bus_message *m, struct bluez_object *o) {
        static const char *const words[] = { "central" };
        bool central = false, *const found[] = { &central };
        int r;

        r = read_words(m, words, found, ARRAY_SIZE(words));
        if (r >= 0)
                o->no_central = !central;
        return r;
}

static int read_string(sd_bus_message *m, size_t i, char *field) {
        const char *text;
        int r;

        r = sd_bus_message_read_basic(m, properties[i].type == PROPERTY_PATH ? 'o' : 's', &text);
        if (r >= 0)
                (void) text_copy(field, properties[i].size, text);
        return r;
}

static int read_property(sd_bus_message *m, struct bluez_object *o, size_t i) {
        char *field = (char *) o + properties[i].offset;
        int16_t number;
        uint8_t byte;
        int value, r;

        switch (properties[i].type) {
        case PROPERTY_TEXT:
        case PROPERTY_PATH:
                return read_string(m, i, field);
        case PROPERTY_BOOL:
                r = sd_bus_message_read(m, "b", &value);
                if (r >= 0)
                        *(bool *) field = value;
                return r;
        case PROPERTY_SIGNAL:
                r = sd_bus_message_read(m, "n", &number);
                if (r >= 0)
                        o->rssi = number;
                return r;
        case PROPERTY_UINT16:
                return sd_bus_message_read(m, "q", field);
        case PROPERTY_PERCENT:
                r = sd_bus_message_read(m, "y", &byte);
                if (r >= 0)
                        o->battery = byte <= 100 ? byte : LINK_BATTERY_UNKNOWN;
                return r;
        case PROPERTY_ROLES:
                return read_roles(m, o);
        case PROPERTY_FLAGS:
                return read_flags(m, o);
        }
        return -EINVAL;
}

/* Delivers the notified value of a characteristic to its link. */
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

/* One tracked property, or the value of a characteristic; others are skipped. */
static int read_entry(struct bluez_radio *radio, sd_bus_message *m, struct bluez_object *o,
        enum bluez_kind kind, bool news) {
        const char *name, *contents;
        size_t i;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r >= 0)
                r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r < 0)
                return r;
        for (i = 0; i < ARRAY_SIZE(properties); i++)
                if (properties[i].kind == kind && streq(properties[i].name, name))
                        break;
        if (i == ARRAY_SIZE(properties) &&
                !(news && kind == BLUEZ_KIND_CHARACTERISTIC && streq(name, "Value")))
                return sd_bus_message_skip(m, "v");

        r = sd_bus_message_enter_container(m, 'v', contents);
        if (r >= 0)
                r = i < ARRAY_SIZE(properties) ? read_property(m, o, i) : read_value(radio, o->path, m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0 && news && streq(name, "RSSI"))
                bluez_sight_heard(radio, o);
        return r;
}

int bluez_properties_read(struct bluez_radio *radio, sd_bus_message *m, struct bluez_object *o,
        enum bluez_kind kind, bool news) {
        bool was_connected = o->connected;
        uint8_t battery = o->battery;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_entry(radio, m, o, kind, news);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (was_connected && !o->connected) {
                /* It was there a moment ago. A link from now on is not the one that was asked to disconnect. */
                o->left_usec = o->leaving ? clock_now(radio->clock) : 0;
                o->leaving = false;
                bluez_sight_heard(radio, o);
        }
        if (battery != o->battery)
                bluez_link_battery(radio, o);
        return r;
}

/* The object that an interface at this path belongs to; created if unknown. */
static struct bluez_object *object_of(
        struct bluez_radio *radio, const char *path, enum bluez_kind kind, bool *ret_is_new) {
        struct bluez_object *o = bluez_find_path(radio, path);

        *ret_is_new = !o;
        return o ?: object_new(radio, path, kind == BLUEZ_KIND_BATTERY ? BLUEZ_KIND_DEVICE : kind);
}

int bluez_interface_read(
        struct bluez_radio *radio, sd_bus_message *m, const char *path, enum bluez_kind kind) {
        bool news;
        struct bluez_object *o = object_of(radio, path, kind, &news);

        return o ? bluez_properties_read(radio, m, o, kind, news) : -ENOMEM;
}

int bluez_interfaces_read(struct bluez_radio *radio, sd_bus_message *m, const char *path) {
        struct bluez_object *o = NULL;
        bool news = false;
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
                if (kind < _BLUEZ_KIND_MAX && !o && !(o = object_of(radio, path, kind, &news)))
                        return -ENOMEM;
                /* For a known object the signal strength may be an old value; only for a new object it is news. */
                r = kind < _BLUEZ_KIND_MAX ? bluez_properties_read(radio, m, o, kind, news)
                                           : sd_bus_message_skip(m, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
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
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        /* Only now: an adapter may come after what it has in sight. */
        if (r >= 0)
                bluez_advertise_all(radio);
        return r;
}
