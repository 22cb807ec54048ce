/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Atomic file output. */

#include "lib/macros.h"

/* Writes text to the named file: first to a temporary one beside it, which is renamed once it is on the disk. On failure the
 * old file is untouched, and no temporary file is left behind. A new file is for its owner only, an existing one keeps its
 * permissions. A symlink is followed; anything but a regular file (a device, a pipe) is written to directly. Negative errno. */
int whole_file_write(const char *path, const char *text, size_t n);
