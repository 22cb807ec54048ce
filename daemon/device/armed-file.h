/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What limber-allstop needs to stop one device (lib/armed.h), on the disk while output may be on. Written and removed by jobs, in
 * order; the device waits for the file before its first frame that is not zero. */

#include "lib/armed.h"
#include "lib/jobs.h"

enum armed_file_state {
        ARMED_FILE_ABSENT, /* or on its way out */
        ARMED_FILE_WRITING,
        ARMED_FILE_THERE,
};

struct armed_file;

/* directory outlives the object and its jobs; NULL: no file is kept, and it counts as there at once (in tests). written(result)
 * follows each armed_file_write() that is not overtaken by armed_file_remove(): 0 or negative errno. */
int armed_file_new(struct jobs *jobs, const char *directory, void (*written)(void *userdata, int result),
        void *userdata, struct armed_file **ret);
/* The file, if any, stays. */
struct armed_file *armed_file_free(struct armed_file *file);
DEFINE_CLEANUP(struct armed_file *, armed_file_free);

enum armed_file_state armed_file_state(const struct armed_file *file);
int armed_file_write(struct armed_file *file, const struct armed *armed);
/* Nothing when it is absent. */
void armed_file_remove(struct armed_file *file);
/* An earlier limberd left one behind. */
void armed_file_adopt(struct armed_file *file, const char *address, const char *address_type);
