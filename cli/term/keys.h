/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The meaning of keys while a session is on the screen. */

#include "lib/macros.h"

enum key_action {
        KEY_NONE,
        KEY_STOP,
        KEY_PAUSE,
        KEY_SKIP,
        KEY_ADJUST,     /* value: +1 or -1 */
        KEY_DISCOMFORT, /* value: 0 to 10 */
        KEY_ANSWER,     /* value: number of the answer, from 0 */
};

struct key {
        enum key_action action;
        int value;
};

struct key key_of(char c);

/* The letter of an answer, skipping those with another meaning; '\0' when there are no more. */
char key_answer_letter(size_t index);

/* Takes the next key from terminal input, skipping the sequences of arrow and function keys. Returns false at the end. */
bool key_next(const char **p, const char *end, char *ret);
