/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The intake as a dialog: one question at a time, line by line. Nothing is stored before all questions are answered and
 * confirmed. */

#include "cli/bus/infos-runner.h"

enum questions_end {
        QUESTIONS_KEEP,
        QUESTIONS_LEAVE, /* leave without any change */
};

/* Asks on f_out, reads lines from f_in, fills answers. info: earlier answers. columns: wrapping width. */
enum questions_end questions_ask(FILE *f_in, FILE *f_out, unsigned columns, const struct runner_info *info,
        enum intake_answer answers[static INTAKE_QUESTIONS]);

/* The consequences of these answers, for guns and for pads, with the sign-offs that stay. */
void questions_summary(FILE *f, unsigned columns, const struct runner_info *info,
        const enum intake_answer answers[static INTAKE_QUESTIONS]);

/* Reads "ID=ANSWER,…". On failure (-EINVAL) *ret_sentence says what is wrong; the caller frees it. */
int questions_parse(
        const char *text, enum intake_answer answers[static INTAKE_QUESTIONS], char **ret_sentence);
