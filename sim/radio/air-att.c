/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* On top of a link: the ATT server with its product, and their faults. */

#include "sim/radio/air-impl.h"

/* Moved services go through the address space in this many steps of this many handles. */
#define MOVES 8
#define MOVE_HANDLES 0x20

/* When more than this many notifications are late, the others are dropped. */
#define FLOOD_BURST 50
#define FLOOD_BYTES 20 /* the maximum at the smallest MTU */

static bool reachable(const struct peripheral *peripheral) {
        return air_link_reaches(peripheral) && !peripheral->faults.silent;
}

static void record(const struct peripheral *peripheral, const char *what, unsigned characteristic,
        enum product_write_type type, const uint8_t *bytes, size_t n) {
        recorder_write(peripheral->air->recorder, peripheral->air->now_usec, peripheral->product, what,
                characteristic, type, "air", bytes, n);
}

static bool permitted(
        const struct peripheral *peripheral, unsigned characteristic, enum product_write_type type) {
        const struct gatt_attribute *value = gatt_table_product(&peripheral->table, characteristic);
        unsigned needed = type == PRODUCT_WRITE_REQUEST ? PRODUCT_WRITE : PRODUCT_WRITE_WITHOUT_RESPONSE;

        return value && value->properties & needed;
}

static int on_write(void *userdata, unsigned characteristic, enum product_write_type type,
        const uint8_t *bytes, size_t n) {
        struct peripheral *peripheral = userdata;
        struct air_faults *faults = &peripheral->faults;
        uint64_t now_usec = peripheral->air->now_usec;

        if (!permitted(peripheral, characteristic, type)) {
                record(peripheral, "refused", characteristic, type, bytes, n);
                return ATT_WRITE_NOT_PERMITTED;
        }
        if (type == PRODUCT_WRITE_REQUEST && faults->write_fails > 0) {
                faults->write_fails--;
                record(peripheral, "refused", characteristic, type, bytes, n);
                return ATT_APPLICATION_ERROR;
        }
        /* Record earlier events first. */
        product_advance(peripheral->product, now_usec - 1);
        record(peripheral, "write", characteristic, type, bytes, n);
        return product_write(peripheral->product, now_usec, characteristic, type, bytes, n);
}

static ssize_t on_read(void *userdata, unsigned characteristic, uint8_t *buffer, size_t size) {
        struct peripheral *peripheral = userdata;

        return product_read(peripheral->product, peripheral->air->now_usec, characteristic, buffer, size);
}

int air_att_init(struct peripheral *peripheral) {
        peripheral->att.table = &peripheral->table;
        peripheral->att.host =
                (struct att_server_host){ .write = on_write, .read = on_read, .userdata = peripheral };
        peripheral->att.offered = AIR_MTU;
        return gatt_table_build(&peripheral->table, peripheral->product, GATT_FIRST_HANDLE, false);
}

/* Records a write that does not arrive as lost. */
static void lose(struct peripheral *peripheral, const uint8_t *pdu, size_t n) {
        const struct gatt_attribute *attribute;

        if (n < 3 || (pdu[0] != ATT_WRITE && pdu[0] != ATT_WRITE_COMMAND))
                return;
        attribute = gatt_table_find(&peripheral->table, get_u16(pdu + 1));
        if (attribute && attribute->product >= 0)
                record(peripheral, "lost", (unsigned) attribute->product,
                        pdu[0] == ATT_WRITE ? PRODUCT_WRITE_REQUEST : PRODUCT_WRITE_COMMAND, pdu + 3, n - 3);
}

void air_att_receive(struct peripheral *peripheral, const uint8_t *pdu, size_t n) {
        struct packet answer;
        bool write;

        if (!reachable(peripheral)) {
                lose(peripheral, pdu, n);
                return;
        }
        att_server_receive(&peripheral->att, pdu, n, &answer);
        write = n > 0 && pdu[0] == ATT_WRITE;
        if (answer.n > 0)
                air_link_send(peripheral, write ? peripheral->faults.write_delay_usec : 0, L2CAP_ATT,
                        answer.bytes, answer.n);
}

void air_att_notify(struct peripheral *peripheral, unsigned characteristic, const uint8_t *bytes, size_t n) {
        uint8_t copy[ATT_VALUE_MAX];
        struct packet pdu;
        bool delivered;

        if (!reachable(peripheral))
                return;
        n = MIN(n, sizeof(copy));
        memcpy(copy, bytes, n);
        delivered = att_server_notification(&peripheral->att, characteristic, copy, n, &pdu);
        if (delivered && peripheral->faults.notify_malformed > 0) {
                peripheral->faults.notify_malformed--;
                /* Half of it, with the first byte inverted. */
                n /= 2;
                copy[0] = (uint8_t) ~copy[0];
                (void) att_server_notification(&peripheral->att, characteristic, copy, n, &pdu);
        }
        recorder_notify(peripheral->air->recorder, peripheral->air->now_usec, peripheral->product,
                characteristic, delivered, copy, n);
        if (delivered)
                air_link_send(peripheral, 0, L2CAP_ATT, pdu.bytes, pdu.n);
}

/* The first characteristic that notifies, preferring one with a subscriber; NULL: none notifies. */
static const struct gatt_attribute *find_notifying(const struct peripheral *peripheral) {
        const struct gatt_attribute *found = NULL;

        for (size_t i = 0; i + 1 < peripheral->table.n; i++) {
                const struct gatt_attribute *attribute = peripheral->table.attributes + i;

                if (attribute->product < 0 || !(attribute->properties & PRODUCT_NOTIFY))
                        continue;
                /* Its CCC follows directly. */
                if (peripheral->att.ccc[i + 1] != 0)
                        return attribute;
                found = found ?: attribute;
        }
        return found;
}

static void send_malformed(struct peripheral *peripheral, const struct gatt_attribute *value) {
        uint8_t bytes[FLOOD_BYTES];
        size_t n = 1 + air_random(peripheral->air) % sizeof(bytes);

        for (size_t i = 0; i < n; i++)
                bytes[i] = air_random(peripheral->air);
        air_att_notify(peripheral, (unsigned) value->product, bytes, n);
}

void air_att_flood_due(struct peripheral *peripheral) {
        const struct gatt_attribute *value = find_notifying(peripheral);
        uint64_t every = peripheral->faults.flood_usec, now_usec = peripheral->air->now_usec;

        if (peripheral->flood_usec > now_usec)
                return;
        for (unsigned i = 0; i < FLOOD_BURST && peripheral->flood_usec <= now_usec; i++) {
                if (value)
                        send_malformed(peripheral, value);
                peripheral->flood_usec += every;
        }
        if (peripheral->flood_usec <= now_usec)
                peripheral->flood_usec = now_usec + every;
}

void air_att_malformed(struct peripheral *peripheral, unsigned kind) {
        const struct gatt_attribute *value = find_notifying(peripheral);
        uint16_t handle = value ? value->handle : 0;
        size_t random = 0;
        struct packet pdu = { 0 };

        switch (kind) {
        case 1: /* truncated within the handle */
                packet_u8(&pdu, ATT_NOTIFICATION);
                packet_u8(&pdu, handle);
                break;
        case 2: /* of the invalid handle 0 */
                packet_u8(&pdu, ATT_NOTIFICATION);
                packet_u16(&pdu, 0);
                random = 4;
                break;
        case 3: /* longer than the MTU */
                packet_u8(&pdu, ATT_NOTIFICATION);
                packet_u16(&pdu, handle);
                random = peripheral->att.mtu + 40U;
                break;
        case 4: /* without a value */
                packet_u8(&pdu, ATT_NOTIFICATION);
                packet_u16(&pdu, handle);
                break;
        case 5: /* arbitrary */
                random = FLOOD_BYTES;
                break;
        default: /* empty */
                break;
        }
        while (random-- > 0)
                packet_u8(&pdu, air_random(peripheral->air));
        air_link_send(peripheral, 0, L2CAP_ATT, pdu.bytes, pdu.n);
}

int air_att_rebuild(struct peripheral *peripheral) {
        struct packet indication;
        int r;

        r = gatt_table_build(&peripheral->table, peripheral->product,
                (uint16_t) (GATT_FIRST_HANDLE + peripheral->moves % MOVES * MOVE_HANDLES),
                peripheral->faults.no_service || peripheral->faults.services_lost);
        if (r < 0)
                return r;
        if (att_server_moved(&peripheral->att, &indication) && reachable(peripheral))
                air_link_send(peripheral, 0, L2CAP_ATT, indication.bytes, indication.n);
        return 0;
}

void air_att_begin(struct peripheral *peripheral) {
        att_server_reset(&peripheral->att);
        if (!peripheral->faults.services_lost)
                return;
        peripheral->faults.services_lost = false;
        /* It was built before from the same product, so it fits. */
        (void) air_att_rebuild(peripheral);
}
