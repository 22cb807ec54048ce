/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Dead man's switch of a session without a lease (percussion only): every two minutes it asks whether somebody is still
 * there, and silence takes the output to zero. [D] */

#include "lib/clock.h"

#define PRESENCE_ASK_USEC (120 * USEC_PER_SEC)
#define PRESENCE_ANSWER_USEC (30 * USEC_PER_SEC)

struct presence;

struct presence_handler {
        void (*ask)(void *userdata);
        void (*lost)(void *userdata);
};

int presence_new(
        struct clock *clock, const struct presence_handler *handler, void *userdata, struct presence **ret);
struct presence *presence_free(struct presence *presence);
DEFINE_CLEANUP(struct presence *, presence_free);

/* A person acted: counts as present for another round. */
void presence_seen(struct presence *presence);
/* Stops asking. */
void presence_end(struct presence *presence);
bool presence_is_alive(const struct presence *presence);
bool presence_is_asking(const struct presence *presence);
