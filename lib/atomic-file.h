/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Atomic file replacement: written under a hidden name in the same folder, and renamed when complete. */

#include <sys/types.h>

#include "lib/macros.h"

enum atomic_file_flags {
        ATOMIC_FILE_SYNC = 1 << 0, /* sync the contents before the rename, and the folder after it */
};

/* Replaces the file at path (a symlink there is replaced, not followed); it gets mode regardless of the umask. On failure
 * the old file is untouched, and no temporary file is left behind. Blocks as long as the disk does. Negative errno. */
int atomic_file_write(const char *path, const void *bytes, size_t n, mode_t mode, unsigned flags);
