/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-device.h"

/* Unlikely Error: reported by bluetoothd for every pending request when the link is lost. */
#define ATT_ERROR_UNLIKELY 0x0e
/* The first of the application-defined errors. */
#define ATT_ERROR_APPLICATION 0x80

/* bluetoothd's names of ATT errors (src/gatt-client.c, create_gatt_dbus_error). */
static const struct {
        int att;
        const char *name, *message;
} att_errors[] = {
        { 0x02, "NotPermitted", "Read not permitted" },
        { 0x03, "NotPermitted", "Write not permitted" },
        { 0x05, "NotPermitted", "Not paired" },
        { 0x06, "NotSupported", "Operation is not supported" },
        { 0x07, "InvalidArguments", "Invalid offset" },
        { 0x08, "NotAuthorized", "Operation Not Authorized" },
        { 0x0c, "NotPermitted", "Not paired" },
        { 0x0d, "InvalidArguments", "Invalid Length" },
        { 0x0f, "NotPermitted", "Not paired" },
};

static void reply_att_error(sd_bus_message **call, int att) {
        char message[64];

        for (size_t i = 0; i < ARRAY_SIZE(att_errors); i++)
                if (att_errors[i].att == att) {
                        bluez_reply_error(call, att_errors[i].name, att_errors[i].message);
                        return;
                }
        snprintf(message, sizeof(message), "Operation failed with ATT error: 0x%02x", (unsigned) att);
        bluez_reply_error(call, "Failed", message);
}

static void op_free(struct bluez_op *op) {
        sd_bus_message_unref(op->call);
        free(op);
}

static void reply_bytes(sd_bus_message **call, const uint8_t *bytes, size_t n) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        if (!*call)
                return;
        if (sd_bus_message_new_method_return(*call, &reply) >= 0 &&
                sd_bus_message_append_array(reply, 'y', bytes, n) >= 0)
                (void) sd_bus_send(NULL, reply, NULL);
        *call = sd_bus_message_unref(*call);
}

/* The answer arrived: replies to the caller, and notifies watchers of the characteristic. */
static void op_finish(struct bluez_op *op) {
        struct bluez_characteristic *characteristic = op->characteristic;

        if (op->kind == BLUEZ_OP_WRITE)
                characteristic->writing = false;
        if (op->error != 0) {
                /* The session that requested it ends with the request; those of an earlier link stay. */
                if (op->kind == BLUEZ_OP_SUBSCRIBE && op->call)
                        bluez_notify_client_gone(characteristic, sd_bus_message_get_sender(op->call));
                reply_att_error(&op->call, op->error);
                return;
        }

        switch (op->kind) {
        case BLUEZ_OP_READ:
                bluez_characteristic_set_value(characteristic, op->bytes, op->n);
                reply_bytes(&op->call, op->bytes, op->n);
                break;
        case BLUEZ_OP_SUBSCRIBE:
                characteristic->registered = true;
                bluez_characteristic_changed(characteristic, "Notifying");
                bluez_reply(&op->call);
                break;
        case BLUEZ_OP_WRITE:
        case BLUEZ_OP_UNSUBSCRIBE:
                bluez_reply(&op->call);
                break;
        }
}

/* Transmits the request: the product's result is stored in op until the answer is due. */
static void op_transmit(struct bluez_device *device, struct bluez_op *op) {
        struct bluez_characteristic *characteristic = op->characteristic;
        ssize_t n;

        switch (op->kind) {
        case BLUEZ_OP_READ:
                n = product_read(device->product, bluez_now_usec(), characteristic->index, op->bytes,
                        sizeof(op->bytes));
                bluez_device_reschedule(device);
                op->error = n < 0 ? (int) -n : 0;
                op->n = n < 0 ? 0 : (size_t) n;
                break;
        case BLUEZ_OP_WRITE:
                if (device->faults.write_fails > 0) {
                        device->faults.write_fails--;
                        op->error = ATT_ERROR_APPLICATION;
                        break;
                }
                op->error = bluez_device_write(
                        device, characteristic->index, PRODUCT_WRITE_REQUEST, "call", op->bytes, op->n);
                break;
        case BLUEZ_OP_SUBSCRIBE:
                /* Notifications come from here on, even before the answer. */
                characteristic->subscribed = true;
                break;
        case BLUEZ_OP_UNSUBSCRIBE:
                characteristic->subscribed = false;
                break;
        }
}

static int on_answer(sd_event_source *source, uint64_t usec, void *userdata);

static void start_head(struct bluez_device *device) {
        const struct bluez_delays *delays = &device->bluez->delays;
        uint64_t usec = device->faults.request_usec ?: delays->request_usec;

        if (!device->att.head)
                return;
        device->att.head->lost = !bluez_device_reachable(device) || device->faults.silent;
        if (device->att.head->lost)
                usec = delays->att_timeout_usec;
        else
                op_transmit(device, device->att.head);
        bluez_arm(device->bluez, &device->att.timer, usec, on_answer, device);
}

static int on_answer(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bluez_device *device = userdata;
        struct bluez_op *op = device->att.head;

        if (!op)
                return 0;
        if (op->lost) {
                /* No answer in 30 s: bluetoothd drops the link. */
                bluez_link_lose(device, false);
                return 0;
        }
        if (device->faults.silent || !bluez_device_reachable(device)) {
                /* The request arrived, but its answer is lost. */
                op->lost = true;
                bluez_arm(device->bluez, &device->att.timer, device->bluez->delays.att_timeout_usec,
                        on_answer, device);
                return 0;
        }
        device->att.head = op->next;
        op_finish(op);
        op_free(op);
        start_head(device);
        return 0;
}

int bluez_att_push(struct bluez_device *device, enum bluez_op_kind kind,
        struct bluez_characteristic *characteristic, sd_bus_message *call, const uint8_t *bytes, size_t n) {
        struct bluez_op *op, **tail;

        op = calloc(1, sizeof(*op));
        if (!op)
                return -ENOMEM;
        op->kind = kind;
        op->characteristic = characteristic;
        op->call = sd_bus_message_ref(call);
        op->n = MIN(n, sizeof(op->bytes));
        if (op->n > 0)
                memcpy(op->bytes, bytes, op->n);
        if (kind == BLUEZ_OP_WRITE)
                characteristic->writing = true;

        for (tail = &device->att.head; *tail; tail = &(*tail)->next)
                ;
        *tail = op;
        if (tail == &device->att.head)
                start_head(device);
        return 0;
}

void bluez_att_fail_all(struct bluez_device *device) {
        struct bluez_op *op;

        bluez_disarm(device->att.timer);
        while ((op = device->att.head)) {
                device->att.head = op->next;
                op->error = ATT_ERROR_UNLIKELY;
                op_finish(op);
                op_free(op);
        }
}

void bluez_att_done(struct bluez_device *device) {
        struct bluez_op *op;

        while ((op = device->att.head)) {
                device->att.head = op->next;
                op_free(op);
        }
        device->att.timer = sd_event_source_disable_unref(device->att.timer);
}
