/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The word that was probably meant by a mistyped one. */

#include "lib/macros.h"

/* How many letters differ, two swapped neighbours counting as one; UINT32_MAX for words that are too long to be typed. */
unsigned word_distance(const char *a, const char *b);
/* The candidate nearest to word when it is near enough for a typing mistake, else NULL. next() yields candidates
 * until NULL. */
const char *nearest_word(
        const char *word, const char *(*next)(unsigned i, const void *userdata), const void *userdata);
