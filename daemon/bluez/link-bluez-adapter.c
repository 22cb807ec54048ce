/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bluez/link-bluez-private.h"

/* By its address, or by the last part of its path, which is its name. */
static bool is_wanted(const struct bluez_radio *radio, const struct bluez_object *adapter) {
        const char *name = strrchr(adapter->path, '/');

        return isempty(radio->only) || strcasecmp(adapter->address, radio->only) == 0 ||
               (name && streq(name + 1, radio->only));
}

static bool is_usable(const struct bluez_radio *radio, const struct bluez_object *adapter) {
        return adapter->kind == BLUEZ_KIND_ADAPTER && adapter->powered && !adapter->no_central &&
               is_wanted(radio, adapter);
}

struct bluez_object *bluez_find_adapter(const struct bluez_radio *radio) {
        struct bluez_object *any = NULL;

        for (struct bluez_object *o = radio->objects; o; o = o->next) {
                if (is_usable(radio, o))
                        return o;
                if (o->kind == BLUEZ_KIND_ADAPTER && is_wanted(radio, o))
                        any = o;
        }
        return any;
}

struct bluez_object *bluez_adapter_of(const struct bluez_radio *radio, const struct bluez_object *device) {
        struct bluez_object *adapter = bluez_find_path(radio, device->adapter);

        return adapter && is_usable(radio, adapter) ? adapter : NULL;
}

static bool is_same(const struct bluez_object *device, const char *address, const char *type) {
        return device->kind == BLUEZ_KIND_DEVICE && strcasecmp(device->address, address) == 0 &&
               (isempty(type) || isempty(device->address_type) || streq(type, device->address_type));
}

static bool is_better(const struct bluez_object *a, const struct bluez_object *b) {
        return a->connected != b->connected ? a->connected : a->heard_usec > b->heard_usec;
}

struct bluez_object *bluez_find_device(
        const struct bluez_radio *radio, const char *address, const char *type) {
        struct bluez_object *best = NULL;

        for (struct bluez_object *o = radio->objects; o; o = o->next)
                if (is_same(o, address, type) && bluez_adapter_of(radio, o) && (!best || is_better(o, best)))
                        best = o;
        return best;
}

bool bluez_adapter_is_taken(
        const struct bluez_radio *radio, const char *path, const struct bluez_link *except) {
        for (const struct bluez_link *l = radio->links; l; l = l->next)
                if (l != except && l->turn && streq(l->adapter, path))
                        return true;
        return false;
}

void bluez_adapters_settle(struct bluez_radio *radio) {
        for (struct bluez_object *o = radio->objects; o; o = o->next)
                if (o->kind == BLUEZ_KIND_ADAPTER && !is_usable(radio, o))
                        bluez_scan_forget(o->scan);
                /* Objects of an adapter that is off stay on the bus unchanged. */
                else if (o->kind == BLUEZ_KIND_DEVICE && o->in_sight && !bluez_adapter_of(radio, o))
                        bluez_sight_lost(radio, o);
}
