/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* pkttyagent(1), which asks for a password at this terminal when polkit needs one. It reads keys and writes lines, so it
 * ends before a session is shown. */

#include "lib/macros.h"

/* Starts it if a person is at a terminal and it is installed; otherwise does nothing. */
void agent_open(void);
/* Ends it, and returns when it no longer uses the terminal. May be called at any time. */
void agent_close(void);
