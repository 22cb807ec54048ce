/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Wall time, for stored times: when something was said or measured. It may jump either way; nothing related to a stop is
 * measured by it (lib/clock.h). */

#include "lib/macros.h"

#define WALL_TEXT_MAX 32u

/* Microseconds since the epoch. */
uint64_t wall_now(void);
/* Microseconds since the machine started, with the time it slept: never set, by nobody. Since the first call, where the system does
 * not say which run this is. */
uint64_t wall_up(void);
/* Id of this run of the machine: 32 hexadecimal digits. */
const char *wall_boot(void);
/* The wall clock can be believed: it is kept by the network, or agrees with a clock that runs on a battery. */
bool wall_is_kept(void);
/* It is kept by the network: for what cannot be undone. A battery clock may have been set wrong by anybody. */
bool wall_is_synchronised(void);
/* "2026-11-21T08:00:00Z", to the second. buffer is returned. */
const char *wall_format(char buffer[static WALL_TEXT_MAX], uint64_t usec);
/* Exactly that form. -EINVAL: any other, or a date that does not exist. */
int wall_parse(const char *text, uint64_t *ret);
