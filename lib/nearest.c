/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/nearest.h"

#define WORD_MAX 64

/* Levenshtein distance, with a swap of two neighbours as one change, since that is a common typing mistake. */
unsigned word_distance(const char *a, const char *b) {
        unsigned rows[3][WORD_MAX + 1];
        size_t n = strlen(a), m = strlen(b);

        if (n > WORD_MAX || m > WORD_MAX)
                return UINT32_MAX;
        for (size_t j = 0; j <= m; j++)
                rows[0][j] = (unsigned) j;
        for (size_t i = 1; i <= n; i++) {
                unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

                now[0] = (unsigned) i;
                for (size_t j = 1; j <= m; j++) {
                        now[j] = MIN(last[j] + 1, now[j - 1] + 1);
                        now[j] = MIN(now[j], last[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                now[j] = MIN(now[j], before[j - 2] + 1);
                }
        }
        return rows[n % 3][m];
}

const char *nearest_word(
        const char *word, const char *(*next)(unsigned i, const void *userdata), const void *userdata) {
        const char *best = NULL, *candidate;
        unsigned best_distance = 3;

        for (unsigned i = 0; (candidate = next(i, userdata)); i++) {
                unsigned d = word_distance(word, candidate);

                if (d < best_distance && d < strlen(word)) {
                        best = candidate;
                        best_distance = d;
                }
        }
        return best;
}
