/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/current.h"

#include <math.h>

/* RMS as a share of the peak. With zero width or rate there is no current; INT64_MAX then means "no limit". */
static double rms_share(uint32_t pulse_width_usec, uint32_t rate_mhz) {
        return sqrt(2.0 * (double) pulse_width_usec * 1e-6 * (double) rate_mhz * 1e-3);
}

static int64_t peak_for(double rms_ua, double share) {
        return share > 0 ? (int64_t) floor(rms_ua / share) : INT64_MAX;
}

int64_t current_max_by_rms(uint32_t pulse_width_usec, uint32_t rate_mhz) {
        return peak_for(CURRENT_RMS_MAX_UA, rms_share(pulse_width_usec, rate_mhz));
}

int64_t current_max_by_density(uint32_t pulse_width_usec, uint32_t rate_mhz, int64_t pad_area_mm2) {
        double cm2 = (double) (pad_area_mm2 > 0 ? pad_area_mm2 : CURRENT_PAD_SMALLEST_MM2) / 100;

        return peak_for(CURRENT_DENSITY_MAX_UA_PER_CM2 * cm2, rms_share(pulse_width_usec, rate_mhz));
}

int64_t current_max_by_energy(uint32_t pulse_width_usec) {
        double joule = CURRENT_PULSE_MAX_MJ * 1e-3, seconds = pulse_width_usec * 1e-6;

        return seconds > 0 ? (int64_t) floor(sqrt(joule / (500.0 * 2.0 * seconds)) * 1e6) : INT64_MAX;
}
