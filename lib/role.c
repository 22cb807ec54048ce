/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/role.h"

const char *role_kind_to_string(enum role_kind kind) {
        static const char *const names[_ROLE_KIND_MAX] = {
                [ROLE_PERCUSSION] = "percussion",
                [ROLE_ESTIM] = "estim",
        };

        return (unsigned) kind < _ROLE_KIND_MAX ? names[kind] : "";
}
