/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file that is there whole or not at all. */

#include "lib/macros.h"

/* Puts text into the file of that name: into another one beside it first, which takes its place when all of it is on the
 * disk. Whatever fails, what was there before is still there, and nothing else is left behind. A new file is for its owner
 * only, one that is replaced keeps its permissions. A link is followed; what is no file (a device, a pipe) is written to as
 * it is. Negative errno. */
int whole_file_write(const char *path, const char *text, size_t n);
