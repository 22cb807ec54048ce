/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/discomfort.h"

static const struct discomfort_profile profiles[] = {
        { "relax", 2, 3, 5 },
        { "activation", 3, 4, 6 },
        { "recovery", 4, 5, 7 },
        { "deep_tissue", 6, 7, 8 },
        { "estim_recovery", 3, 4, 6 },
        { "nmes_strength", 5, 6, 8 },
        { "post_op", 2, 3, 5 },
};

const char *const discomfort_words[] = { "sharp", "shooting", "numb", "burning", "tensing", NULL };

const struct discomfort_profile *discomfort_profile_at(unsigned i) {
        return i < ARRAY_SIZE(profiles) ? &profiles[i] : NULL;
}

const struct discomfort_profile *discomfort_profile_by_name(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
                if (streq(profiles[i].name, name))
                        return &profiles[i];
        return NULL;
}

bool discomfort_word_is_known(const char *word) {
        for (const char *const *w = discomfort_words; *w; w++)
                if (streq(*w, word))
                        return true;
        return false;
}
