/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Interface for implementing products, one file each. Others use sim/products/product.h. */

#include "lib/clock.h"
#include "lib/macros.h"
#include "sim/products/product.h"

/* A 16-bit UUID of the Bluetooth base as 128-bit text. */
#define UUID16(x) "0000" x "-0000-1000-8000-00805f9b34fb"

/* ATT error codes, Bluetooth Core Specification, Vol 3, Part F, 3.4.1.1. */
#define ATT_READ_NOT_PERMITTED 0x02
#define ATT_WRITE_NOT_PERMITTED 0x03

struct product_kind {
        const char *kind;
        const char *advertised_name;
        const struct product_characteristic *characteristics;
        size_t n_characteristics;
        unsigned channels;
        const struct product_ops *ops;
        const void *model; /* private to the file: differences between kinds that share the code */
};

/* All of these may rely on product->now_usec being the current time, with time already advanced to it. */
struct product_ops {
        size_t size; /* of the product's struct, whose first member is a struct product */
        void (*init)(struct product *product);
        void (*linked)(struct product *product);
        int (*write)(struct product *product, unsigned characteristic, const uint8_t *bytes, size_t n);
        ssize_t (*read)(struct product *product, unsigned characteristic, uint8_t *buffer, size_t size);
        /* Time advanced by elapsed_usec to now_usec; never past the result of next(). */
        void (*pass)(struct product *product, uint64_t elapsed_usec);
        /* The time of next() has come. Not called for an event that a write at that very moment postponed. */
        void (*due)(struct product *product);
        uint64_t (*next)(const struct product *product);
        int (*poke)(struct product *product, const char *control, int value);
        struct product_output (*output)(const struct product *product, unsigned channel);
        void (*summary)(const struct product *product, FILE *f);
};

struct product {
        const struct product_kind *kind;
        char *address;
        struct product_host host;
        uint64_t now_usec;
        bool started; /* now_usec is valid */
        bool linked;
};

extern const struct product_kind theragun_pro_kind;
extern const struct product_kind wave_roller_kind;
extern const struct product_kind coyote3_kind;

void product_notify(struct product *product, unsigned characteristic, const uint8_t *bytes, size_t n);
/* format makes one JSON object. */
void product_observe(struct product *product, const char *what, const char *format, ...) _printf_(3, 4);
/* Reports a frame that the product rejects, with its bytes and the reason. */
void product_observe_bad_frame(struct product *product, const char *reason, const uint8_t *bytes, size_t n);
