/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-device.h"

static struct bluez_notify **find_session(struct bluez_characteristic *characteristic, const char *client) {
        struct bluez_notify **session = &characteristic->notifies;

        while (*session && !streq((*session)->client, client))
                session = &(*session)->next;
        return session;
}

static void session_free(struct bluez_notify **session) {
        struct bluez_notify *gone = *session;

        *session = gone->next;
        free(gone->client);
        free(gone);
}

static int add_session(struct bluez_characteristic *characteristic, const char *client) {
        struct bluez_notify *session;

        session = calloc(1, sizeof(*session));
        if (!session)
                return -ENOMEM;
        session->client = strdup(client);
        if (!session->client) {
                free(session);
                return -ENOMEM;
        }
        session->next = characteristic->notifies;
        characteristic->notifies = session;
        return 0;
}

static bool link_ready(const struct bluez_device *device) {
        return device->link == BLUEZ_LINK_UP && device->resolved;
}

int bluez_notify_method_start(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_characteristic *characteristic = userdata;
        struct bluez_device *device = characteristic->device;
        const char *client = sd_bus_message_get_sender(m);
        int r;

        if (!(characteristic->facts->properties & PRODUCT_NOTIFY))
                return bluez_error(error, "NotSupported", "Operation is not supported");
        if (device->disconnecting)
                return bluez_error(error, "NotConnected", "Not Connected");
        if (*find_session(characteristic, client)) {
                if (link_ready(device) && !characteristic->registered)
                        return bluez_error(error, "InProgress", "In Progress");
                return sd_bus_reply_method_return(m, NULL);
        }

        r = add_session(characteristic, client);
        if (r < 0)
                return r;
        /* Without a link the session is kept for the next one; with another client's session it is active already. */
        if (!link_ready(device) || characteristic->registered) {
                if (!characteristic->notifies->next)
                        bluez_characteristic_changed(characteristic, "Notifying");
                return sd_bus_reply_method_return(m, NULL);
        }
        r = bluez_att_push(device, BLUEZ_OP_SUBSCRIBE, characteristic, m, NULL, 0);
        return r < 0 ? r : 1;
}

static void remove_session(struct bluez_characteristic *characteristic, struct bluez_notify **session) {
        session_free(session);
        if (characteristic->notifies)
                return;
        bluez_characteristic_changed(characteristic, "Notifying");
        characteristic->registered = false;
        if (link_ready(characteristic->device))
                (void) bluez_att_push(
                        characteristic->device, BLUEZ_OP_UNSUBSCRIBE, characteristic, NULL, NULL, 0);
}

int bluez_notify_method_stop(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_characteristic *characteristic = userdata;
        struct bluez_notify **session;

        session = find_session(characteristic, sd_bus_message_get_sender(m));
        if (!*session)
                return bluez_error(error, "Failed", "No notify session started");
        remove_session(characteristic, session);
        return sd_bus_reply_method_return(m, NULL);
}

void bluez_notify_client_gone(struct bluez_characteristic *characteristic, const char *client) {
        struct bluez_notify **session;

        session = find_session(characteristic, client);
        if (*session)
                remove_session(characteristic, session);
}

void bluez_notify_resolved(struct bluez_characteristic *characteristic) {
        if (characteristic->notifies && characteristic->service->exported)
                (void) bluez_att_push(
                        characteristic->device, BLUEZ_OP_SUBSCRIBE, characteristic, NULL, NULL, 0);
}

void bluez_notify_clear(struct bluez_characteristic *characteristic) {
        while (characteristic->notifies)
                session_free(&characteristic->notifies);
        characteristic->subscribed = characteristic->registered = false;
}

void bluez_notify_arrived(struct bluez_device *device, unsigned index, const uint8_t *bytes, size_t n) {
        struct bluez_characteristic *characteristic = device->gatt.characteristics + index;
        uint8_t copy[BLUEZ_ATT_VALUE_MAX];

        if (!bluez_device_reachable(device) || device->faults.silent)
                return;
        n = MIN(n, sizeof(copy));
        memcpy(copy, bytes, n);
        if (device->faults.notify_malformed > 0 && characteristic->subscribed) {
                device->faults.notify_malformed--;
                /* Half of it, with the first byte inverted. */
                n /= 2;
                copy[0] = (uint8_t) ~copy[0];
        }
        recorder_notify(device->bluez->recorder, bluez_now_usec(), device->product, index,
                characteristic->subscribed, copy, n);
        bluez_battery_notified(device, index, copy, n);
        if (characteristic->subscribed)
                bluez_characteristic_set_value(characteristic, copy, n);
}
