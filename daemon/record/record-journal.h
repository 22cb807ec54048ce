/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Writes the record to the journal, with a message id per kind, on its own thread. It starts writing after a short delay,
 * since a stop may be under way. */

#include <systemd/sd-event.h>

#include "daemon/safety/record.h"

int record_journal_start(sd_event *event, struct record **ret);
/* Lines that are less important are left out: LOG_ERR to LOG_DEBUG. */
void record_journal_set_level(int level);
int record_journal_level(void);
/* Waits until everything is written. */
void record_journal_finish(void);
