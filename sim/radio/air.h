/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The virtual radio: a Bluetooth LE controller as its host sees it through HCI, and the peripherals around it. Each
 * peripheral is backed by a virtual product. Takes packets and the time, and returns packets: no I/O, and no clock. */

#include "sim/products/recorder.h"

/* Maximum number of links; there may be more products. */
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

/* Puts a product in range. -ENOENT: no such kind; -EINVAL: invalid address; -EEXIST. */
int air_add_product(struct air *air, uint64_t t_usec, const char *kind, const char *address);

/* Handles one H4 packet of the host, of any content, read at t_usec. */
void air_receive(struct air *air, uint64_t t_usec, const uint8_t *packet, size_t n);

/* Advances time to t_usec; next() returns the next time at which this is needed (UINT64_MAX: never). */
void air_advance(struct air *air, uint64_t t_usec);
uint64_t air_next(const struct air *air);

/* What all products did, one line each. NULL: no memory. */
char *air_summary(struct air *air, uint64_t t_usec);

/* Runs one command of --control, without the line end: returns one JSON object as a line without its end; the caller frees
 * it. NULL: no memory. */
char *air_control(struct air *air, uint64_t t_usec, const char *line);
