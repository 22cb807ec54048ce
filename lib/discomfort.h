/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The numeric discomfort scale: 0 none … 10 worst imaginable. A profile sets the target of a routine, where it eases off and
 * where it stops. Figures are our own defaults, built from the published cut-offs (Boonstra 2016; the professional massage
 * bodies' "speak up at 6 or 7"); limit is never above 8. */

#include "lib/macros.h"

#define DISCOMFORT_MAX 10u
#define DISCOMFORT_NONE 255u
/* The anchors of the scale never change: only then can scores be compared. */
#define DISCOMFORT_SCALE "0 is nothing, 10 the worst you can imagine"

struct discomfort_profile {
        const char *name;
        uint8_t target; /* target, at most */
        uint8_t reduce; /* one level down at or above */
        uint8_t limit;  /* stop at or above */
};

const struct discomfort_profile *discomfort_profile_by_name(const char *name);
/* Profile i, or NULL past the last. */
const struct discomfort_profile *discomfort_profile_at(unsigned i);

/* A word that ends the step whatever the score ("sharp", "shooting", "numb", "burning", "tensing"). */
bool discomfort_word_is_known(const char *word);
extern const char *const discomfort_words[];
