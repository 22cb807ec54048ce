/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Waits until a condition holds, such as every output being at zero, or until a timeout. Whoever changes the condition calls
 * settle_look(). */

#include "lib/clock.h"

struct settle;

struct settle_settings {
        struct clock *clock;
        bool (*is_so)(void *userdata);
        /* Called once per settle_begin(), unless another one replaces it. */
        void (*over)(bool is_so, void *userdata);
        void *userdata;
};

int settle_new(const struct settle_settings *settings, struct settle **ret);
struct settle *settle_free(struct settle *settle);
DEFINE_CLEANUP(struct settle *, settle_free);

/* Waits at most this long from now; replaces a wait in progress. May call over() before it returns. */
void settle_begin(struct settle *settle, uint64_t at_most_usec);
/* The condition may hold now. Does nothing when nobody waits; settle may be NULL. */
void settle_look(struct settle *settle);
