/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One channel of a Coyote 3: a strength under a limit, and the four groups of waveform of the last frame. */

#include "sim/products/meter.h"

#define COYOTE3_GROUPS 4
#define COYOTE3_STRENGTH_MAX 200

/* How a frame's strength value is meant; two bits for each channel. */
enum coyote3_strength_mode {
        COYOTE3_STRENGTH_KEEP,
        COYOTE3_STRENGTH_ADD,
        COYOTE3_STRENGTH_SUBTRACT,
        COYOTE3_STRENGTH_SET,
};

struct coyote3_channel {
        unsigned strength;
        unsigned limit;
        const char *strength_why; /* why the strength is what it is */
        bool dropped;             /* the last frame had an invalid value for this channel */
        uint8_t frequency[COYOTE3_GROUPS];
        uint8_t intensity[COYOTE3_GROUPS];
        struct meter meter;
        unsigned dropped_groups; /* by mistake, not those kept quiet on purpose */
};

/* Sets the strength as near to this as the range and the limit allow. Returns true when it changed. */
bool coyote3_channel_set(struct coyote3_channel *channel, int strength, const char *why);

/* Does with the strength what a frame says. */
void coyote3_channel_obey(struct coyote3_channel *channel, enum coyote3_strength_mode mode, unsigned value);

/* Takes the four groups of a frame. Returns false when they were dropped by mistake. */
bool coyote3_channel_take(
        struct coyote3_channel *channel, const uint8_t *frequency, const uint8_t *intensity);

/* What comes out while this group plays. */
struct product_output coyote3_channel_output(const struct coyote3_channel *channel, unsigned group);

/* Whether any of the last frame's groups gives output. */
bool coyote3_channel_audible(const struct coyote3_channel *channel);
