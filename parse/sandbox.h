/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From here on this process can read and write what is open, compute within bounds, and end: no files, no sockets, no other
 * processes. What it does beyond that kills it. Negative errno: the machine does not offer that, and nothing may be parsed. */
int sandbox_enter(void);
