/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Options of a simulated runner on the command line: NAME[:latency=TIME][,soreness=N], for example "tender", or
 * "sore:latency=5s,soreness=2". */

#include "sim/runner/runner.h"

struct runner_setup {
        const char *name; /* of the traits; static */
        const struct runner_traits *traits;
        uint64_t latency_usec; /* from a question to its answer */
        double soreness;       /* of every part of the body, 0…10 */
};

/* -ENOENT: no such runner; -EINVAL: an unknown key or invalid value; -ERANGE: a value too large. */
int runner_setup_parse(const char *text, struct runner_setup *ret);
