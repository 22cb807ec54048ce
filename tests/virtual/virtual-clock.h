/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Time that passes only when a test says so: it jumps from one armed timer to the next. Timers due at the same moment
 * fire in the order in which they were armed, so that every run is the same run. */

#include "lib/clock.h"

struct virtual_clock;

struct virtual_clock *virtual_clock_new(void);
struct virtual_clock *virtual_clock_free(struct virtual_clock *clock);

struct clock *virtual_clock_base(struct virtual_clock *clock);
uint64_t virtual_clock_now(const struct virtual_clock *clock);

/* Fires everything due up to at_usec, in order, and leaves the clock there. */
void virtual_clock_advance_to(struct virtual_clock *clock, uint64_t at_usec);
void virtual_clock_advance(struct virtual_clock *clock, uint64_t by_usec);

/* Time has passed and no timer fired: the machine slept, or the process was stopped. What was due fires with the next call
 * of the others. */
void virtual_clock_oversleep(struct virtual_clock *clock, uint64_t by_usec);

/* Fires timers until the condition holds, which is asked after each one. False when at_most_usec have passed, or no timer is
 * armed any more, without it. */
bool virtual_clock_run_until(struct virtual_clock *clock, bool (*condition)(void *userdata), void *userdata,
        uint64_t at_most_usec);

/* From now on every timer fires up to so much too late, as on a busy machine; 0: in time. The seed decides how much each time. */
void virtual_clock_set_lateness(struct virtual_clock *clock, uint64_t max_usec, uint64_t seed);

/* Timers that are armed now: none in a system that would sleep for ever. */
unsigned virtual_clock_armed(const struct virtual_clock *clock);
