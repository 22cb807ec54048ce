/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of one channel's output. Never "off" without proof: a command that nobody confirmed stays commanded, a
 * write that failed or a link that broke leaves the worst case standing until a stop got through. */

#include "lib/macros.h"

enum certainty_state {
        CERTAINTY_OFF,         /* the device said zero, or it was never told anything else */
        CERTAINTY_COMMANDED,   /* told, not answered */
        CERTAINTY_CONFIRMED,   /* the device said the level itself */
        CERTAINTY_UNCERTAIN,   /* a write may or may not have arrived */
        CERTAINTY_UNREACHABLE, /* the link is gone */
        _CERTAINTY_MAX,
};

struct certainty {
        enum certainty_state state;
        int64_t level;       /* last commanded or reported */
        int64_t worst;       /* highest it may be at now */
        uint64_t since_usec; /* when the state was entered */
};

/* About to hand a level to the link: "maybe sent" begins before the write. */
void certainty_command(struct certainty *c, int64_t level, uint64_t now);
/* The device reported a level. */
void certainty_report(struct certainty *c, int64_t level, uint64_t now);
/* A write failed or was not answered in time. */
void certainty_fail(struct certainty *c, uint64_t now);
/* The link is gone; on_loss_stops when the device is known to end its output by itself then. */
void certainty_lose(struct certainty *c, bool on_loss_stops, uint64_t now);
/* The link is back; nothing is known until the stop got through. */
void certainty_regain(struct certainty *c, uint64_t now);
/* A stop sequence was handed over whole; it may still be lost, so the worst case stays until settled. */
void certainty_stop(struct certainty *c, uint64_t now);
/* The stop had its time: what was commanded is taken as done, but never called off without a report. */
void certainty_settle(struct certainty *c, uint64_t now);

/* Output may be on. */
bool certainty_may_be_on(const struct certainty *c);
/* A raise may be sent: the state does not forbid it. */
bool certainty_allows_raise(const struct certainty *c);
const char *certainty_to_string(enum certainty_state state) _const_;
