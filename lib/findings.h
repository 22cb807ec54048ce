/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is wrong with a text that somebody handed us: every error of it in one pass, each with its line, a
 * code for programs and a sentence that says what would be right. */

#include <stdarg.h>

#include "lib/macros.h"

enum finding_severity {
        FINDING_WARNING,
        FINDING_ERROR,
};

struct finding {
        enum finding_severity severity;
        unsigned line; /* from 1; 0 when it is about the whole text */
        char code[32];
        char *message;
};

struct findings {
        struct finding *items;
        size_t n;
        size_t n_errors; /* counts also what no longer fitted into items */
};

/* A hostile text can hold an error per byte; nobody reads more than this. */
#define FINDINGS_MAX 100u

void findings_done(struct findings *findings);

void findings_add(struct findings *findings, enum finding_severity severity, unsigned line, const char *code,
        const char *format, ...) _printf_(5, 6);
#define findings_error(f, line, code, ...) findings_add(f, FINDING_ERROR, line, code, __VA_ARGS__)
#define findings_warning(f, line, code, ...) findings_add(f, FINDING_WARNING, line, code, __VA_ARGS__)

/* Sorts by line, errors before warnings of the same line. */
void findings_sort(struct findings *findings);

const char *finding_severity_to_string(enum finding_severity severity) _const_;

/* The first error, or NULL. */
const struct finding *findings_first_error(const struct findings *findings);
