/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/products/coyote3-channel.h"

/* Ranges and formulas of the maker's protocol page, DG-LAB-OPENSOURCE, coyote/v3/README_V3.md. */
#define FREQUENCY_MIN 10
#define FREQUENCY_MAX 240
#define INTENSITY_MAX 100
/* The page's way to silence one channel is an intensity just out of range. */
#define INTENSITY_QUIET 101

bool coyote3_channel_set(struct coyote3_channel *channel, int strength, const char *why) {
        unsigned wanted = (unsigned) MIN(MAX(strength, 0), (int) channel->limit);

        if (wanted == channel->strength)
                return false;
        channel->strength = wanted;
        channel->strength_why = why;
        return true;
}

void coyote3_channel_obey(struct coyote3_channel *channel, enum coyote3_strength_mode mode, unsigned value) {
        int old = (int) channel->strength, given = value > COYOTE3_STRENGTH_MAX ? 0 : (int) value;
        const int results[] = {
                [COYOTE3_STRENGTH_KEEP] = old,
                [COYOTE3_STRENGTH_ADD] = old + given,
                [COYOTE3_STRENGTH_SUBTRACT] = old - given,
                [COYOTE3_STRENGTH_SET] = given,
        };

        coyote3_channel_set(channel, results[mode], "a frame set the strength to 0");
}

/* One invalid value drops all four groups of its channel. */
bool coyote3_channel_take(
        struct coyote3_channel *channel, const uint8_t *frequency, const uint8_t *intensity) {
        bool quiet = false;

        memcpy(channel->frequency, frequency, COYOTE3_GROUPS);
        memcpy(channel->intensity, intensity, COYOTE3_GROUPS);
        channel->dropped = false;
        for (unsigned i = 0; i < COYOTE3_GROUPS; i++) {
                if (frequency[i] < FREQUENCY_MIN || frequency[i] > FREQUENCY_MAX ||
                        intensity[i] > INTENSITY_MAX)
                        channel->dropped = true;
                if (intensity[i] == INTENSITY_QUIET)
                        quiet = true;
        }
        if (!channel->dropped || quiet)
                return true;
        channel->dropped_groups += COYOTE3_GROUPS;
        return false;
}

/* Inverse of the page's formula for the frequency byte: the pulse period in ms. */
static unsigned period_msec(unsigned frequency) {
        if (frequency <= 100)
                return frequency;
        if (frequency <= 200)
                return (frequency - 100) * 5 + 100;
        return (frequency - 200) * 10 + 600;
}

struct product_output coyote3_channel_output(const struct coyote3_channel *channel, unsigned group) {
        unsigned product_200_100;

        if (channel->dropped)
                return (struct product_output){ 0 };
        product_200_100 = channel->strength * channel->intensity[group];
        if (product_200_100 == 0)
                return (struct product_output){ 0 };
        return (struct product_output){
                /* strength/200 × intensity/100 in permille, rounded up, so that little output is not shown as none. */
                .amplitude_permille = (product_200_100 + 19) / 20,
                .rate_mhz = 1000000 / period_msec(channel->frequency[group]),
        };
}

bool coyote3_channel_audible(const struct coyote3_channel *channel) {
        for (unsigned i = 0; i < COYOTE3_GROUPS && !channel->dropped; i++)
                if (channel->strength * channel->intensity[i] > 0)
                        return true;
        return false;
}
