/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One channel of a Coyote 3: strength, limit, and the four waveform groups of the last frame. */

#include "sim/products/meter.h"

#define COYOTE3_GROUPS 4
#define COYOTE3_STRENGTH_MAX 200

/* Meaning of a frame's strength value; two bits per channel. */
enum coyote3_strength_mode {
        COYOTE3_STRENGTH_KEEP,
        COYOTE3_STRENGTH_ADD,
        COYOTE3_STRENGTH_SUBTRACT,
        COYOTE3_STRENGTH_SET,
};

struct coyote3_channel {
        unsigned strength;
        unsigned limit;
        const char *strength_why; /* cause of the last change of strength */
        bool dropped;             /* the last frame had an invalid value for this channel */
        uint8_t frequency[COYOTE3_GROUPS];
        uint8_t intensity[COYOTE3_GROUPS];
        struct meter meter;
        unsigned dropped_groups; /* by mistake, not those silenced on purpose */
};

/* Sets the strength as close as range and limit allow. Returns true when it changed. */
bool coyote3_channel_set(struct coyote3_channel *channel, int strength, const char *why);

/* Applies a frame's strength value. */
void coyote3_channel_obey(struct coyote3_channel *channel, enum coyote3_strength_mode mode, unsigned value);

/* Takes the four groups of a frame. Returns false when they were dropped by mistake. */
bool coyote3_channel_take(
        struct coyote3_channel *channel, const uint8_t *frequency, const uint8_t *intensity);

/* The output while this group plays. */
struct product_output coyote3_channel_output(const struct coyote3_channel *channel, unsigned group);

/* Whether any of the last frame's groups gives output. */
bool coyote3_channel_audible(const struct coyote3_channel *channel);
