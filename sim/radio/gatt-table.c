/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/radio/gatt-table.h"

#include "sim/radio/att.h"
#include "sim/radio/bytes.h"

struct builder {
        struct gatt_table *table;
        struct gatt_attribute *service;
        uint16_t next;
        int error;
};

static struct gatt_attribute *add(struct builder *builder, struct uuid type) {
        struct gatt_table *table = builder->table;
        struct gatt_attribute *attribute;

        if (table->n == ARRAY_SIZE(table->attributes)) {
                builder->error = -E2BIG;
                /* Dummy: the table is discarded, so writing there is harmless. */
                return table->attributes + table->n - 1;
        }
        attribute = table->attributes + table->n++;
        *attribute = (struct gatt_attribute){ .handle = builder->next++, .type = type, .product = -1 };
        if (builder->service)
                builder->service->end = attribute->handle;
        return attribute;
}

static void set_fixed(struct gatt_attribute *attribute, const void *bytes, size_t n) {
        n = MIN(n, sizeof(attribute->fixed));
        memcpy(attribute->fixed, bytes, n);
        attribute->n_fixed = (uint8_t) n;
}

static void add_service(struct builder *builder, struct uuid uuid) {
        struct gatt_attribute *service;

        builder->service = NULL;
        service = add(builder, uuid_short(GATT_PRIMARY_SERVICE));
        service->end = service->handle;
        set_fixed(service, uuid.bytes, uuid.n);
        builder->service = service;
}

static uint8_t air_properties(unsigned properties) {
        static const struct {
                unsigned property;
                uint8_t bit;
        } bits[] = {
                { PRODUCT_READ, GATT_READ },
                { PRODUCT_WRITE_WITHOUT_RESPONSE, GATT_WRITE_WITHOUT_RESPONSE },
                { PRODUCT_WRITE, GATT_WRITE },
                { PRODUCT_NOTIFY, GATT_NOTIFY },
        };
        uint8_t all = 0;

        for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
                if (properties & bits[i].property)
                        all |= bits[i].bit;
        return all;
}

/* The declaration, and the value after it: Part G, 3.3.1. */
static struct gatt_attribute *add_characteristic(
        struct builder *builder, struct uuid uuid, uint8_t properties) {
        struct gatt_attribute *declaration;
        uint8_t fixed[3 + UUID_MAX] = { properties };

        declaration = add(builder, uuid_short(GATT_CHARACTERISTIC));
        fixed[1] = (uint8_t) builder->next;
        fixed[2] = (uint8_t) (builder->next >> 8);
        memcpy(fixed + 3, uuid.bytes, uuid.n);
        set_fixed(declaration, fixed, 3U + uuid.n);
        return add(builder, uuid);
}

static void add_ccc(struct builder *builder, uint16_t bits) {
        add(builder, uuid_short(GATT_CCC))->ccc = bits;
}

static void add_standard_services(struct builder *builder, const struct product *product) {
        const char *name = product_advertised_name(product);
        struct gatt_attribute *value;

        add_service(builder, uuid_short(GATT_GAP_SERVICE));
        value = add_characteristic(builder, uuid_short(GATT_DEVICE_NAME), GATT_READ);
        value->properties = PRODUCT_READ;
        set_fixed(value, name, strlen(name));
        value = add_characteristic(builder, uuid_short(GATT_APPEARANCE), GATT_READ);
        value->properties = PRODUCT_READ;
        set_fixed(value, "\0\0", 2); /* unknown */

        add_service(builder, uuid_short(GATT_GATT_SERVICE));
        value = add_characteristic(builder, uuid_short(GATT_SERVICE_CHANGED), GATT_INDICATE);
        builder->table->changed = value->handle;
        add_ccc(builder, GATT_CCC_INDICATE);
}

static int parse(struct builder *builder, const char *text, struct uuid *ret) {
        int r;

        r = uuid_parse(text, ret);
        if (r < 0)
                builder->error = r;
        return r;
}

/* All of the product's attributes in one service. */
static void add_product_service(
        struct builder *builder, const struct product *product, const char *service) {
        const struct product_characteristic *facts;
        struct gatt_attribute *value;
        struct uuid uuid;
        size_t n;

        if (parse(builder, service, &uuid) < 0)
                return;
        add_service(builder, uuid);
        facts = product_characteristics(product, &n);
        for (size_t i = 0; i < n; i++) {
                if (!streq(facts[i].service, service) || parse(builder, facts[i].uuid, &uuid) < 0)
                        continue;
                value = add_characteristic(builder, uuid, air_properties(facts[i].properties));
                value->properties = facts[i].properties;
                value->product = (int) i;
                if (facts[i].properties & PRODUCT_NOTIFY)
                        add_ccc(builder, GATT_CCC_NOTIFY);
        }
}

/* Device Information and Battery: common to all gadgets. */
static bool ordinary(const char *service) {
        return streq(service, "0000180a-0000-1000-8000-00805f9b34fb") ||
               streq(service, "0000180f-0000-1000-8000-00805f9b34fb");
}

/* Whether an earlier characteristic of the product is in the same service. */
static bool seen(const struct product_characteristic *facts, size_t index) {
        for (size_t i = 0; i < index; i++)
                if (streq(facts[i].service, facts[index].service))
                        return true;
        return false;
}

int gatt_table_build(struct gatt_table *table, const struct product *product, uint16_t first, bool bare) {
        const struct product_characteristic *facts;
        struct builder builder = { .table = table, .next = 1 };
        size_t n;

        *table = (struct gatt_table){ .first = first };
        add_standard_services(&builder, product);
        builder.next = MAX(builder.next, first);

        facts = product_characteristics(product, &n);
        for (size_t i = 0; i < n; i++)
                if (!seen(facts, i) && !(bare && !ordinary(facts[i].service)))
                        add_product_service(&builder, product, facts[i].service);
        return builder.error;
}

const struct gatt_attribute *gatt_table_find(const struct gatt_table *table, uint16_t handle) {
        for (size_t i = 0; i < table->n; i++)
                if (table->attributes[i].handle == handle)
                        return table->attributes + i;
        return NULL;
}

const struct gatt_attribute *gatt_table_product(const struct gatt_table *table, unsigned characteristic) {
        for (size_t i = 0; i < table->n; i++)
                if (table->attributes[i].product == (int) characteristic)
                        return table->attributes + i;
        return NULL;
}
