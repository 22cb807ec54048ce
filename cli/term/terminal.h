/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The terminal in raw mode: single keys, no echo, and optionally the alternate screen. The terminal is restored however the
 * program ends. */

#include "lib/macros.h"

/* Stdin and stdout are the same terminal and we are in its foreground, so that keys come from a person. */
bool terminal_present(void);
/* It supports more than lines of text. */
bool terminal_has_screen(void);

int terminal_enter(bool screen);
/* May be called at any time, also from a signal handler, and more than once. */
void terminal_leave(void);
bool terminal_entered(void);
void terminal_size(unsigned *ret_columns, unsigned *ret_rows);
