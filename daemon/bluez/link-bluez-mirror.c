/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bluez/link-bluez-private.h"

#include "lib/bus-names.h"

/* After bluetoothd went, it is asked (and so activated) again after this, doubled up to 32 times. */
#define RETRY_USEC (500 * USEC_PER_MSEC)

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

void bluez_settle(struct bluez_radio *radio) {
        enum radio_state state = state_of(radio);

        bluez_adapters_settle(radio);
        if (state != radio->told) {
                radio->told = state;
                read_version(radio);
                radio->base.handler->state_changed(radio->base.userdata, state);
        }
        bluez_links_check(radio);
        bluez_links_advance(radio);
        bluez_scan_update(radio);
}

static int on_interfaces_added(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const struct bluez_object *o;
        const char *path;

        if (!radio->present && !radio->objects_slot)
                return 0;
        if (sd_bus_message_read(m, "o", &path) < 0)
                return 0;
        if (bluez_interfaces_read(radio, m, path) < 0) {
                bluez_objects_remove(radio, path);
                return 0;
        }
        o = bluez_find_path(radio, path);
        if (o)
                bluez_advertise(radio, o);
        bluez_settle(radio);
        return 0;
}

static void forget_battery(struct bluez_radio *radio, struct bluez_object *device) {
        if (device->battery == LINK_BATTERY_UNKNOWN)
                return;
        device->battery = LINK_BATTERY_UNKNOWN;
        bluez_link_battery(radio, device);
}

static int on_interfaces_removed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const char *path, *interface;
        struct bluez_object *o;
        bool whole = false;
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r < 0)
                return 0;
        o = bluez_find_path(radio, path);
        r = sd_bus_message_enter_container(m, 'a', "s");
        while (o && r >= 0 && (r = sd_bus_message_read(m, "s", &interface)) > 0) {
                enum bluez_kind kind = bluez_kind_of(interface);

                whole |= kind == o->kind;
                if (kind == BLUEZ_KIND_BATTERY)
                        forget_battery(radio, o);
        }
        if (whole)
                bluez_objects_remove(radio, path);
        bluez_settle(radio);
        return 0;
}

static int read_invalidated(sd_bus_message *m, struct bluez_radio *radio, struct bluez_object *o) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "s", &name)) > 0)
                if (streq(name, "RSSI"))
                        o->rssi = 0; /* discovery stopped, which proves nothing about the device */
                else if (streq(name, "Percentage"))
                        forget_battery(radio, o);
        return r;
}

static int on_properties_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const char *interface;
        struct bluez_object *o;
        enum bluez_kind kind;
        int r;

        r = sd_bus_message_read(m, "s", &interface);
        if (r < 0)
                return 0;
        kind = bluez_kind_of(interface);
        o = kind < _BLUEZ_KIND_MAX ? bluez_find_path(radio, sd_bus_message_get_path(m)) : NULL;
        if (!o || o->kind != (kind == BLUEZ_KIND_BATTERY ? BLUEZ_KIND_DEVICE : kind))
                return 0;
        r = bluez_properties_read(radio, m, o, kind, true);
        /* Notified values arrive this way; nothing waits for them. */
        if (kind == BLUEZ_KIND_CHARACTERISTIC || r < 0)
                return 0;
        (void) read_invalidated(m, radio, o);
        bluez_advertise(radio, o);
        bluez_settle(radio);
        return 0;
}

static void forget_all(struct bluez_radio *radio) {
        radio->present = radio->trusted = false;
        bluez_links_close_all(radio, "the Bluetooth service went away");
        bluez_objects_remove(radio, NULL);
        radio->objects_slot = sd_bus_slot_unref(radio->objects_slot);
        radio->trust_slot = sd_bus_slot_unref(radio->trust_slot);
        bluez_settle(radio);
}

/* Any first reply, good or bad, ends the wait for it. */
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

static void on_objects(int error, void *userdata) {
        struct bluez_radio *radio = userdata;

        if (error < 0) {
                ask_later(radio);
        } else {
                radio->present = true;
                radio->retries = 0;
        }
        bluez_settle(radio);
        answered(radio);
}

static void ask_objects(struct bluez_radio *radio) {
        if (bluez_objects_ask(radio, &radio->objects_slot, on_objects, radio) < 0)
                ask_later(radio);
}

/* Only limber-sim has this object; a real bluetoothd is not used in a simulation. */
static int on_trust(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;

        radio->trust_slot = sd_bus_slot_unref(radio->trust_slot);
        if (sd_bus_message_is_method_error(m, NULL)) {
                /* Without any org.bluez there is nothing to check; its name is signalled when it appears. */
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

/* Subscribes first, then reads everything once, then applies signals, so that no change is missed. */
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
        bluez_objects_free(radio);
}
