/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* limberd's follow-up questions after sessions, asked while none runs. */

#include "cli/bus/client.h"

struct follow_up {
        uint64_t session;
        char *kind, *text; /* NULL: no question */
};

/* Fetches the user's open question. Returns an exit status, and reports errors unless quiet. */
int follow_up_fetch(struct client *client, struct follow_up *ret);
void follow_up_done(struct follow_up *question);
/* Returns an exit status. *ret_advice (may be "") is limberd's advice on the answer; the caller frees it. */
int follow_up_answer(
        struct client *client, const struct follow_up *question, unsigned score, char **ret_advice);
/* Right after a session, at the terminal that held it: asks over a new connection, and reads one key. Prints nothing without
 * a question, or with --host. */
void follow_up_ask_here(const struct options *options);
