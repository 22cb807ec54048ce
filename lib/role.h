/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two kinds of output: of a device in a routine, and of an intake ruling. */

#include "lib/macros.h"

enum role_kind {
        ROLE_PERCUSSION,
        ROLE_ESTIM,
        _ROLE_KIND_MAX,
};

/* "percussion" and "estim", for programs. */
const char *role_kind_to_string(enum role_kind kind) _const_;
