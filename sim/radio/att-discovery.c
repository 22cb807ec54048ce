/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests to discover attributes: Bluetooth Core Specification, Vol 3, Part F, 3.4.3 and 3.4.4. Each asks for a range of
 * handles, and gets as many as fit into one answer. */

#include "sim/radio/att-impl.h"

struct range {
        uint16_t first, last;
};

/* Returns 0 or an ATT error. */
static uint8_t get_range(const uint8_t *pdu, struct range *ret) {
        *ret = (struct range){ get_u16(pdu + 1), get_u16(pdu + 3) };
        return ret->first == 0 || ret->first > ret->last ? ATT_INVALID_HANDLE : 0;
}

static bool within(const struct range *range, const struct gatt_attribute *attribute) {
        return attribute->handle >= range->first && attribute->handle <= range->last;
}

static bool fits(const struct att_server *server, const struct packet *answer, size_t more) {
        return answer->n + more <= server->mtu;
}

uint8_t att_find_information(
        struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        struct range range;
        unsigned size = 0;
        uint8_t error;

        error = get_range(pdu, &range);
        if (error != 0)
                return error;

        for (size_t i = 0; i < server->table->n; i++) {
                const struct gatt_attribute *attribute = server->table->attributes + i;

                if (!within(&range, attribute))
                        continue;
                if (size == 0) {
                        size = attribute->type.n;
                        packet_u8(answer, ATT_FIND_INFORMATION_RESPONSE);
                        packet_u8(answer, size == 2 ? 1 : 2); /* the format */
                }
                /* All UUIDs of an answer have the same size. */
                if (attribute->type.n != size || !fits(server, answer, 2 + size))
                        break;
                packet_u16(answer, attribute->handle);
                packet_add(answer, attribute->type.bytes, size);
        }
        return size == 0 ? ATT_NOT_FOUND : 0;
}

uint8_t att_find_by_type_value(
        struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        struct range range;
        uint8_t error;

        error = get_range(pdu, &range);
        if (error != 0)
                return error;

        packet_u8(answer, ATT_FIND_BY_TYPE_VALUE_RESPONSE);
        for (size_t i = 0; i < server->table->n; i++) {
                const struct gatt_attribute *attribute = server->table->attributes + i;
                struct uuid value = { .n = attribute->n_fixed };

                /* Only used in practice to find a service with a given UUID. */
                if (!within(&range, attribute) || attribute->end == 0 ||
                        !uuid_equal(&attribute->type, pdu + 5, 2))
                        continue;
                memcpy(value.bytes, attribute->fixed, MIN(attribute->n_fixed, (size_t) UUID_MAX));
                if (!uuid_equal(&value, pdu + 7, n - 7))
                        continue;
                if (!fits(server, answer, 4))
                        break;
                packet_u16(answer, attribute->handle);
                packet_u16(answer, attribute->end);
        }
        return answer->n == 1 ? ATT_NOT_FOUND : 0;
}

/* Both of the following answer with a list of entries of equal length, each with handles and a value. */
struct list {
        const struct att_server *server;
        struct packet *answer;
        size_t size; /* of an entry; 0 before the first */
};

/* Returns false when the answer is full, or the entry has another length. */
static bool list_add(struct list *list, const struct packet *head, const uint8_t *value, size_t n) {
        /* The length of an entry is one byte, and the answer has two bytes of header. */
        size_t size = MIN(head->n + n, MIN(list->server->mtu - (size_t) 2, (size_t) 255));

        if (list->size == 0) {
                list->size = size;
                packet_u8(list->answer, (unsigned) size);
        }
        if (size != list->size || !fits(list->server, list->answer, size))
                return false;
        packet_add(list->answer, head->bytes, head->n);
        packet_add(list->answer, value, size - head->n);
        return true;
}

uint8_t att_read_by_type(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        struct list list = { .server = server, .answer = answer };
        uint8_t value[ATT_VALUE_MAX];
        struct range range;
        uint8_t error;
        ssize_t size;

        error = n == 5 + 2 || n == 5 + UUID_MAX ? get_range(pdu, &range) : ATT_INVALID_PDU;
        if (error != 0)
                return error;

        packet_u8(answer, ATT_READ_BY_TYPE_RESPONSE);
        for (size_t i = 0; i < server->table->n; i++) {
                const struct gatt_attribute *attribute = server->table->attributes + i;
                struct packet head = { 0 };

                if (!within(&range, attribute) || !uuid_equal(&attribute->type, pdu + 5, n - 5))
                        continue;
                size = att_server_value(server, attribute, value);
                if (size < 0) {
                        /* It is an error only if the first one cannot be read. */
                        if (list.size == 0)
                                return (uint8_t) -size;
                        break;
                }
                packet_u16(&head, attribute->handle);
                if (!list_add(&list, &head, value, (size_t) size))
                        break;
        }
        return list.size == 0 ? ATT_NOT_FOUND : 0;
}

uint8_t att_read_by_group_type(
        struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer) {
        struct list list = { .server = server, .answer = answer };
        struct uuid primary = uuid_short(GATT_PRIMARY_SERVICE);
        struct range range;
        uint8_t error;

        error = n == 5 + 2 || n == 5 + UUID_MAX ? get_range(pdu, &range) : ATT_INVALID_PDU;
        if (error != 0)
                return error;
        if (!uuid_equal(&primary, pdu + 5, n - 5))
                return ATT_UNSUPPORTED_GROUP_TYPE;

        packet_u8(answer, ATT_READ_BY_GROUP_TYPE_RESPONSE);
        for (size_t i = 0; i < server->table->n; i++) {
                const struct gatt_attribute *attribute = server->table->attributes + i;
                struct packet head = { 0 };

                if (!within(&range, attribute) || attribute->end == 0)
                        continue;
                packet_u16(&head, attribute->handle);
                packet_u16(&head, attribute->end);
                if (!list_add(&list, &head, attribute->fixed, attribute->n_fixed))
                        break;
        }
        return list.size == 0 ? ATT_NOT_FOUND : 0;
}
