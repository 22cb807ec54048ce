/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Serialises a runner to text and back. Input is untrusted: every mistake is reported with its line. */

#include "daemon/runner/runner.h"
#include "lib/conf.h"

/* -EBADMSG with findings, *ret untouched; other errors as of conf_read(). Blocks. */
int runner_parse(struct conf_reader *reader, uid_t uid, const char *text, size_t n,
        struct findings *findings, struct runner **ret);
void runner_print(const struct runner *runner, FILE *f);
