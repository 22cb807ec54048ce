/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables of "limber runner" and "limber intake". NULL when there is no memory. */

#include "cli/bus/infos-runner.h"
#include "cli/bus/objects.h"
#include "cli/term/table.h"

/* The runner and what may start, as a block; user: their name, "" when unknown. */
struct table *list_runner_head(const struct runner_info *info, const char *user);
/* Every question with its answer and what a yes rules out; only_yes drops those answered with no. */
struct table *list_runner_questions(const struct runner_info *info, bool only_yes);
struct table *list_runner_blocks(const struct runner_info *info);
struct table *list_runner_sign_offs(const struct runner_info *info);
struct table *list_runner_caps(const struct runner_info *info);
struct table *list_runner_calibrations(const struct runner_info *info, const struct objects *objects);
