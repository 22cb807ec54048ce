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

static int read_variant(sd_bus_message *m, const char *name, struct object *o) {
        const char *contents, *text;
        int r, value;

        r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r < 0)
                return r;
        if (streq(contents, "s") && (streq(name, "Address") || streq(name, "UUID"))) {
                r = sd_bus_message_read(m, "v", "s", &text);
                if (r >= 0 && streq(name, "UUID"))
                        (void) snprintf(o->uuid, sizeof(o->uuid), "%s", text);
                else if (r >= 0)
                        (void) snprintf(o->address, sizeof(o->address), "%s", text);
                return r;
        }
        if (streq(contents, "b") && (streq(name, "Connected") || streq(name, "ServicesResolved"))) {
                r = sd_bus_message_read(m, "v", "b", &value);
                if (r >= 0)
                        *(streq(name, "Connected") ? &o->connected : &o->resolved) = value;
                return r;
        }
        return sd_bus_message_skip(m, "v");
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
        return streq(interface, "org.bluez.Device1") || streq(interface, "org.bluez.GattService1") ||
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

const struct object *objects_device(const struct objects *objects, const char *address) {
        const struct object *any = NULL;

        for (size_t i = 0; i < objects->n; i++)
                if (strcasecmp(objects->items[i].address, address) == 0) {
                        if (objects->items[i].connected)
                                return &objects->items[i];
                        any = &objects->items[i];
                }
        return any;
}

static const struct object *parent_of(const struct objects *objects, const char *path) {
        size_t n = (size_t) (strrchr(path, '/') - path);

        for (size_t i = 0; i < objects->n; i++)
                if (strlen(objects->items[i].path) == n && strncmp(objects->items[i].path, path, n) == 0)
                        return &objects->items[i];
        return NULL;
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
