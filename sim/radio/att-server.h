/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ATT server of one link: takes a PDU, returns the answer, and makes notifications. No I/O and no clock. It handles
 * attributes (sim/radio/gatt-table.h), their permissions, and the client's subscriptions. */

#include "sim/radio/att.h"
#include "sim/radio/bytes.h"
#include "sim/radio/gatt-table.h"

/* The product behind it; results as in product_write() and product_read(). */
struct att_server_host {
        int (*write)(void *userdata, unsigned characteristic, enum product_write_type type,
                const uint8_t *bytes, size_t n);
        ssize_t (*read)(void *userdata, unsigned characteristic, uint8_t *buffer, size_t size);
        void *userdata;
};

struct att_server {
        const struct gatt_table *table;
        struct att_server_host host;
        uint16_t offered; /* MTU offered in an exchange */
        uint16_t mtu;
        uint16_t ccc[GATT_ATTRIBUTES_MAX]; /* indexed like the attributes of the table */
        bool indicated;                    /* an indication waits for its confirmation … */
        bool moved;                        /* … and the attributes have moved again since */
};

/* A new link: default MTU and no subscriptions. */
void att_server_reset(struct att_server *server);

/* Handles a PDU of the client. answer is empty when none is due. */
void att_server_receive(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer);

/* Makes the notification of a product's characteristic, cut to the MTU. Returns false, and nothing, when the client has not
 * subscribed to it. */
bool att_server_notification(const struct att_server *server, unsigned characteristic, const uint8_t *bytes,
        size_t n, struct packet *ret);

/* The product's attributes have moved: its subscriptions are gone. Makes the Service Changed indication; returns false when
 * the client has not subscribed, or has not confirmed the previous one. */
bool att_server_moved(struct att_server *server, struct packet *ret);
