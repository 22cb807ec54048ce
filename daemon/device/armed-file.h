/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The file with what limber-allstop needs to stop one device (lib/armed.h), kept on disk while output may be on. Jobs write
 * and remove it, in order; the device waits for the file before its first nonzero frame. */

#include "lib/armed.h"
#include "lib/jobs.h"

enum armed_file_state {
        ARMED_FILE_ABSENT, /* absent or being removed */
        ARMED_FILE_WRITING,
        ARMED_FILE_THERE,
};

struct armed_file;

/* directory outlives the object and its jobs; NULL: no file is written and it counts as present at once (in tests).
 * written(result) is called after each armed_file_write() unless armed_file_remove() comes first: 0 or negative errno. */
int armed_file_new(struct jobs *jobs, const char *directory, void (*written)(void *userdata, int result),
        void *userdata, struct armed_file **ret);
/* Leaves the file, if any, on disk. */
struct armed_file *armed_file_free(struct armed_file *file);
DEFINE_CLEANUP(struct armed_file *, armed_file_free);

enum armed_file_state armed_file_state(const struct armed_file *file);
int armed_file_write(struct armed_file *file, const struct armed *armed);
/* Does nothing when the file is absent. */
void armed_file_remove(struct armed_file *file);
/* Takes over a file that an earlier limberd left behind. */
void armed_file_adopt(struct armed_file *file, const char *address, const char *address_type);
