/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line of limber-sim. */

#include "sim/bluez/bluez-delays.h"
#include "sim/runner/runner-setup.h"

#define OPTIONS_PRODUCTS_MAX 256

struct options {
        const char *products[OPTIONS_PRODUCTS_MAX]; /* KIND[@ADDRESS] */
        size_t n_products;
        const char *record;
        const char *control;
        int ready_fd;
        bool vhci;
        bool delayed; /* a delay was set */
        struct bluez_delays delays;
        struct runner_setup runner; /* no traits: no runner */
};

/* Returns 1 to go on, 0 when done, or -EINVAL after an error message. */
int options_parse(struct options *options, int argc, char **argv);
