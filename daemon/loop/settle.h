/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Waits for the state of things that nothing announces, such as every output being at zero: looks at once and then every few
 * milliseconds, until it is so or the time is over. Sleeps while nobody waits. */

#include "lib/clock.h"

struct settle;

struct settle_settings {
        struct clock *clock;
        bool (*is_so)(void *userdata);
        void (*over)(
                bool is_so, void *userdata); /* called once for each settle_begin() that no other replaced */
        void *userdata;
};

int settle_new(const struct settle_settings *settings, struct settle **ret);
struct settle *settle_free(struct settle *settle);
DEFINE_CLEANUP(struct settle *, settle_free);

/* Waits at most so long from now on; replaces a wait that is under way. May call over() before it returns. */
void settle_begin(struct settle *settle, uint64_t at_most_usec);
