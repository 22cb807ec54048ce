/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text styles. Colour never carries a meaning that the words do not. */

#include <stdio.h>

#include "lib/macros.h"

enum style {
        STYLE_PLAIN,
        STYLE_STRONG,
        STYLE_DIM,
        STYLE_GOOD,
        STYLE_WARN,
        STYLE_BAD,
        STYLE_KEY,
        STYLE_MAX,
};

/* The escape sequence that begins a style, and the one that resets it; "" when colour is off. */
const char *style_begin(enum style style, bool colour);
const char *style_end(enum style style, bool colour);

/* Colour is used on a terminal that can show it, unless NO_COLOR is set or the option says no. */
bool style_wanted(FILE *f, bool no_color);
