/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Records what reached the products and what they did, one JSON object per line, flushed at once, so that a test (or jq) can
 * follow. Times are CLOCK_MONOTONIC in µs. */

#include "lib/macros.h"
#include "sim/products/product.h"

struct recorder;

/* Appends to path. NULL records nothing. */
int recorder_new(const char *path, struct recorder **ret);
struct recorder *recorder_free(struct recorder *recorder);
DEFINE_CLEANUP(struct recorder *, recorder_free);

/* A write to a product: what is "write", "lost" when it was lost on the air, or "refused" when it was answered with an error
 * and never reached the product. via is the way it came: "socket" (AcquireWrite), "call" (WriteValue), or "air" where that
 * is unknown. */
void recorder_write(struct recorder *recorder, uint64_t t_usec, const struct product *product,
        const char *what, unsigned characteristic, enum product_write_type type, const char *via,
        const uint8_t *bytes, size_t n);
/* delivered: there was a subscription. */
void recorder_notify(struct recorder *recorder, uint64_t t_usec, const struct product *product,
        unsigned characteristic, bool delivered, const uint8_t *bytes, size_t n);
void recorder_link(struct recorder *recorder, uint64_t t_usec, const struct product *product, bool up);
/* json is one JSON object. */
void recorder_observed(struct recorder *recorder, uint64_t t_usec, const struct product *product,
        const char *what, const char *json);
