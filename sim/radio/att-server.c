/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/radio/att-impl.h"

void att_server_reset(struct att_server *server) {
        server->mtu = ATT_MTU_DEFAULT;
        memset(server->ccc, 0, sizeof(server->ccc));
        server->indicated = server->moved = false;
}

static uint16_t *ccc_of(struct att_server *server, const struct gatt_attribute *attribute) {
        return server->ccc + (attribute - server->table->attributes);
}

ssize_t att_server_value(
        struct att_server *server, const struct gatt_attribute *attribute, uint8_t value[ATT_VALUE_MAX]) {
        if (attribute->product >= 0) {
                if (!(attribute->properties & PRODUCT_READ))
                        return -ATT_READ_NOT_PERMITTED;
                return server->host.read(
                        server->host.userdata, (unsigned) attribute->product, value, ATT_VALUE_MAX);
        }
        if (attribute->ccc != 0) {
                value[0] = (uint8_t) *ccc_of(server, attribute);
                value[1] = (uint8_t) (*ccc_of(server, attribute) >> 8);
                return 2;
        }
        if (attribute->n_fixed == 0)
                return -ATT_READ_NOT_PERMITTED;
        memcpy(value, attribute->fixed, attribute->n_fixed);
        return attribute->n_fixed;
}

static uint8_t exchange_mtu(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        /* Part F, 3.4.2.2: the smaller one, but at least the default. */
        server->mtu = MAX((uint16_t) ATT_MTU_DEFAULT, MIN(get_u16(pdu + 1), server->offered));
        packet_u8(answer, ATT_EXCHANGE_MTU_RESPONSE);
        packet_u16(answer, server->offered);
        return 0;
}

static uint8_t read_from(struct att_server *server, const uint8_t *pdu, size_t offset, uint8_t opcode,
        struct packet *answer) {
        const struct gatt_attribute *attribute = gatt_table_find(server->table, get_u16(pdu + 1));
        uint8_t value[ATT_VALUE_MAX];
        ssize_t size;

        if (!attribute)
                return ATT_INVALID_HANDLE;
        size = att_server_value(server, attribute, value);
        if (size < 0)
                return (uint8_t) -size;
        if (offset > (size_t) size)
                return ATT_INVALID_OFFSET;
        packet_u8(answer, opcode);
        packet_add(answer, value + offset, MIN((size_t) size - offset, server->mtu - (size_t) 1));
        return 0;
}

static uint8_t read_whole(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        return read_from(server, pdu, 0, ATT_READ_RESPONSE, answer);
}

static uint8_t read_blob(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        return read_from(server, pdu, get_u16(pdu + 3), ATT_READ_BLOB_RESPONSE, answer);
}

static uint8_t write_ccc(
        struct att_server *server, const struct gatt_attribute *attribute, const uint8_t *value, size_t n) {
        uint16_t bits;

        if (n != 2)
                return ATT_INVALID_LENGTH;
        bits = get_u16(value);
        if (bits & ~attribute->ccc)
                return ATT_CCC_IMPROPER;
        *ccc_of(server, attribute) = bits;
        return 0;
}

static uint8_t write_value(
        struct att_server *server, const uint8_t *pdu, size_t n, enum product_write_type type) {
        const struct gatt_attribute *attribute = gatt_table_find(server->table, get_u16(pdu + 1));
        const uint8_t *value = pdu + 3;

        n -= 3;
        if (!attribute)
                return ATT_INVALID_HANDLE;
        if (n > ATT_VALUE_MAX)
                return ATT_INVALID_LENGTH;
        if (attribute->product >= 0)
                return (uint8_t) server->host.write(
                        server->host.userdata, (unsigned) attribute->product, type, value, n);
        /* Descriptors take requests only: Part G, 4.12.3. */
        if (attribute->ccc == 0 || type != PRODUCT_WRITE_REQUEST)
                return ATT_WRITE_NOT_PERMITTED;
        return write_ccc(server, attribute, value, n);
}

static uint8_t write_request(
        struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        uint8_t error;

        error = write_value(server, pdu, n, PRODUCT_WRITE_REQUEST);
        if (error == 0)
                packet_u8(answer, ATT_WRITE_RESPONSE);
        return error;
}

static const struct request {
        uint8_t opcode;
        uint8_t least, most; /* bytes; most 0: up to the MTU */
        uint8_t (*answer)(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer);
} requests[] = {
        { ATT_EXCHANGE_MTU, 3, 3, exchange_mtu },
        { ATT_FIND_INFORMATION, 5, 5, att_find_information },
        { ATT_FIND_BY_TYPE_VALUE, 7, 0, att_find_by_type_value },
        { ATT_READ_BY_TYPE, 7, 21, att_read_by_type },
        { ATT_READ, 3, 3, read_whole },
        { ATT_READ_BLOB, 5, 5, read_blob },
        { ATT_READ_BY_GROUP_TYPE, 7, 21, att_read_by_group_type },
        { ATT_WRITE, 3, 0, write_request },
};

/* All other requests: a gadget does not support prepared writes, multiple reads and newer additions. */
static uint8_t refuse(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        return ATT_REQUEST_NOT_SUPPORTED;
}

static const struct request *find_request(uint8_t opcode) {
        static const struct request unknown = { .least = 1, .answer = refuse };

        for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
                if (requests[i].opcode == opcode)
                        return requests + i;
        return &unknown;
}

static void fail(const uint8_t *pdu, size_t n, uint8_t error, struct packet *answer) {
        /* The requested handle, with which most requests begin. */
        bool named = error != ATT_INVALID_PDU && error != ATT_REQUEST_NOT_SUPPORTED && n >= 3;

        *answer = (struct packet){ 0 };
        packet_u8(answer, ATT_ERROR_RESPONSE);
        packet_u8(answer, pdu[0]);
        packet_u16(answer, named ? get_u16(pdu + 1) : 0);
        packet_u8(answer, error);
}

static void indicate_moved(struct att_server *server, struct packet *ret) {
        server->indicated = true;
        server->moved = false;
        packet_u8(ret, ATT_INDICATION);
        packet_u16(ret, server->table->changed);
        /* All except GAP and GATT. */
        packet_u16(ret, GATT_FIRST_HANDLE);
        packet_u16(ret, 0xffff);
}

static void confirm(struct att_server *server, struct packet *answer) {
        server->indicated = false;
        if (server->moved)
                indicate_moved(server, answer);
}

void att_server_receive(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        const struct request *request;
        uint8_t error;

        *answer = (struct packet){ 0 };
        if (n == 0)
                return;
        if (pdu[0] == ATT_CONFIRMATION) {
                confirm(server, answer);
                return;
        }
        if (pdu[0] & ATT_COMMAND_FLAG) {
                if (pdu[0] == ATT_WRITE_COMMAND && n >= 3 && n <= server->mtu)
                        (void) write_value(server, pdu, n, PRODUCT_WRITE_COMMAND);
                return;
        }
        /* Requests are even; odd codes would be answers to requests that were never sent. */
        if (pdu[0] % 2 != 0)
                return;

        request = find_request(pdu[0]);
        if (n < request->least || n > server->mtu || (request->most > 0 && n > request->most))
                error = ATT_INVALID_PDU;
        else
                error = request->answer(server, pdu, n, answer);
        if (error != 0)
                fail(pdu, n, error, answer);
}

bool att_server_notification(const struct att_server *server, unsigned characteristic, const uint8_t *bytes,
        size_t n, struct packet *ret) {
        const struct gatt_attribute *value = gatt_table_product(server->table, characteristic);
        const struct gatt_attribute *ccc;

        *ret = (struct packet){ 0 };
        if (!value)
                return false;
        ccc = gatt_table_find(server->table, value->handle + 1);
        if (!ccc || !(server->ccc[ccc - server->table->attributes] & GATT_CCC_NOTIFY))
                return false;
        packet_u8(ret, ATT_NOTIFICATION);
        packet_u16(ret, value->handle);
        packet_add(ret, bytes, MIN(n, server->mtu - (size_t) 3));
        return true;
}

bool att_server_moved(struct att_server *server, struct packet *ret) {
        bool wanted = false;

        *ret = (struct packet){ 0 };
        for (size_t i = 0; i < ARRAY_SIZE(server->ccc); i++) {
                const struct gatt_attribute *attribute = server->table->attributes + i;

                if (i < server->table->n && attribute->handle < GATT_FIRST_HANDLE)
                        wanted = wanted || server->ccc[i] != 0;
                else
                        server->ccc[i] = 0;
        }
        if (!wanted)
                return false;
        server->moved = server->indicated;
        if (server->indicated)
                return false;
        indicate_moved(server, ret);
        return true;
}
