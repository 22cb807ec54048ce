/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a pulse does to tissue, worst case: symmetrical biphasic pulses, duty cycle ignored. The formulas are those of the
 * Enraf-Nonius Endomed manual: I_rms = I_peak * sqrt(2 * width * rate); energy per pulse = I_peak^2 * 500 ohm * 2 * width.
 * Each function gives the highest peak current that keeps its limit, in microampere, rounded down. */

#include "lib/macros.h"

/* REQ7. 50 mA rms: ceiling of that manual. 2 mA rms per cm2: its recommendation, and the figure above which
 * IEC 60601-2-10 wants a warning. 300 mJ per pulse into 500 ohm: IEC 60601-2-10, as quoted by BIOPAC. */
#define CURRENT_RMS_MAX_UA 50000
#define CURRENT_DENSITY_MAX_UA_PER_CM2 2000
#define CURRENT_PULSE_MAX_MJ 300

/* Pads of unknown size count as the smallest in use, 2 x 2 cm [D]. */
#define CURRENT_PAD_SMALLEST_MM2 400

int64_t current_max_by_rms(uint32_t pulse_width_usec, uint32_t rate_mhz);
int64_t current_max_by_density(uint32_t pulse_width_usec, uint32_t rate_mhz, int64_t pad_area_mm2);
int64_t current_max_by_energy(uint32_t pulse_width_usec);
