/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The limits that stand now for a device, without any session: what a person is shown who asks why something is low. */

#include "daemon/device/device.h"
#include "daemon/runner/runner.h"

struct limit_row {
        char quantity[48]; /* "motor (Hz)", "session (min)" */
        double value;
        enum limit_rule rule;
        const char *source; /* as long as the device's definition lives */
};

#define LIMIT_ROWS_MAX 48u

/* For one runner (NULL: nobody who is known). Fills rows and returns how many; zone may be NULL. */
unsigned limits_of_device(const struct device *device, const struct zone *zone, const struct runner *runner,
        struct limit_row *ret, unsigned max);
