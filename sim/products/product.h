/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A virtual product: does with its frames what a real massage gun or e-stim unit does. It decodes them independently, from
 * the device facts, never through protocols/, so that a wrong codec is noticed. It knows neither D-Bus nor HCI nor a real
 * clock: a front (the fake org.bluez, the virtual radio, a test in virtual time) feeds it writes and time, and carries its
 * notifications. */

#include "lib/macros.h"

enum product_property {
        PRODUCT_READ = 1 << 0,
        PRODUCT_WRITE = 1 << 1,                  /* write request, answered */
        PRODUCT_WRITE_WITHOUT_RESPONSE = 1 << 2, /* write command, never answered */
        PRODUCT_NOTIFY = 1 << 3,
};

enum product_write_type {
        PRODUCT_WRITE_REQUEST,
        PRODUCT_WRITE_COMMAND,
};

struct product_characteristic {
        const char *service; /* full 128-bit UUID, lower case */
        const char *uuid;
        unsigned properties; /* enum product_property */
};

/* Callbacks to the front that carries the product. */
struct product_host {
        /* Sends a notification; characteristic is an index into the product's table. The front drops it without a link or
         * subscription. */
        void (*notify)(void *userdata, unsigned characteristic, const uint8_t *bytes, size_t n);
        /* Something observable happened to the output at time t: "motor" with Hz, "output" with its intensity, "dropped-
         * group", "battery". json is one JSON object without the enclosing record. */
        void (*observed)(void *userdata, uint64_t t_usec, const char *what, const char *json);
        void *userdata;
};

struct product;

/* Names of the kinds; NULL past the last. */
const char *product_kind_name(size_t index);

/* Creates a product of a kind ("theragun-pro", "coyote3"). address is "AA:BB:CC:DD:EE:FF". -ENOENT: no such kind. */
int product_new(
        const char *kind, const char *address, const struct product_host *host, struct product **ret);
struct product *product_free(struct product *product);
DEFINE_CLEANUP(struct product *, product_free);

const char *product_kind(const struct product *product);
const char *product_address(const struct product *product);
const char *product_advertised_name(const struct product *product);
/* Advertised UUIDs, NULL-terminated (may be empty). */
const char *const *product_advertised_services(const struct product *product);
const struct product_characteristic *product_characteristics(const struct product *product, size_t *ret_n);

/* The link came up or went down. The effect on the output depends on the product. */
void product_linked(struct product *product, uint64_t t_usec, bool linked);

/* A write arrived. Returns 0, or an ATT error code (> 0) for a refused request; a command is refused silently. */
int product_write(struct product *product, uint64_t t_usec, unsigned characteristic,
        enum product_write_type type, const uint8_t *bytes, size_t n);
/* A read; returns the number of bytes written to buffer, or -(ATT error code). */
ssize_t product_read(
        struct product *product, uint64_t t_usec, unsigned characteristic, uint8_t *buffer, size_t size);

/* Advances the product's time to t_usec. next() returns the next time at which this is needed (UINT64_MAX: never); time
 * never goes back. */
void product_advance(struct product *product, uint64_t t_usec);
uint64_t product_next(const struct product *product);

/* A person operates the device: "wheel-a" +1, "battery" 15, "off" … -EOPNOTSUPP if it has no such control. */
int product_poke(struct product *product, uint64_t t_usec, const char *control, int value);

/* Current output to the body on a channel (0, 1, …): amplitude 0–1000 (0: nothing), rate in mHz. */
struct product_output {
        unsigned amplitude_permille;
        unsigned rate_mhz;
};
unsigned product_channels(const struct product *product);
struct product_output product_output(const struct product *product, unsigned channel);

/* One or more sentences on what the product did since its creation, for the end of the demo. Caller frees. */
char *product_summary(const struct product *product);
