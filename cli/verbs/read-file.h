/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "lib/macros.h"

/* A file that a person names, "-" for standard input, whole and no larger than untrusted text may be, which makes /dev/zero harmless,
 * too. The caller frees it. Returns an enum limber_exit; has said on stderr why it is not 0. what: "A routine". */
int read_named_file(const char *path, const char *what, char **ret_text, size_t *ret_n);
