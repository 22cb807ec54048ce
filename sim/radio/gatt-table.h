/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The attributes of one peripheral: the GAP and GATT services, and those of its product, each with its handle. The product's
 * come from its own table (sim/products/product.h). */

#include "sim/products/product.h"
#include "sim/radio/uuid.h"

#define GATT_ATTRIBUTES_MAX 96
#define GATT_FIXED_MAX 32

struct gatt_attribute {
        uint16_t handle;
        uint16_t end; /* of a service: its last handle */
        struct uuid type;
        unsigned properties; /* of a value: enum product_property; else 0 */
        int product;         /* of a product's value: its index there; else -1 */
        uint16_t ccc;        /* of a CCC: the bits a client may set */
        uint8_t n_fixed;     /* size of a constant value */
        uint8_t fixed[GATT_FIXED_MAX];
};

struct gatt_table {
        struct gatt_attribute attributes[GATT_ATTRIBUTES_MAX]; /* by handle */
        size_t n;
        uint16_t changed; /* the handle of Service Changed */
        uint16_t first;   /* the first handle of the product's own services */
};

/* first: where the product's services begin; below it are GAP and GATT. bare: leave out the product's own services, and keep
 * Device Information and Battery. -E2BIG, or -EINVAL: invalid UUID. */
#define GATT_FIRST_HANDLE 0x000a
int gatt_table_build(struct gatt_table *table, const struct product *product, uint16_t first, bool bare);

/* NULL: none. */
const struct gatt_attribute *gatt_table_find(const struct gatt_table *table, uint16_t handle);
/* The value of a product's characteristic; NULL while it is left out. */
const struct gatt_attribute *gatt_table_product(const struct gatt_table *table, unsigned characteristic);
