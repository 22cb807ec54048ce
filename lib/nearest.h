/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The word that was probably meant by a mistyped one. */

#include "lib/macros.h"

/* The candidate nearest to word when it is near enough for a typing mistake, else NULL. next() yields candidates
 * until NULL. */
const char *nearest_word(
        const char *word, const char *(*next)(unsigned i, const void *userdata), const void *userdata);
