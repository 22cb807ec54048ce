/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/style.h"

static const char *const sequences[STYLE_MAX] = {
        [STYLE_PLAIN] = "",
        [STYLE_STRONG] = "\x1b[1m",
        [STYLE_DIM] = "\x1b[2m",
        [STYLE_GOOD] = "\x1b[32m",
        [STYLE_WARN] = "\x1b[1;33m",
        [STYLE_BAD] = "\x1b[1;31m",
        [STYLE_KEY] = "\x1b[7m",
};

const char *style_begin(enum style style, bool colour) {
        return colour && style < STYLE_MAX ? sequences[style] : "";
}

const char *style_end(enum style style, bool colour) {
        return colour && style != STYLE_PLAIN ? "\x1b[0m" : "";
}

bool style_wanted(FILE *f, bool no_color) {
        return !no_color && isempty(getenv("NO_COLOR")) && !streq(strnull(getenv("TERM")), "dumb") &&
               isatty(fileno(f));
}
