/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Fills D-Bus messages as an input says, with values of the right types: random bytes seldom are a message, and a bus lets nothing
 * else pass. */

#include <systemd/sd-bus.h>

#include "tests/fuzz/fuzz.h"

/* A member of an a{sv} and the type that it should have. */
struct fuzz_pair {
        const char *name, *signature;
};

/* What means something to whoever reads the message; each list ends with NULL. The input takes from these, or makes up. */
struct fuzz_words {
        const char *const *strings, *const *paths;
        const struct fuzz_pair *pairs;
};

/* Appends values of these types. */
void fuzz_fill(
        sd_bus_message *m, const char *signature, const struct fuzz_words *words, struct fuzz_input *input);
/* A word of the list, or NULL as often as the input says. */
const char *fuzz_word(const char *const *list, struct fuzz_input *input);
