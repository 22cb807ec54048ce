/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/cap.h"

static const struct cap_kind kinds[_CAP_MAX] = {
        [CAP_PERCUSSION] = { "percussion", ROLE_PERCUSSION, "Hz", DIMENSION_FREQUENCY },
        [CAP_PERCUSSION_LEVELS] = { "percussion-levels", ROLE_PERCUSSION, "step", DIMENSION_STEP },
        [CAP_ESTIM] = { "estim", ROLE_ESTIM, "mA", DIMENSION_CURRENT },
        [CAP_ESTIM_LEVELS] = { "estim-levels", ROLE_ESTIM, "step", DIMENSION_STEP },
};

const struct cap_kind *cap_kind(enum cap cap) {
        return &kinds[cap];
}

enum cap cap_from_string(const char *name) {
        unsigned i = 0;

        while (i < _CAP_MAX && !streq(kinds[i].name, name))
                i++;
        return (enum cap) i;
}
