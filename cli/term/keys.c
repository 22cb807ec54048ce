/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/keys.h"

static const struct {
        char c;
        struct key key;
} fixed[] = {
        { 's', { KEY_STOP } },
        { 'q', { KEY_STOP } },
        { 'S', { KEY_STOP } },
        { 'Q', { KEY_STOP } },
        { '\x04', { KEY_STOP } },
        { ' ', { KEY_PAUSE } },
        { 'n', { KEY_SKIP } },
        { '+', { KEY_ADJUST, 1 } },
        { '=', { KEY_ADJUST, 1 } },
        { '-', { KEY_ADJUST, -1 } },
        { '_', { KEY_ADJUST, -1 } },
        { '!', { KEY_DISCOMFORT, 10 } },
        { '\n', { KEY_ANSWER, 0 } },
        { '\r', { KEY_ANSWER, 0 } },
};
static const char letters[] = "abcdefghijklmoprtuvwxyz";

struct key key_of(char c) {
        const char *letter;

        for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
                if (fixed[i].c == c)
                        return fixed[i].key;
        if (c >= '0' && c <= '9')
                return (struct key){ KEY_DISCOMFORT, c - '0' };
        letter = c ? strchr(letters, c) : NULL;
        return letter ? (struct key){ KEY_ANSWER, (int) (letter - letters) } : (struct key){ KEY_NONE };
}

char key_answer_letter(size_t index) {
        return index < sizeof(letters) ? letters[index] : '\0';
}

/* ESC [ … final byte, or ESC O and one byte. */
static const char *skip_sequence(const char *p, const char *end) {
        if (p < end && *p == 'O')
                return MIN(p + 2, end);
        if (p == end || *p != '[')
                return p;
        for (p++; p < end && (*p < 0x40 || *p > 0x7e);)
                p++;
        return p < end ? p + 1 : p;
}

bool key_next(const char **p, const char *end, char *ret) {
        while (*p < end) {
                char c = *(*p)++;

                if (c == '\x1b') {
                        *p = skip_sequence(*p, end);
                        continue;
                }
                if ((unsigned char) c >= 0x80)
                        continue;
                *ret = c;
                return true;
        }
        return false;
}
