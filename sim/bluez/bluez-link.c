/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The link to a device: Connect(), service discovery, Disconnect(), and every way to lose it, with the signal order of
 * bluetoothd 5.66 (src/device.c, src/gatt-client.c). */

#include "sim/bluez/bluez-adapter.h"
#include "sim/bluez/bluez-device.h"

/* A device that never answers is dropped this long after service discovery failed. */
#define SILENT_DROP_USEC (14 * USEC_PER_SEC)

static void set_connected(struct bluez_device *device, bool connected) {
        if (device->connected == connected)
                return;
        device->connected = connected;
        if (!(connected && device->faults.no_connected_signal))
                bluez_device_changed(device, "Connected");
}

static void set_resolved(struct bluez_device *device, bool resolved) {
        if (device->resolved == resolved)
                return;
        device->resolved = resolved;
        bluez_device_changed(device, "ServicesResolved");
}

static int on_lost(sd_event_source *source, uint64_t usec, void *userdata) {
        bluez_link_lose(userdata, false);
        return 0;
}

static int on_services_late(sd_event_source *source, uint64_t usec, void *userdata) {
        bluez_gatt_announce(userdata);
        return 0;
}

static int on_resolved(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bluez_device *device = userdata;
        struct bluez *bluez = device->bluez;

        if (device->faults.silent || device->faults.away) {
                /* Discovery failed, but ServicesResolved is true nevertheless. */
                set_resolved(device, true);
                bluez_arm(bluez, &device->loss_timer, SILENT_DROP_USEC, on_lost, device);
                return 0;
        }
        bluez_gatt_set_mtu(device, BLUEZ_ATT_MTU);
        bluez_gatt_export(device);
        bluez_device_changed(device, "UUIDs");
        set_resolved(device, true);
        /* The objects exist, but the signal about them is still queued. */
        bluez_arm(bluez, &device->services_timer, bluez->delays.services_usec, on_services_late, device);
        bluez_battery_export(device);
        bluez_gatt_resolved(device);
        return 0;
}

static void link_up(struct bluez_device *device) {
        struct bluez *bluez = device->bluez;
        uint64_t now_usec = bluez_now_usec();

        device->link = BLUEZ_LINK_UP;
        device->disconnecting = false;
        recorder_link(bluez->recorder, now_usec, device->product, true);
        product_linked(device->product, now_usec, true);
        bluez_device_reschedule(device);

        /* Services of an earlier link still exist, with the MTU that every link starts with. */
        bluez_gatt_set_mtu(device, BLUEZ_ATT_MTU_DEFAULT);
        set_connected(device, true);
        bluez_reply(&device->connect_call);
        bluez_arm(bluez, &device->resolve_timer,
                device->faults.silent ? bluez->delays.att_timeout_usec : bluez->delays.resolve_usec,
                on_resolved, device);
}

static int on_connected(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bluez_device *device = userdata;
        struct bluez_faults *faults = &device->faults;

        if (faults->away || faults->connect_hangs || faults->connect_fails > 0) {
                if (faults->connect_fails > 0)
                        faults->connect_fails--;
                device->link = BLUEZ_LINK_DOWN;
                bluez_reply_error(&device->connect_call, "Failed", "le-connection-abort-by-local");
                return 0;
        }
        link_up(device);
        return 0;
}

static void start_connecting(struct bluez_device *device) {
        const struct bluez_delays *delays = &device->bluez->delays;
        bool never = device->faults.away || device->faults.connect_hangs;

        device->link = BLUEZ_LINK_CONNECTING;
        bluez_arm(device->bluez, &device->connect_timer,
                never ? delays->connect_timeout_usec : delays->connect_usec, on_connected, device);
}

int bluez_link_connect(struct bluez_device *device, sd_bus_message *m, sd_bus_error *error) {
        /* Connected, or still reported as such: success, even if the link is about to drop. */
        if (device->connected)
                return sd_bus_reply_method_return(m, NULL);
        if (device->link == BLUEZ_LINK_CONNECTING)
                return bluez_error(error, "Failed", "Operation already in progress");
        if (!device->bluez->adapter->powered)
                return bluez_error(error, "Failed", "Input/output error");

        device->temporary = false;
        device->connect_call = sd_bus_message_ref(m);
        start_connecting(device);
        return 1;
}

static int on_disconnected(sd_event_source *source, uint64_t usec, void *userdata) {
        bluez_link_lose(userdata, true);
        return 0;
}

int bluez_link_disconnect(struct bluez_device *device, sd_bus_message *m, sd_bus_error *error) {
        struct bluez *bluez = device->bluez;

        if (device->link == BLUEZ_LINK_CONNECTING) {
                bluez_link_lose(device, true);
                return sd_bus_reply_method_return(m, NULL);
        }
        if (!device->connected)
                return sd_bus_reply_method_return(m, NULL);
        if (device->n_disconnect_calls == ARRAY_SIZE(device->disconnect_calls))
                return bluez_error(error, "Failed", "Too many calls");
        device->disconnect_calls[device->n_disconnect_calls++] = sd_bus_message_ref(m);
        /* For a link that already dropped, the reply is on its way. */
        if (device->link == BLUEZ_LINK_UP && !device->disconnecting) {
                device->disconnecting = true;
                bluez_arm(bluez, &device->disconnect_timer, bluez->delays.disconnect_usec, on_disconnected,
                        device);
        }
        return 1;
}

/* Last for the clients: the replies, then Connected=false. */
static int on_settled(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bluez_device *device = userdata;
        bool was_connected = device->connected;

        device->connected = false;
        for (size_t i = 0; i < device->n_disconnect_calls; i++)
                bluez_reply(device->disconnect_calls + i);
        device->n_disconnect_calls = 0;
        if (was_connected)
                bluez_device_changed(device, "Connected");
        if (device->remove_after)
                bluez_device_unexport(device);
        device->remove_after = false;
        return 0;
}

static void link_down(struct bluez_device *device) {
        uint64_t now_usec = bluez_now_usec();

        device->link = BLUEZ_LINK_DOWN;
        recorder_link(device->bluez->recorder, now_usec, device->product, false);
        product_linked(device->product, now_usec, false);
        bluez_device_reschedule(device);

        bluez_att_fail_all(device);
        bluez_gatt_link_down(device);
        bluez_battery_unexport(device);
        set_resolved(device, false);
}

void bluez_link_lose(struct bluez_device *device, bool at_once) {
        bluez_disarm(device->connect_timer);
        bluez_disarm(device->resolve_timer);
        bluez_disarm(device->disconnect_timer);
        bluez_disarm(device->loss_timer);
        device->disconnecting = false;

        if (device->link == BLUEZ_LINK_CONNECTING) {
                device->link = BLUEZ_LINK_DOWN;
                /* BlueZ says BR/EDR for LE, too. */
                bluez_reply_error(&device->connect_call, "Failed", "br-connection-canceled");
                return;
        }
        if (device->link == BLUEZ_LINK_UP)
                link_down(device);
        if (!device->connected)
                return;
        if (!at_once) {
                bluez_arm(device->bluez, &device->settle_timer, device->bluez->delays.settle_usec,
                        on_settled, device);
                return;
        }
        bluez_disarm(device->settle_timer);
        (void) on_settled(NULL, 0, device);
}

void bluez_link_range_changed(struct bluez_device *device) {
        switch (device->link) {
        case BLUEZ_LINK_DOWN:
                break;
        case BLUEZ_LINK_CONNECTING:
                start_connecting(device);
                break;
        case BLUEZ_LINK_UP:
                if (device->faults.away)
                        bluez_arm(device->bluez, &device->loss_timer, device->bluez->delays.supervision_usec,
                                on_lost, device);
                else
                        bluez_disarm(device->loss_timer);
                break;
        }
}

void bluez_link_services_changed(struct bluez_device *device) {
        if (device->link != BLUEZ_LINK_UP || !device->resolved)
                return;
        bluez_gatt_export(device);
        bluez_device_changed(device, "UUIDs");
        bluez_gatt_announce(device);
}

void bluez_link_done(struct bluez_device *device) {
        device->connect_timer = sd_event_source_disable_unref(device->connect_timer);
        device->resolve_timer = sd_event_source_disable_unref(device->resolve_timer);
        device->services_timer = sd_event_source_disable_unref(device->services_timer);
        device->disconnect_timer = sd_event_source_disable_unref(device->disconnect_timer);
        device->loss_timer = sd_event_source_disable_unref(device->loss_timer);
        device->settle_timer = sd_event_source_disable_unref(device->settle_timer);
        sd_bus_message_unref(device->connect_call);
        for (size_t i = 0; i < device->n_disconnect_calls; i++)
                sd_bus_message_unref(device->disconnect_calls[i]);
}
