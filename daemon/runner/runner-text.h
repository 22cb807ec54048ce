/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A runner as the text of a file, and back. What is read may have been written by anybody: every mistake with its line. */

#include "daemon/runner/runner.h"
#include "lib/findings.h"

/* -EBADMSG with findings, *ret untouched. -ENOMEM. */
int runner_parse(uid_t uid, const char *text, size_t n, struct findings *findings, struct runner **ret);
void runner_print(const struct runner *runner, FILE *f);
