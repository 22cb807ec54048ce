/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The limits that apply to a device now, without any session: shown to a person who asks why something is low. */

#include "daemon/device/device.h"
#include "daemon/runner/runner.h"

struct limit_row {
        char quantity[48]; /* "motor (Hz)", "session (min)" */
        double value;
        enum limit_rule rule;
        const char *source; /* valid as long as the device's definition */
};

#define LIMIT_ROWS_MAX 48u

/* For one runner (NULL: unknown). Fills rows and returns their number; zone may be NULL. */
unsigned limits_of_device(const struct device *device, const struct zone *zone, const struct runner *runner,
        struct limit_row *ret, unsigned max);
