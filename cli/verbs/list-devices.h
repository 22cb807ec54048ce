/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table of devices, used by "devices" and "scan". */

#include "cli/bus/objects.h"
#include "cli/term/table.h"

/* NULL when there is no memory. */
struct table *list_devices_table(const struct objects *objects);
