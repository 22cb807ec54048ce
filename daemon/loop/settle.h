/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Waits until something is so, such as every output being at zero, or until the time is over. Whoever changes it calls
 * settle_look(). */

#include "lib/clock.h"

struct settle;

struct settle_settings {
        struct clock *clock;
        bool (*is_so)(void *userdata);
        /* Called once for each settle_begin() that no other replaced. */
        void (*over)(bool is_so, void *userdata);
        void *userdata;
};

int settle_new(const struct settle_settings *settings, struct settle **ret);
struct settle *settle_free(struct settle *settle);
DEFINE_CLEANUP(struct settle *, settle_free);

/* Waits at most so long from now on; replaces a wait that is under way. May call over() before it returns. */
void settle_begin(struct settle *settle, uint64_t at_most_usec);
/* It may be so by now. Does nothing while nobody waits; settle may be NULL. */
void settle_look(struct settle *settle);
