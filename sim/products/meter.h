/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Statistics of one channel's output: how long, how strong, how fast, and why it ended. */

#include "lib/macros.h"
#include "sim/products/product.h"

struct meter {
        struct product_output now;
        struct product_output lowest, highest; /* of nonzero output */
        uint64_t on_usec;
        uint64_t off_usec; /* since it was last on */
        unsigned spells;
        const char *ended; /* why the output last went to zero; NULL: it never did */
};

/* Time passed with the current output. */
void meter_pass(struct meter *meter, uint64_t usec);

/* Sets the output; why is used when it goes to zero. Returns true when it changed. */
bool meter_set(struct meter *meter, struct product_output output, const char *why);

bool meter_on(const struct meter *meter);

/* Prints a sentence about the channel called name. */
void meter_print(const struct meter *meter, const char *name, FILE *f);
