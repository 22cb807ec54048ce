/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which devices are in sight. An object in BlueZ proves nothing, nor does a missing signal strength: objects of devices that
 * were connected once stay for ever. */

#include "daemon/bluez/link-bluez-private.h"

/* The time for which bluetoothd keeps a device that it does not hear (TemporaryTimeout). */
#define SIGHT_USEC (30 * USEC_PER_SEC)

static bool is_visible(const struct bluez_radio *radio, const struct bluez_object *device) {
        return (device->in_sight || device->connected) && bluez_adapter_of(radio, device);
}

/* Another adapter has it in sight. */
static bool is_visible_elsewhere(const struct bluez_radio *radio, const struct bluez_object *device) {
        for (const struct bluez_object *o = radio->objects; o; o = o->next)
                if (o != device && o->kind == BLUEZ_KIND_DEVICE && streq(o->address, device->address) &&
                        streq(o->address_type, device->address_type) && is_visible(radio, o))
                        return true;
        return false;
}

void bluez_sight_heard(struct bluez_radio *radio, struct bluez_object *device) {
        device->heard_usec = clock_now(radio->clock);
        device->in_sight = true;
        if (!clock_timer_armed(radio->sight_timer))
                clock_timer_arm_in(radio->sight_timer, SIGHT_USEC);
}

void bluez_sight_lost(struct bluez_radio *radio, struct bluez_object *device) {
        device->in_sight = false;
        if (!is_visible_elsewhere(radio, device))
                radio->base.handler->vanished(radio->base.userdata, device->address, device->address_type);
}

static void on_sight(struct clock_timer *timer, void *userdata) {
        struct bluez_radio *radio = userdata;
        uint64_t now = clock_now(radio->clock), next = USEC_INFINITY;

        for (struct bluez_object *o = radio->objects; o; o = o->next) {
                /* The end of a link counts as heard. */
                if (o->kind != BLUEZ_KIND_DEVICE || !o->in_sight || o->connected)
                        continue;
                if (now - o->heard_usec >= SIGHT_USEC)
                        bluez_sight_lost(radio, o);
                else
                        next = MIN(next, o->heard_usec + SIGHT_USEC);
        }
        if (next != USEC_INFINITY)
                clock_timer_arm(timer, next);
}

static struct radio_advert advert_of(const struct bluez_object *device) {
        struct radio_advert advert = { .rssi_dbm = device->rssi };

        memcpy(advert.address, device->address, sizeof(advert.address));
        memcpy(advert.address_type, device->address_type, sizeof(advert.address_type));
        memcpy(advert.name, device->name, sizeof(advert.name));
        return advert;
}

void bluez_advertise(struct bluez_radio *radio, const struct bluez_object *device) {
        struct radio_advert advert;

        if (device->kind != BLUEZ_KIND_DEVICE || !is_visible(radio, device))
                return;
        advert = advert_of(device);
        radio->base.handler->advertised(radio->base.userdata, &advert);
}

int bluez_radio_sight(
        const struct radio *base, const char *address, const char *address_type, struct radio_advert *ret) {
        const struct bluez_radio *radio = (const struct bluez_radio *) base;
        const struct bluez_object *found = NULL;

        for (const struct bluez_object *o = radio->objects; o; o = o->next) {
                if (o->kind != BLUEZ_KIND_DEVICE || strcasecmp(o->address, address) != 0 ||
                        !is_visible(radio, o) || (address_type[0] && !streq(o->address_type, address_type)))
                        continue;
                if (found && !streq(found->address_type, o->address_type))
                        return -ENOTUNIQ;
                /* Of two adapters that hear it, one may have its name. */
                if (!found || isempty(found->name))
                        found = o;
        }
        if (!found)
                return -ENODEV;
        *ret = advert_of(found);
        return 0;
}

int bluez_sight_init(struct bluez_radio *radio) {
        return clock_timer_new(radio->clock, on_sight, radio, &radio->sight_timer);
}

void bluez_sight_done(struct bluez_radio *radio) {
        radio->sight_timer = clock_timer_free(radio->sight_timer);
}

void bluez_advertise_all(struct bluez_radio *radio) {
        for (const struct bluez_object *o = radio->objects; o; o = o->next)
                bluez_advertise(radio, o);
}
