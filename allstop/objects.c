/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "allstop/objects.h"

#include <ctype.h>
#include <strings.h>

void objects_done(struct objects *objects) {
        for (size_t i = 0; i < objects->n; i++)
                free(objects->items[i].path);
        free(objects->items);
        *objects = (struct objects){};
}

/* Properties that are read, and where they are stored. */
static const struct {
        const char *name, *type;
        size_t offset, size;
} kept[] = {
#define KEPT(n, t, field) \
        { n, t, offsetof(struct object, field), sizeof(((struct object *) 0)->field) }
        KEPT("Address", "s", address),
        KEPT("AddressType", "s", address_type),
        KEPT("UUID", "s", uuid),
        KEPT("Powered", "b", powered),
        KEPT("Connected", "b", connected),
        KEPT("ServicesResolved", "b", resolved),
#undef KEPT
};

static int read_variant(sd_bus_message *m, const char *name, struct object *o) {
        const char *contents, *text;
        size_t i;
        int r, value;

        r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r < 0)
                return r;
        for (i = 0; i < ARRAY_SIZE(kept); i++)
                if (streq(kept[i].name, name) && streq(kept[i].type, contents))
                        break;
        if (i == ARRAY_SIZE(kept))
                return sd_bus_message_skip(m, "v");
        if (streq(contents, "b")) {
                r = sd_bus_message_read(m, "v", "b", &value);
                if (r >= 0)
                        *(bool *) ((char *) o + kept[i].offset) = value;
                return r;
        }
        r = sd_bus_message_read(m, "v", "s", &text);
        if (r >= 0)
                (void) snprintf((char *) o + kept[i].offset, kept[i].size, "%s", text);
        return r;
}

static int read_properties(sd_bus_message *m, struct object *o) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = sd_bus_message_read(m, "s", &name);
                if (r >= 0)
                        r = read_variant(m, name, o);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static bool wanted(const char *interface) {
        return streq(interface, "org.bluez.Adapter1") || streq(interface, "org.bluez.Device1") ||
               streq(interface, "org.bluez.GattService1") ||
               streq(interface, "org.bluez.GattCharacteristic1");
}

static int read_object(sd_bus_message *m, struct object *o) {
        const char *path, *interface;
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r >= 0)
                r = free_and_strdup(&o->path, path);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(m, "s", &interface);
                if (r >= 0 && streq(interface, "org.bluez.Adapter1"))
                        o->adapter = true;
                if (r >= 0)
                        r = wanted(interface) ? read_properties(m, o) : sd_bus_message_skip(m, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int objects_read(sd_bus_message *m, struct objects *ret) {
        _cleanup_(objects_done) struct objects objects = {};
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
                struct object *items = realloc(objects.items, (objects.n + 1) * sizeof(*items));

                if (!items)
                        return -ENOMEM;
                objects.items = items;
                items[objects.n] = (struct object){};
                r = read_object(m, &items[objects.n++]);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        if (r < 0)
                return r;
        *ret = objects;
        objects = (struct objects){};
        return 0;
}

static const struct object *parent_of(const struct objects *objects, const char *path) {
        size_t n = (size_t) (strrchr(path, '/') - path);

        for (size_t i = 0; i < objects->n; i++)
                if (strlen(objects->items[i].path) == n && strncmp(objects->items[i].path, path, n) == 0)
                        return &objects->items[i];
        return NULL;
}

static unsigned rank(const struct objects *objects, const struct object *device, const char *adapter) {
        const struct object *parent = parent_of(objects, device->path);

        if (!parent)
                return 0;
        return 4 * parent->powered + 2 * device->connected + (strcasecmp(parent->address, adapter) == 0);
}

const struct object *objects_device(
        const struct objects *objects, const char *address, const char *address_type, const char *adapter) {
        const struct object *best = NULL;

        for (size_t i = 0; i < objects->n; i++) {
                const struct object *o = &objects->items[i];

                if (o->adapter || strcasecmp(o->address, address) != 0 ||
                        (!isempty(o->address_type) && !streq(o->address_type, address_type)))
                        continue;
                if (!best || rank(objects, o, adapter) > rank(objects, best, adapter))
                        best = o;
        }
        return best;
}

const struct object *objects_characteristic(const struct objects *objects, const char *device_path,
        const char *service, const char *characteristic) {
        for (size_t i = 0; i < objects->n; i++) {
                const struct object *o = &objects->items[i], *parent;

                if (!startswith(o->path, device_path) || strcasecmp(o->uuid, characteristic) != 0)
                        continue;
                parent = parent_of(objects, o->path);
                if (parent && strcasecmp(parent->uuid, service) == 0)
                        return o;
        }
        return NULL;
}
