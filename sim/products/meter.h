/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Remembers what one channel did to the body: for how long, how strong, how fast, and why it ended. */

#include "lib/macros.h"
#include "sim/products/product.h"

struct meter {
        struct product_output now;
        struct product_output lowest, highest; /* of what was not zero */
        uint64_t on_usec;
        uint64_t off_usec; /* since it was last on */
        unsigned spells;
        const char *ended; /* why the output last went to zero; NULL: it never did */
};

/* Time passed with the output as it is. */
void meter_pass(struct meter *meter, uint64_t usec);

/* The output is now this; why matters when it goes to zero. Returns true when anything changed. */
bool meter_set(struct meter *meter, struct product_output output, const char *why);

bool meter_on(const struct meter *meter);

/* Prints a sentence about the channel, which is called name. */
void meter_print(const struct meter *meter, const char *name, FILE *f);
