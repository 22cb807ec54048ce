/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Errors in an untrusted text: all of them in one pass, each with its line, a code for programs and a sentence that says
 * what would be valid. */

#include <stdarg.h>

#include "lib/macros.h"

enum finding_severity {
        FINDING_WARNING,
        FINDING_ERROR,
};

struct finding {
        enum finding_severity severity;
        unsigned line; /* from 1; 0 when it concerns the whole text */
        char code[32];
        char *message;
};

struct findings {
        struct finding *items;
        size_t n;
        size_t n_errors; /* also counts those that did not fit into items */
};

/* A hostile text can hold an error per byte; nobody reads more than this many. */
#define FINDINGS_MAX 100u
/* Bytes of a sentence, which may quote the text. */
#define FINDING_MESSAGE_MAX 512u

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
