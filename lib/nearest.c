/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/nearest.h"

/* Edit distance of two short words, given up above 3. */
static unsigned distance(const char *a, const char *b) {
        size_t la = strlen(a), lb = strlen(b);
        unsigned row[65];

        if (la > 64 || lb > 64)
                return 64;
        for (size_t j = 0; j <= lb; j++)
                row[j] = (unsigned) j;
        for (size_t i = 1; i <= la; i++) {
                unsigned diagonal = row[0];

                row[0] = (unsigned) i;
                for (size_t j = 1; j <= lb; j++) {
                        unsigned above = row[j], edited = MIN(row[j], row[j - 1]) + 1;

                        row[j] = MIN(edited, diagonal + (a[i - 1] != b[j - 1]));
                        diagonal = above;
                }
        }
        return row[lb];
}

const char *nearest_word(
        const char *word, const char *(*next)(unsigned i, const void *userdata), const void *userdata) {
        const char *best = NULL, *candidate;
        unsigned best_distance = 3;

        for (unsigned i = 0; (candidate = next(i, userdata)); i++) {
                unsigned d = distance(word, candidate);

                if (d < best_distance && d < strlen(word)) {
                        best = candidate;
                        best_distance = d;
                }
        }
        return best;
}
