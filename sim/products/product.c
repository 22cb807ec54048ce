/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "sim/products/hex.h"
#include "sim/products/product-impl.h"

/* All products, one line each. */
static const struct product_kind *const kinds[] = {
        &theragun_pro_kind,
        &wave_roller_kind,
        &coyote3_kind,
};

const char *product_kind_name(size_t index) {
        return index < ARRAY_SIZE(kinds) ? kinds[index]->kind : NULL;
}

static const struct product_kind *find_kind(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (streq(kinds[i]->kind, name))
                        return kinds[i];
        return NULL;
}

int product_new(
        const char *kind, const char *address, const struct product_host *host, struct product **ret) {
        const struct product_kind *found;
        _cleanup_(product_freep) struct product *product = NULL;

        found = find_kind(kind);
        if (!found)
                return -ENOENT;

        product = calloc(1, found->ops->size);
        if (!product)
                return -ENOMEM;
        product->kind = found;
        product->host = *host;
        product->address = strdup(address);
        if (!product->address)
                return -ENOMEM;
        found->ops->init(product);

        *ret = TAKE_PTR(product);
        return 0;
}

struct product *product_free(struct product *product) {
        if (!product)
                return NULL;
        free(product->address);
        free(product);
        return NULL;
}

const char *product_kind(const struct product *product) {
        return product->kind->kind;
}

const char *product_address(const struct product *product) {
        return product->address;
}

const char *product_advertised_name(const struct product *product) {
        return product->kind->advertised_name;
}

const char *const *product_advertised_services(const struct product *product) {
        /* No product so far is documented to advertise a service: they are found by name. */
        static const char *const none[] = { NULL };

        return none;
}

const struct product_characteristic *product_characteristics(const struct product *product, size_t *ret_n) {
        *ret_n = product->kind->n_characteristics;
        return product->kind->characteristics;
}

static void pass_to(struct product *product, uint64_t t_usec) {
        uint64_t elapsed;

        if (t_usec <= product->now_usec)
                return;
        elapsed = t_usec - product->now_usec;
        product->now_usec = t_usec;
        product->kind->ops->pass(product, elapsed);
}

/* Advances time to t_usec, handling events due before due_usec. */
static void run_to(struct product *product, uint64_t t_usec, uint64_t due_usec) {
        const struct product_ops *ops = product->kind->ops;

        if (!product->started) {
                product->started = true;
                product->now_usec = t_usec;
                return;
        }

        for (uint64_t next = ops->next(product); next < due_usec; next = ops->next(product)) {
                pass_to(product, next);
                ops->due(product);
        }
        pass_to(product, t_usec);
}

void product_advance(struct product *product, uint64_t t_usec) {
        run_to(product, t_usec, t_usec + 1);
}

uint64_t product_next(const struct product *product) {
        return product->started ? product->kind->ops->next(product) : USEC_INFINITY;
}

void product_linked(struct product *product, uint64_t t_usec, bool linked) {
        product_advance(product, t_usec);
        if (product->linked == linked)
                return;
        product->linked = linked;
        product->kind->ops->linked(product);
}

int product_write(struct product *product, uint64_t t_usec, unsigned characteristic,
        enum product_write_type type, const uint8_t *bytes, size_t n) {
        unsigned needed = type == PRODUCT_WRITE_REQUEST ? PRODUCT_WRITE : PRODUCT_WRITE_WITHOUT_RESPONSE;

        /* A frame that arrives exactly when the last one runs out is in time. */
        run_to(product, t_usec, t_usec);
        if (characteristic >= product->kind->n_characteristics ||
                !(product->kind->characteristics[characteristic].properties & needed))
                return type == PRODUCT_WRITE_REQUEST ? ATT_WRITE_NOT_PERMITTED : 0;
        return product->kind->ops->write(product, characteristic, bytes, n);
}

ssize_t product_read(
        struct product *product, uint64_t t_usec, unsigned characteristic, uint8_t *buffer, size_t size) {
        product_advance(product, t_usec);
        if (characteristic >= product->kind->n_characteristics ||
                !(product->kind->characteristics[characteristic].properties & PRODUCT_READ))
                return -ATT_READ_NOT_PERMITTED;
        return product->kind->ops->read(product, characteristic, buffer, size);
}

int product_poke(struct product *product, uint64_t t_usec, const char *control, int value) {
        product_advance(product, t_usec);
        return product->kind->ops->poke(product, control, value);
}

unsigned product_channels(const struct product *product) {
        return product->kind->channels;
}

struct product_output product_output(const struct product *product, unsigned channel) {
        if (channel >= product->kind->channels)
                return (struct product_output){ 0 };
        return product->kind->ops->output(product, channel);
}

char *product_summary(const struct product *product) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        fprintf(f, "%s %s: ", product->kind->kind, product->address);
        product->kind->ops->summary(product, f);
        /* The buffer is complete and stable only after this. */
        return fclose(f) == 0 ? TAKE_PTR(text) : NULL;
}

void product_notify(struct product *product, unsigned characteristic, const uint8_t *bytes, size_t n) {
        if (product->host.notify)
                product->host.notify(product->host.userdata, characteristic, bytes, n);
}

void product_observe(struct product *product, const char *what, const char *format, ...) {
        _cleanup_free_ char *json = NULL;
        va_list ap;
        int r;

        if (!product->host.observed)
                return;
        va_start(ap, format);
        r = vasprintf(&json, format, ap);
        va_end(ap);
        if (r < 0) {
                json = NULL;
                return;
        }
        product->host.observed(product->host.userdata, product->now_usec, what, json);
}

void product_observe_bad_frame(struct product *product, const char *reason, const uint8_t *bytes, size_t n) {
        char hex[HEX_MAX];

        product_observe(product, "bad-frame", "{\"reason\":\"%s\",\"hex\":\"%s\"}", reason,
                hex_print(hex, bytes, n));
}
