/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libconfig: makes trees of text, after the scan of lib/untrusted.h. Linked into limber-parse and the CLI, never into limberd:
 * libconfig keeps memory of texts it refuses and ends the process when it gets none. */

#include "lib/conf.h"

/* Scans and parses n bytes, and packs the findings and the tree (lib/conf-tree.h). -ENOMEM. */
int conf_text_pack(const void *bytes, size_t n, char **ret, size_t *ret_n);

/* The same within this process. */
extern struct conf_reader conf_text;
