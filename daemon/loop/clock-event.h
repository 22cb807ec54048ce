/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's clock: sd-event timers on CLOCK_BOOTTIME, which includes suspend. */

#include <systemd/sd-event.h>

#include "lib/clock.h"

int clock_event_new(sd_event *event, struct clock **ret);
struct clock *clock_event_free(struct clock *clock);
DEFINE_CLEANUP(struct clock *, clock_event_free);
