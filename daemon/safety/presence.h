/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A session without a terminal that beats (percussion only) lives on answers: every two minutes somebody is asked whether
 * they are still there, and silence takes the output to zero. [D] */

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

/* Somebody did something: present from now on, for another round. */
void presence_seen(struct presence *presence);
/* Nobody is needed: asks no more. */
void presence_end(struct presence *presence);
bool presence_is_alive(const struct presence *presence);
bool presence_is_asking(const struct presence *presence);
