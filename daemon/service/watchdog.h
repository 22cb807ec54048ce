/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* REQ17: the service manager kills a daemon that hangs with output on, and limber-allstop then sends zero. Enabled only
 * while output is on, so that an idle daemon never wakes. */

#include "lib/clock.h"

/* From hang to zero in at most 3 s: on a slow machine the service manager needs up to a second after the timeout. */
#define WATCHDOG_TIMEOUT_USEC (1500 * USEC_PER_MSEC)
#define WATCHDOG_PERIOD_USEC (300 * USEC_PER_MSEC)

struct watchdog;

/* notify sends a state to the service manager, and returns a negative errno when the message was lost. */
int watchdog_new(struct clock *clock, int (*notify)(const char *state), struct watchdog **ret);
struct watchdog *watchdog_free(struct watchdog *watchdog);
DEFINE_CLEANUP(struct watchdog *, watchdog_free);

/* One more device is on, or off. */
void watchdog_output(struct watchdog *watchdog, bool on);
