/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-device.h"

/* The option "type" of WriteValue. */
enum write_type {
        WRITE_TYPE_ANY,
        WRITE_TYPE_COMMAND,
        WRITE_TYPE_REQUEST,
        WRITE_TYPE_UNKNOWN,
};

static enum write_type parse_type(const char *text) {
        if (streq(text, "command"))
                return WRITE_TYPE_COMMAND;
        return streq(text, "request") ? WRITE_TYPE_REQUEST : WRITE_TYPE_UNKNOWN;
}

static int read_option(sd_bus_message *m, enum write_type *type) {
        const char *key, *value;
        int r;

        r = sd_bus_message_read(m, "s", &key);
        if (r < 0)
                return r;
        if (!streq(key, "type"))
                return sd_bus_message_skip(m, "v");
        r = sd_bus_message_read(m, "v", "s", &value);
        if (r < 0)
                return r;
        *type = parse_type(value);
        return 0;
}

static int read_options(sd_bus_message *m, enum write_type *ret_type) {
        enum write_type type = WRITE_TYPE_ANY;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_option(m, &type);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        *ret_type = type;
        return 0;
}

/* Without a type, request goes before command. */
static enum write_type choose_type(const struct bluez_characteristic *characteristic, enum write_type type) {
        if (type != WRITE_TYPE_ANY)
                return type;
        if (characteristic->facts->properties & PRODUCT_WRITE)
                return WRITE_TYPE_REQUEST;
        if (characteristic->facts->properties & PRODUCT_WRITE_WITHOUT_RESPONSE)
                return WRITE_TYPE_COMMAND;
        return WRITE_TYPE_UNKNOWN;
}

static int write_command(struct bluez_characteristic *characteristic, sd_bus_message *m,
        const uint8_t *bytes, size_t n, sd_bus_error *error) {
        struct bluez_device *device = characteristic->device;

        if (n + BLUEZ_ATT_HEADER > characteristic->mtu)
                return bluez_error(error, "Failed", "Failed to initiate write");
        bluez_socket_send(device, characteristic->index, "call", bytes, n);
        return sd_bus_reply_method_return(m, NULL);
}

static int write_request(struct bluez_characteristic *characteristic, sd_bus_message *m,
        const uint8_t *bytes, size_t n, sd_bus_error *error) {
        int r;

        if (n > BLUEZ_ATT_VALUE_MAX)
                return bluez_error(error, "InvalidArguments", "Invalid Length");
        /* Beyond the MTU it would become a prepared write, which no product here supports. */
        if (n + BLUEZ_ATT_HEADER > characteristic->mtu)
                return bluez_error(error, "NotSupported", "Operation is not supported");
        r = bluez_att_push(characteristic->device, BLUEZ_OP_WRITE, characteristic, m, bytes, n);
        return r < 0 ? r : 1;
}

int bluez_value_method_write(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_characteristic *characteristic = userdata;
        enum write_type type;
        const void *bytes;
        size_t n;
        int r;

        r = sd_bus_message_read_array(m, 'y', &bytes, &n);
        if (r < 0)
                return r;
        r = read_options(m, &type);
        if (r < 0)
                return bluez_error(error, "InvalidArguments", "Invalid arguments in method call");

        if (characteristic->service->claimed)
                return bluez_error(error, "NotAuthorized", "Operation Not Authorized");
        if (characteristic->device->link != BLUEZ_LINK_UP)
                return bluez_error(error, "Failed", "Not connected");
        if (characteristic->write_acquired)
                return bluez_error(error, "NotPermitted", "Write acquired");
        if (characteristic->writing)
                return bluez_error(error, "InProgress", "In Progress");

        switch (choose_type(characteristic, type)) {
        case WRITE_TYPE_COMMAND:
                return write_command(characteristic, m, bytes, n, error);
        case WRITE_TYPE_REQUEST:
                return write_request(characteristic, m, bytes, n, error);
        default:
                return bluez_error(error, "NotSupported", "Operation is not supported");
        }
}

int bluez_value_method_read(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_characteristic *characteristic = userdata;
        int r;

        if (characteristic->device->link != BLUEZ_LINK_UP)
                return bluez_error(error, "Failed", "Not connected");
        r = bluez_att_push(characteristic->device, BLUEZ_OP_READ, characteristic, m, NULL, 0);
        return r < 0 ? r : 1;
}

int bluez_value_method_acquire_notify(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return bluez_error(error, "NotSupported", "Operation is not supported");
}
