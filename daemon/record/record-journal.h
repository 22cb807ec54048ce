/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The record that writes to the journal, with a message id per kind, from a thread of its own; it begins a moment later than
 * it is told: a stop may be under way then. */

#include <systemd/sd-event.h>

#include "daemon/safety/record.h"

int record_journal_start(sd_event *event, struct record **ret);
/* Waits until all of it is written. */
void record_journal_finish(void);
