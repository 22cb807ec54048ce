/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* pkttyagent(1), which asks for a password at this terminal when polkit wants one. It reads keys and writes lines, so it ends
 * before a session is shown. */

#include "lib/macros.h"

/* Starts it where a person is at a terminal and it is installed; elsewhere nothing happens. */
void agent_open(void);
/* Ends it, and returns when it has left the terminal. May be called at any time. */
void agent_close(void);
