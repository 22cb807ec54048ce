/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* REQ17: the service manager kills a daemon that hangs with output on, and limber-allstop then sends zero. Armed only
 * while output is on, so that an idle daemon never wakes. */

#include "lib/clock.h"

#define WATCHDOG_TIMEOUT_USEC (2 * USEC_PER_SEC)
#define WATCHDOG_PERIOD_USEC (500 * USEC_PER_MSEC)

struct watchdog;

/* notify tells the service manager a state, and returns a negative errno when the message was lost. */
int watchdog_new(struct clock *clock, int (*notify)(const char *state), struct watchdog **ret);
struct watchdog *watchdog_free(struct watchdog *watchdog);
DEFINE_CLEANUP(struct watchdog *, watchdog_free);

/* Output of one more device went on, or off. */
void watchdog_output(struct watchdog *watchdog, bool on);
