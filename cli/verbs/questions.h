/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The intake as a talk: one question at a time, by lines. Nothing is kept before all are answered and that was confirmed. */

#include "cli/bus/infos-runner.h"

enum questions_end {
        QUESTIONS_KEEP,
        QUESTIONS_LEAVE, /* everything stays as it was */
};

/* Asks on f_out, reads lines from f_in, fills answers. info: what was known before. columns: to fold at. */
enum questions_end questions_ask(FILE *f_in, FILE *f_out, unsigned columns, const struct runner_info *info,
        enum intake_answer answers[static INTAKE_QUESTIONS]);

/* What such answers mean, for guns and for pads, with the sign-offs that stay. */
void questions_summary(FILE *f, unsigned columns, const struct runner_info *info,
        const enum intake_answer answers[static INTAKE_QUESTIONS]);

/* Reads "ID=ANSWER,…". On failure (-EINVAL) *ret_sentence says what is wrong; the caller frees it. */
int questions_parse(
        const char *text, enum intake_answer answers[static INTAKE_QUESTIONS], char **ret_sentence);
