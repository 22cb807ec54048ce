/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which of the mistakes in the generated sources is made: none without LIMBER_MUTANT. */

#include "lib/macros.h"

extern unsigned mutant;
unsigned mutant;

__attribute__((constructor)) static void choose(void) {
        mutant = (unsigned) strtoul(getenv("LIMBER_MUTANT") ?: "0", NULL, 10);
}
