/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files that are there whole or not at all: written beside their place under a hidden name, and renamed when all of it is there. */

#include <sys/types.h>

#include "lib/macros.h"

enum atomic_file_flags {
        ATOMIC_FILE_SYNC = 1 << 0, /* on the disk, with its name, before the file takes its place */
};

/* Replaces the file at path (a link there is replaced, not followed); it gets mode whatever the umask. Whatever fails, what was
 * there before is still there, and nothing else is left behind. Blocks for as long as the disk does. Negative errno. */
int atomic_file_write(const char *path, const void *bytes, size_t n, mode_t mode, unsigned flags);
