/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ATT requests of one link: one is outstanding at a time, the others wait. */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "lib/macros.h"

#define BLUEZ_ATT_VALUE_MAX 512
#define BLUEZ_ATT_MTU_DEFAULT 23
#define BLUEZ_ATT_MTU 247 /* result of the exchange; every product here supports it */
#define BLUEZ_ATT_HEADER 3

struct bluez_characteristic;
struct bluez_device;

enum bluez_op_kind {
        BLUEZ_OP_READ,
        BLUEZ_OP_WRITE,
        BLUEZ_OP_SUBSCRIBE,
        BLUEZ_OP_UNSUBSCRIBE,
};

struct bluez_op {
        struct bluez_op *next;
        enum bluez_op_kind kind;
        struct bluez_characteristic *characteristic;
        sd_bus_message *call; /* waits for the answer; may be NULL */
        bool lost;            /* the request or its answer is lost */
        int error;            /* the ATT error of the answer; 0: none */
        size_t n;
        uint8_t bytes[BLUEZ_ATT_VALUE_MAX];
};

struct bluez_att {
        struct bluez_op *head; /* outstanding */
        sd_event_source *timer;
};

/* Queues a request. bytes: contents of a write. */
int bluez_att_push(struct bluez_device *device, enum bluez_op_kind kind,
        struct bluez_characteristic *characteristic, sd_bus_message *call, const uint8_t *bytes, size_t n);
/* The link is gone: every request fails. */
void bluez_att_fail_all(struct bluez_device *device);
void bluez_att_done(struct bluez_device *device);
