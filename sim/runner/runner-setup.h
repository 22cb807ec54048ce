/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which simulated runner is wanted, as a command line says it: NAME[:latency=TIME][,soreness=N], for example
 * "tender", or "sore:latency=5s,soreness=2". */

#include "sim/runner/runner.h"

struct runner_setup {
        const char *name; /* of the traits; static */
        const struct runner_traits *traits;
        uint64_t latency_usec; /* from a question to its answer */
        double soreness;       /* of every part of the body, 0…10 */
};

/* -ENOENT: no such runner; -EINVAL: neither latency nor soreness, or no value such a thing can have; -ERANGE: a value too
 * large. */
int runner_setup_parse(const char *text, struct runner_setup *ret);
