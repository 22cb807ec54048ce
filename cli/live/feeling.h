/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How it feels after a session, asked by limberd when no session runs. */

#include "cli/bus/client.h"

struct feeling {
        uint64_t session;
        char *kind, *text; /* NULL: nothing is asked */
};

/* What the user is asked now. Returns an exit status, and says what is wrong unless quiet. */
int feeling_fetch(struct client *client, struct feeling *ret);
void feeling_done(struct feeling *question);
/* Returns an exit status. *ret_advice (may be "") is what limberd has to say to it; the caller frees it. */
int feeling_answer(struct client *client, const struct feeling *question, unsigned score, char **ret_advice);
/* Right after a session, at the terminal that held it: asks, over a connection of its own, and takes one key. Says nothing when
 * nothing is asked, or with --host. */
void feeling_ask_here(const struct options *options);
