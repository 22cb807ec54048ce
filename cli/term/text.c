/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/text.h"

#include <stdarg.h>

static bool terminal_utf8 = true;

void text_set_utf8(bool utf8) {
        terminal_utf8 = utf8;
}

bool text_utf8(void) {
        return terminal_utf8;
}

struct range {
        uint32_t first, last;
};

static const struct range zero_ranges[] = {
        { 0x0300, 0x036f },
        { 0x1ab0, 0x1aff },
        { 0x1dc0, 0x1dff },
        { 0x200b, 0x200d },
        { 0x20d0, 0x20ff },
        { 0xfe00, 0xfe0f },
        { 0xfe20, 0xfe2f },
        { 0xfeff, 0xfeff },
};
static const struct range wide_ranges[] = {
        { 0x1100, 0x115f },
        { 0x2e80, 0x303e },
        { 0x3041, 0x4dbf },
        { 0x4e00, 0xa4cf },
        { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff },
        { 0xfe30, 0xfe6f },
        { 0xff00, 0xff60 },
        { 0xffe0, 0xffe6 },
        { 0x1f300, 0x1f64f },
        { 0x1f680, 0x1f6ff },
        { 0x1f900, 0x1f9ff },
        { 0x20000, 0x3fffd },
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return true;
        return false;
}

static unsigned char_width(uint32_t c) {
        if (in_ranges(c, zero_ranges, ARRAY_SIZE(zero_ranges)))
                return 0;
        return in_ranges(c, wide_ranges, ARRAY_SIZE(wide_ranges)) ? 2 : 1;
}

/* One character as displayed: its own bytes, or those of a replacement. */
struct glyph {
        const char *bytes;
        size_t n_bytes;
        unsigned width;
};

static size_t next_glyph(const char *s, struct glyph *ret) {
        const char *stand_in = NULL;
        uint32_t c;
        size_t n = text_next(s, &c);

        if (c == ' ')
                stand_in = " ";
        else if (c == 0 || (!terminal_utf8 && c >= 0x80))
                stand_in = "?";
        *ret = stand_in ? (struct glyph){ stand_in, 1, 1 } : (struct glyph){ s, n, char_width(c) };
        return n;
}

unsigned text_width(const char *s) {
        struct glyph g;
        unsigned width = 0;

        for (s = strnull(s); *s; width += g.width)
                s += next_glyph(s, &g);
        return width;
}

unsigned text_fit(const char *s, unsigned columns, char *buffer, size_t size) {
        const char *mark = terminal_utf8 ? "…" : "~";
        bool cut = text_width(s) > columns;
        unsigned width = 0, room = cut ? MAX(columns, 1U) - 1 : columns;
        size_t used = 0;
        struct glyph g;

        for (s = strnull(s); *s; width += g.width) {
                s += next_glyph(s, &g);
                if (width + g.width > room || used + g.n_bytes + strlen(mark) + 1 > size)
                        break;
                memcpy(buffer + used, g.bytes, g.n_bytes);
                used += g.n_bytes;
        }
        if (cut && columns > 0 && used + strlen(mark) + 1 <= size) {
                memcpy(buffer + used, mark, strlen(mark));
                used += strlen(mark);
                width++;
        }
        if (size > 0)
                buffer[used] = '\0';
        return width;
}

char *text_clean(const char *s) {
        size_t used = 0;
        struct glyph g;
        char *copy;

        s = strnull(s);
        copy = malloc(strlen(s) + 1); /* a replacement is never longer than the original */
        if (!copy)
                return NULL;
        while (*s) {
                s += next_glyph(s, &g);
                memcpy(copy + used, g.bytes, g.n_bytes);
                used += g.n_bytes;
        }
        copy[used] = '\0';
        return copy;
}

void say(FILE *f, const char *format, ...) {
        _cleanup_free_ char *line = NULL, *clean = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&line, format, ap);
        va_end(ap);
        if (r < 0) {
                line = NULL;
                return;
        }
        clean = text_clean(line);
        if (clean)
                fprintf(f, "%s\n", clean);
        (void) fflush(f);
}

void text_fold(
        const char *s, unsigned columns, void (*fn)(const char *line, void *userdata), void *userdata) {
        char line[512];

        for (s = strnull(s); *s;) {
                const char *end = s, *space = NULL;
                struct glyph g;

                for (unsigned width = 0; *end && end - s < (ptrdiff_t) sizeof(line) - 4;
                        end += next_glyph(end, &g)) {
                        (void) next_glyph(end, &g);
                        if (*end == ' ')
                                space = end;
                        width += g.width;
                        if (width > columns)
                                break;
                }
                if (*end && *end != ' ' && space)
                        end = space;
                if (end == s)
                        end += next_glyph(s, &g);
                snprintf(line, sizeof(line), "%.*s", (int) (end - s), s);
                fn(line, userdata);
                for (s = end; *s == ' ';)
                        s++;
        }
}
