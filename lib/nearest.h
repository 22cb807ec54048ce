/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Suggestions for mistyped words. */

#include "lib/macros.h"

/* Number of differing letters, two swapped neighbours counting as one; UINT32_MAX for words that are too long. */
unsigned word_distance(const char *a, const char *b);
/* The candidate nearest to word if close enough for a typing mistake, else NULL. next() yields candidates until NULL. */
const char *nearest_word(
        const char *word, const char *(*next)(unsigned i, const void *userdata), const void *userdata);
