/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Caps that runners set for themselves. A cap is in the unit of the device: on devices of unknown scale, in levels. */

#include "lib/quantity.h"
#include "lib/role.h"

enum cap {
        CAP_PERCUSSION,
        CAP_PERCUSSION_LEVELS,
        CAP_ESTIM,
        CAP_ESTIM_LEVELS,
        _CAP_MAX,
};

struct cap_kind {
        const char *name;
        enum role_kind kind;
        const char *unit;
        enum dimension dimension;
};

const struct cap_kind *cap_kind(enum cap cap) _const_;
/* _CAP_MAX when there is none of that name. */
enum cap cap_from_string(const char *name);
