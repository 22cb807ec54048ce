/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* REQ17: the service manager kills a daemon that hangs with output on, and limber-allstop then sends zero. Armed only
 * while output is on, so that an idle daemon never wakes. */

#include "lib/clock.h"

/* Hung to zero is 3 s at most: the service manager takes up to a second from here on, where a machine is slow. */
#define WATCHDOG_TIMEOUT_USEC (1500 * USEC_PER_MSEC)
#define WATCHDOG_PERIOD_USEC (300 * USEC_PER_MSEC)

struct watchdog;

/* notify tells the service manager a state, and returns a negative errno when the message was lost. */
int watchdog_new(struct clock *clock, int (*notify)(const char *state), struct watchdog **ret);
struct watchdog *watchdog_free(struct watchdog *watchdog);
DEFINE_CLEANUP(struct watchdog *, watchdog_free);

/* Output of one more device went on, or off. */
void watchdog_output(struct watchdog *watchdog, bool on);
