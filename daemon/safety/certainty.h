/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of one channel's output. A channel is not called off without proof (docs/ARCHITECTURE.md, Certainty): an unconfirmed
 * command stays commanded, and after a failed write or a lost link the worst case holds until a stop got through. */

#include "lib/macros.h"

enum certainty_state {
        CERTAINTY_OFF, /* the device reported zero, was never sent a nonzero level, or its lost link ended it */
        CERTAINTY_COMMANDED,   /* queued or sent, not reported */
        CERTAINTY_CONFIRMED,   /* the device reported this level */
        CERTAINTY_UNCERTAIN,   /* a write may or may not have arrived */
        CERTAINTY_UNREACHABLE, /* the link is gone */
        _CERTAINTY_MAX,
};

struct certainty {
        enum certainty_state state;
        int64_t level;       /* last commanded or reported level */
        int64_t worst;       /* highest level it may be at now */
        uint64_t since_usec; /* when this state was entered */
        bool new_link; /* UNCERTAIN, after OFF, because the link is new: nothing but stops went over it */
};

/* Call before a level is handed to the link: from here on it may have been sent. */
void certainty_command(struct certainty *c, int64_t level, uint64_t now);
/* The device reported a level. */
void certainty_report(struct certainty *c, int64_t level, uint64_t now);
/* A write failed or was not answered in time. */
void certainty_fail(struct certainty *c, uint64_t now);
/* The link is gone. on_loss_stops: the device is known to end its output by itself when that happens. */
void certainty_lose(struct certainty *c, bool on_loss_stops, uint64_t now);
/* There is a link, for the first time or again: what the device does is unknown until a stop got through, or it says so itself. */
void certainty_regain(struct certainty *c, uint64_t now);
/* The whole stop sequence was handed over. It may still be lost, so the worst case holds until certainty_settle(). */
void certainty_stop(struct certainty *c, uint64_t now);
/* The stop had time to take effect: commands count as done, but the channel is not off without a report. */
void certainty_settle(struct certainty *c, uint64_t now);

/* Output may be on. */
bool certainty_may_be_on(const struct certainty *c);
/* The state allows a raise to be sent. */
bool certainty_allows_raise(const struct certainty *c);
const char *certainty_to_string(enum certainty_state state) _const_;
