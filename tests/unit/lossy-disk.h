/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A disk under SQLite that may lose power after any operation: what was synced is there, what was not may be, sector by
 * sector, in any order. */

#include <stddef.h>

/* From now on all databases of this process are on it. */
void lossy_disk_begin(void);
/* Called after each write, truncation and sync, with how many there were. May take pictures. */
void lossy_disk_watch(void (*fn)(unsigned operation, void *userdata), void *userdata);
/* What would be found after a loss of power now, as files of the same names in that folder. seed decides what of the unsynced
 * is there. */
void lossy_disk_picture(const char *folder, unsigned seed);
