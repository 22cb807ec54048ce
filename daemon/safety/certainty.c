/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/certainty.h"

static const char *const names[_CERTAINTY_MAX] = {
        [CERTAINTY_OFF] = "off",
        [CERTAINTY_COMMANDED] = "commanded",
        [CERTAINTY_CONFIRMED] = "confirmed",
        [CERTAINTY_UNCERTAIN] = "uncertain",
        [CERTAINTY_UNREACHABLE] = "unreachable",
};

static void enter(struct certainty *c, enum certainty_state state, uint64_t now) {
        if (c->state != state)
                c->since_usec = now;
        c->state = state;
        c->new_link = false;
}

static bool is_doubtful(const struct certainty *c) {
        return c->state == CERTAINTY_UNCERTAIN || c->state == CERTAINTY_UNREACHABLE;
}

void certainty_command(struct certainty *c, int64_t level, uint64_t now) {
        c->worst = MAX(c->worst, level);
        c->level = level;
        c->new_link &= level == 0;
        /* Only a report or a settled stop clears a doubtful state. */
        if (!is_doubtful(c) && !(c->state == CERTAINTY_OFF && level == 0))
                enter(c, CERTAINTY_COMMANDED, now);
}

void certainty_report(struct certainty *c, int64_t level, uint64_t now) {
        if (c->state == CERTAINTY_UNREACHABLE)
                return; /* a late report from a link that is gone proves nothing */
        c->level = c->worst = level;
        enter(c, level == 0 ? CERTAINTY_OFF : CERTAINTY_CONFIRMED, now);
}

void certainty_fail(struct certainty *c, uint64_t now) {
        if (is_doubtful(c) || c->state == CERTAINTY_OFF)
                return;
        enter(c, CERTAINTY_UNCERTAIN, now);
}

void certainty_lose(struct certainty *c, bool on_loss_stops, uint64_t now) {
        if (c->state == CERTAINTY_OFF)
                return;
        if (on_loss_stops || c->new_link || (c->state == CERTAINTY_COMMANDED && c->worst == 0)) {
                c->level = c->worst = 0;
                enter(c, CERTAINTY_OFF, now);
                return;
        }
        enter(c, CERTAINTY_UNREACHABLE, now);
}

void certainty_regain(struct certainty *c, uint64_t now) {
        bool was_off = c->state == CERTAINTY_OFF;

        if (!was_off && c->state != CERTAINTY_UNREACHABLE)
                return;
        enter(c, CERTAINTY_UNCERTAIN, now);
        c->new_link = was_off;
}

void certainty_stop(struct certainty *c, uint64_t now) {
        c->level = 0;
        if (c->state == CERTAINTY_CONFIRMED)
                enter(c, CERTAINTY_COMMANDED, now);
}

void certainty_settle(struct certainty *c, uint64_t now) {
        if (c->state == CERTAINTY_UNREACHABLE || c->level != 0)
                return;
        c->worst = 0;
        if (c->state == CERTAINTY_UNCERTAIN)
                enter(c, c->new_link ? CERTAINTY_OFF : CERTAINTY_COMMANDED, now);
}

bool certainty_may_be_on(const struct certainty *c) {
        return c->worst > 0;
}

bool certainty_allows_raise(const struct certainty *c) {
        return !is_doubtful(c);
}

const char *certainty_to_string(enum certainty_state state) {
        return (unsigned) state < _CERTAINTY_MAX ? names[state] : "";
}
