/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The virtual radio: a Bluetooth LE controller as its host sees it through HCI, and every peripheral around it. Behind
 * each peripheral stands a virtual product. Packets and the time come in, packets go out: no I/O, and no clock. */

#include "sim/products/recorder.h"

/* As many links as the controller holds; there may be more products. */
#define AIR_LINKS_MAX 16

struct air;
struct peripheral;

struct air_host {
        /* An H4 packet for the host. */
        void (*send)(void *userdata, const uint8_t *packet, size_t n);
        void *userdata;
};

int air_new(const struct air_host *host, struct recorder *recorder, struct air **ret);
struct air *air_free(struct air *air);
DEFINE_CLEANUP(struct air *, air_free);

/* Puts a product within reach. -ENOENT: no such kind; -EINVAL: not an address; -EEXIST. */
int air_add_product(struct air *air, uint64_t t_usec, const char *kind, const char *address);

/* One H4 packet of the host, whatever is in it, read at t_usec. */
void air_receive(struct air *air, uint64_t t_usec, const uint8_t *packet, size_t n);

/* Lets time run to t_usec; next() says when it next wants that (UINT64_MAX: never). */
void air_advance(struct air *air, uint64_t t_usec);
uint64_t air_next(const struct air *air);

/* What all products did, a line each. NULL: no memory. */
char *air_summary(struct air *air, uint64_t t_usec);

/* One command of --control, without the line's end: returns one JSON object, a line without its end, which the caller
 * frees. NULL: no memory. */
char *air_control(struct air *air, uint64_t t_usec, const char *line);
