/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The terminal in raw mode: single keys, no echo, and if wanted a screen of its own. Whatever ends the program, the
 * terminal is put back first. */

#include "lib/macros.h"

/* Stdin and stdout are one terminal and we are in its foreground, so that keys are a person's. */
bool terminal_present(void);
/* It understands more than lines of text. */
bool terminal_has_screen(void);

int terminal_enter(bool screen);
/* May be called at any time, also from a signal handler, and more than once. */
void terminal_leave(void);
bool terminal_entered(void);
void terminal_size(unsigned *ret_columns, unsigned *ret_rows);
