/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The questions to a runner before anything is switched on, and what each answer rules out. One table for daemon and command
 * line. Nothing here says that a device is good for anybody: it only says when limber does not start. */

#include "lib/role.h"

#define INTAKE_QUESTIONS 17u

enum intake_answer {
        INTAKE_NO_ANSWER,
        INTAKE_NO,
        INTAKE_YES,
        INTAKE_UNKNOWN, /* "I don't know": counts as yes */
        _INTAKE_ANSWER_MAX,
};

/* In order of severity. */
enum intake_ruling {
        INTAKE_ALLOWED,
        INTAKE_SIGN_OFF, /* until a clinician's sign-off is recorded */
        INTAKE_NEVER,    /* not even with a sign-off */
        INTAKE_UNANSWERED,
        _INTAKE_RULING_MAX,
};

struct intake_question {
        const char *id;
        const char *text; /* a yes-or-no question */
        const char *help; /* explanation, or why it is asked */
        const char *what; /* "your answer about …" */
        enum intake_ruling yes[_ROLE_KIND_MAX];
};

struct intake {
        enum intake_answer answers[INTAKE_QUESTIONS];
        bool signed_off[INTAKE_QUESTIONS];
};

struct intake_verdict {
        enum intake_ruling ruling;
        const struct intake_question *question; /* the first with this ruling; NULL when allowed */
};

/* Question i, or NULL past the end. */
const struct intake_question *intake_question_at(unsigned i);
/* Its index, or -1. */
int intake_find(const char *id);
/* The id nearest to a mistyped one, or NULL. */
const char *intake_nearest_id(const char *id);

/* The ruling of one question for a kind of output, and the worst of all. */
enum intake_ruling intake_rule(const struct intake *intake, unsigned question, enum role_kind kind);
struct intake_verdict intake_decide(const struct intake *intake, enum role_kind kind);
/* A sign-off could lift a current ruling of this question. */
bool intake_can_be_signed_off(const struct intake *intake, unsigned question);

/* The verdict as a sentence for the runner, with the next step; "" when allowed. buffer is returned. */
#define INTAKE_SENTENCE_MAX 512u
const char *intake_explain(
        const struct intake_verdict *verdict, enum role_kind kind, char buffer[static INTAKE_SENTENCE_MAX]);

/* When to stop and see a doctor, whatever was answered. */
extern const char intake_care[];

const char *intake_answer_to_string(enum intake_answer answer) _const_;
/* INTAKE_NO_ANSWER for an unknown word. */
enum intake_answer intake_answer_from_string(const char *word);
const char *intake_ruling_to_string(enum intake_ruling ruling) _const_;
/* "percussion" and "e-stim", for sentences. */
const char *intake_kind_called(enum role_kind kind) _const_;
