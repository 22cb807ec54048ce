/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Queries limberd's history. Functions that return an enum limber_exit have reported the reason when it is not 0. */

#include "cli/bus/client.h"
#include "cli/bus/infos-history.h"

/* Fetches the sessions selected by --since and --limit. */
int history_fetch_sessions(
        struct client *client, const struct options *options, struct history_infos *infos);
/* Fetches one session with its events into infos. */
int history_fetch_session(struct client *client, uint64_t number, struct history_infos *infos);

/* Parses a session number given to verb. */
int history_parse_number(const char *verb, const char *word, uint64_t *ret);
/* The user's name; NULL when unknown, as on another machine, where the same number may be another user. */
const char *history_runner_name(const struct options *options, uint32_t runner);
