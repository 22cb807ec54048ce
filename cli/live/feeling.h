/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* limberd's follow-up questions after sessions, asked while none runs. */

#include "cli/bus/client.h"

struct feeling {
        uint64_t session;
        char *kind, *text; /* NULL: no question */
};

/* Fetches the user's open question. Returns an exit status, and reports errors unless quiet. */
int feeling_fetch(struct client *client, struct feeling *ret);
void feeling_done(struct feeling *question);
/* Returns an exit status. *ret_advice (may be "") is limberd's advice on the answer; the caller frees it. */
int feeling_answer(struct client *client, const struct feeling *question, unsigned score, char **ret_advice);
/* Right after a session, at the terminal that held it: asks over a new connection, and reads one key. Prints nothing without
 * a question, or with --host. */
void feeling_ask_here(const struct options *options);
