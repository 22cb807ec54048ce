/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "lib/clock.h"
#include "sim/products/meter.h"

/* A gap this short is part of a waveform and does not separate two periods of output. */
#define METER_SAME_SPELL_USEC (200 * USEC_PER_MSEC)

bool meter_on(const struct meter *meter) {
        return meter->now.amplitude_permille > 0;
}

void meter_pass(struct meter *meter, uint64_t usec) {
        if (meter_on(meter))
                meter->on_usec += usec;
        else
                meter->off_usec += usec;
}

static void widen(struct meter *meter) {
        struct product_output *low = &meter->lowest, *high = &meter->highest;

        if (high->amplitude_permille == 0)
                *low = *high = meter->now;
        low->amplitude_permille = MIN(low->amplitude_permille, meter->now.amplitude_permille);
        low->rate_mhz = MIN(low->rate_mhz, meter->now.rate_mhz);
        high->amplitude_permille = MAX(high->amplitude_permille, meter->now.amplitude_permille);
        high->rate_mhz = MAX(high->rate_mhz, meter->now.rate_mhz);
}

bool meter_set(struct meter *meter, struct product_output output, const char *why) {
        bool was_on = meter_on(meter);

        if (output.amplitude_permille == 0)
                output.rate_mhz = 0;
        if (output.amplitude_permille == meter->now.amplitude_permille &&
                output.rate_mhz == meter->now.rate_mhz)
                return false;
        meter->now = output;

        if (meter_on(meter)) {
                if (!was_on && (meter->spells == 0 || meter->off_usec > METER_SAME_SPELL_USEC))
                        meter->spells++;
                widen(meter);
        } else {
                meter->off_usec = 0;
                meter->ended = why;
        }
        return true;
}

static void print_range(FILE *f, unsigned low, unsigned high, double scale, const char *unit) {
        if (low == high)
                fprintf(f, "%.1f %s", low * scale, unit);
        else
                fprintf(f, "%.1f to %.1f %s", low * scale, high * scale, unit);
}

void meter_print(const struct meter *meter, const char *name, FILE *f) {
        if (meter->spells == 0) {
                fprintf(f, "%s never gave output.", name);
                return;
        }

        fprintf(f, "%s gave output for %.1f s in %u spell%s, strength ", name,
                (double) meter->on_usec / (double) USEC_PER_SEC, meter->spells,
                meter->spells == 1 ? "" : "s");
        print_range(f, meter->lowest.amplitude_permille, meter->highest.amplitude_permille, 0.1, "%");
        fputs(", rate ", f);
        print_range(f, meter->lowest.rate_mhz, meter->highest.rate_mhz, 0.001, "Hz");
        if (meter_on(meter))
                fputs("; it is STILL ON.", f);
        else
                fprintf(f, "; it is at zero now and last ended because %s.", meter->ended);
}
