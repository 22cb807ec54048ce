/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/property/property.h"
static const struct verb verbs[] = { { "nothing", 1, 0, 0 } };
static void run(const struct action *actions, unsigned n) {}
const struct subject session_subject = {
        .name = "session", .verbs = verbs, .n_verbs = 1, .length = 80, .run = run
};
