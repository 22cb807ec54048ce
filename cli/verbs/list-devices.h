/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table of devices, which both "devices" and "scan" show. */

#include "cli/bus/objects.h"
#include "cli/term/table.h"

/* NULL when there is no memory. */
struct table *list_devices_table(const struct objects *objects);
