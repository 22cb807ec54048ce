/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks limberd for what it has kept. Functions that return an enum limber_exit have said why when it is not 0. */

#include "cli/bus/client.h"
#include "cli/bus/infos-history.h"

/* The sessions that --since and --limit want. */
int history_fetch_sessions(
        struct client *client, const struct options *options, struct history_infos *infos);
/* One session with its events; then it is in infos. */
int history_fetch_session(struct client *client, uint64_t number, struct history_infos *infos);

/* Reads the number of a session, as verb was given it. */
int history_parse_number(const char *verb, const char *word, uint64_t *ret);
/* The user's name, but not that of another user who has the same number on this machine: then NULL. */
const char *history_runner_name(const struct options *options, uint32_t runner);
