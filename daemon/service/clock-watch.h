/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Notices that somebody, or the network, sets the wall clock. Costs nothing until then. */

#include <systemd/sd-event.h>

#include "lib/macros.h"

struct clock_watch;

/* set() gets how far the clock was set, forward or back. */
int clock_watch_new(sd_event *event, void (*set)(int64_t step_usec, void *userdata), void *userdata,
        struct clock_watch **ret);
struct clock_watch *clock_watch_free(struct clock_watch *watch);
DEFINE_CLEANUP(struct clock_watch *, clock_watch_free);
