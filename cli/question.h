/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How it feels after a session, asked by limberd when no session runs. */

#include "cli/client.h"

struct question {
        uint64_t session;
        char *kind, *text; /* NULL: nothing is asked */
};

/* What the user is asked now. Returns an exit status, and says what is wrong unless quiet. */
int question_fetch(struct client *client, struct question *ret);
void question_done(struct question *question);
/* Returns an exit status. *ret_advice (may be "") is what limberd has to say to it; the caller frees it. */
int question_answer(
        struct client *client, const struct question *question, unsigned score, char **ret_advice);
/* Right after a session, at the terminal that held it: asks, and takes one key. Says nothing when nothing is asked. */
void question_ask_here(const struct options *options);
