/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Presence of a device: seen during discovery, removed again unless it was ever connected. */

#include "sim/bluez/bluez-adapter.h"
#include "sim/bluez/bluez-device.h"

/* dBm; alternating, so that there is a change to signal. */
static const int16_t rssi_near[] = { -58, -61, -57, -60 };
#define APPEAR_SPREAD_USEC (7 * USEC_PER_MSEC)

static int on_forgotten(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bluez_device *device = userdata;

        if (device->temporary && device->link == BLUEZ_LINK_DOWN)
                bluez_device_unexport(device);
        return 0;
}

static int16_t next_rssi(int16_t rssi) {
        for (size_t i = 0; i < ARRAY_SIZE(rssi_near); i++)
                if (rssi_near[i] == rssi)
                        return rssi_near[(i + 1) % ARRAY_SIZE(rssi_near)];
        return rssi_near[0];
}

/* A connected device does not advertise, and one out of range is not received. */
static bool heard(const struct bluez_device *device) {
        return !device->faults.away && device->link != BLUEZ_LINK_UP &&
               bluez_adapter_wants(device->bluez->adapter, device->product, next_rssi(device->rssi));
}

static int on_advertisement(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bluez_device *device = userdata;
        struct bluez *bluez = device->bluez;

        bluez_arm(bluez, &device->advert_timer, bluez->delays.advertise_usec, on_advertisement, device);
        if (!heard(device))
                return 0;
        bluez_device_set_rssi(device, next_rssi(device->rssi));
        if (!device->exported) {
                device->temporary = true;
                bluez_device_export(device);
        }
        bluez_arm(bluez, &device->temporary_timer, bluez->delays.temporary_usec, on_forgotten, device);
        return 0;
}

void bluez_presence_discovery(struct bluez_device *device, bool running, unsigned order) {
        struct bluez *bluez = device->bluez;

        if (running) {
                bluez_arm(bluez, &device->advert_timer,
                        bluez->delays.appear_usec + order * APPEAR_SPREAD_USEC, on_advertisement, device);
                return;
        }
        bluez_disarm(device->advert_timer);
        bluez_device_set_rssi(device, 0);
}

void bluez_presence_radio_off(struct bluez_device *device) {
        bluez_link_lose(device, true);
}

void bluez_presence_adapter_gone(struct bluez_device *device) {
        device->known = device->exported && !device->temporary;
        bluez_device_unexport(device);
}

void bluez_presence_adapter_back(struct bluez_device *device) {
        /* A device that was ever connected is stored on disk. */
        if (device->known)
                bluez_device_export(device);
        device->known = false;
}

int bluez_presence_remove(struct bluez_device *device, sd_bus_message *m, sd_bus_error *error) {
        if (device->connected) {
                device->remove_after = true;
                return bluez_link_disconnect(device, m, error);
        }
        if (device->link == BLUEZ_LINK_CONNECTING)
                bluez_link_lose(device, true);
        bluez_device_unexport(device);
        return sd_bus_reply_method_return(m, NULL);
}

void bluez_presence_done(struct bluez_device *device) {
        device->advert_timer = sd_event_source_disable_unref(device->advert_timer);
        device->temporary_timer = sd_event_source_disable_unref(device->temporary_timer);
}
