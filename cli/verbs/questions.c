/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/questions.h"

#include <stdarg.h>

#include "cli/term/text.h"

/* Short lines are easier to read. */
#define COLUMNS_MAX 78u

struct talk {
        FILE *in, *out;
        unsigned columns;
        const struct runner_info *info;
        enum intake_answer *answers;
};

struct paragraph {
        FILE *f;
        const char *indent;
};

static void print_line(const char *line, void *userdata) {
        const struct paragraph *p = userdata;

        fprintf(p->f, "%s%s\n", p->indent, line);
}

_printf_(4, 5) static void print(FILE *f, unsigned columns, const char *indent, const char *format, ...) {
        struct paragraph paragraph = { f, indent };
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0) {
                text = NULL;
                return;
        }
        text_fold(text, MIN(columns, COLUMNS_MAX) - text_width(indent), print_line, &paragraph);
}

/* The first letter of the next line, in lower case; 'q' at the end of the input. Other words with that first letter are
 * rejected. */
static char read_letter(struct talk *talk) {
        static const char *const words[] = { "yes", "no", "don't know", "dont know", "d", "back", "quit",
                "?", NULL };
        char line[64];
        size_t n;

        (void) fflush(talk->out);
        if (!fgets(line, sizeof(line), talk->in)) {
                fputc('\n', talk->out);
                return 'q';
        }
        n = strcspn(line, "\n");
        if (line[n] == '\0') { /* longer than any answer: skip the rest */
                int c;

                while ((c = fgetc(talk->in)) != '\n' && c != EOF)
                        ;
                return '\0';
        }
        line[n] = '\0';
        for (const char *const *w = words; *w; w++)
                if (n > 0 && (strcasecmp(*w, line) == 0 || (n == 1 && strncasecmp(*w, line, 1) == 0)))
                        return (*w)[0];
        return '\0';
}

static void ask(const struct talk *talk, unsigned i) {
        const struct intake_question *q = intake_question_at(i);
        enum intake_answer before = talk->answers[i] ?: talk->info->answers[i];

        fputc('\n', talk->out);
        print(talk->out, talk->columns, "", "%u/%u  %s", i + 1, INTAKE_QUESTIONS, q->text);
        if (before != INTAKE_NO_ANSWER)
                print(talk->out, talk->columns, "", "(you said: %s)",
                        before == INTAKE_UNKNOWN ? "don't know" : intake_answer_to_string(before));
        fputs("[y/n/d/?/b/q] ", talk->out);
}

/* Returns false when the dialog is over. */
static bool take_letter(struct talk *talk, char letter, unsigned *i) {
        switch (letter) {
        case 'y':
                talk->answers[(*i)++] = INTAKE_YES;
                return true;
        case 'n':
                talk->answers[(*i)++] = INTAKE_NO;
                return true;
        case 'd':
                talk->answers[(*i)++] = INTAKE_UNKNOWN;
                return true;
        case '?':
                print(talk->out, talk->columns, "", "%s", intake_question_at(*i)->help);
                return true;
        case 'b':
                *i -= *i > 0;
                return true;
        case 'q':
                return false;
        default:
                fputs("y yes, n no, d don't know, ? what is meant, b the question before, q leave.\n",
                        talk->out);
                return true;
        }
}

/* 'y' keeps, 'b' goes back, 'n' leaves. */
static char confirm(struct talk *talk) {
        char letter;

        fputc('\n', talk->out);
        questions_summary(talk->out, talk->columns, talk->info, talk->answers);
        do {
                fputs("\nKeep these answers? y keeps them, b goes back, n leaves everything as it was.\n[y/b/n] ",
                        talk->out);
                letter = read_letter(talk);
                letter = letter == 'q' ? 'n' : letter;
        } while (letter != 'y' && letter != 'b' && letter != 'n');
        return letter;
}

enum questions_end questions_ask(FILE *f_in, FILE *f_out, unsigned columns, const struct runner_info *info,
        enum intake_answer answers[static INTAKE_QUESTIONS]) {
        struct talk talk = { f_in, f_out, columns, info, answers };
        unsigned i = 0;
        char letter;

        print(f_out, columns, "",
                "%u questions about your health, before limber switches anything on. They are for you and this machine "
                "alone. Type a letter and Enter: y yes, n no, d don't know (counts as yes), ? what is meant, b the question "
                "before, q leave without keeping anything.",
                INTAKE_QUESTIONS);
        for (;;) {
                while (i < INTAKE_QUESTIONS) {
                        ask(&talk, i);
                        if (!take_letter(&talk, read_letter(&talk), &i))
                                return QUESTIONS_LEAVE;
                }
                letter = confirm(&talk);
                if (letter != 'b')
                        return letter == 'y' ? QUESTIONS_KEEP : QUESTIONS_LEAVE;
                i--;
        }
}

/* As limberd will decide: a sign-off stays with an unchanged answer. */
static struct intake intake_of(const struct runner_info *info, const enum intake_answer *answers) {
        struct intake intake = {};

        memcpy(intake.answers, answers, sizeof(intake.answers));
        for (size_t i = 0; i < info->n_sign_offs; i++) {
                int question = intake_find(strnull(info->sign_offs[i].question));

                if (question >= 0 && info->answers[question] == answers[question])
                        intake.signed_off[question] = true;
        }
        return intake;
}

static void summary_of(FILE *f, unsigned columns, const struct intake *intake, enum role_kind kind) {
        const char *called = kind == ROLE_ESTIM ? "E-stim pads" : "Massage guns";

        if (intake_decide(intake, kind).ruling == INTAKE_ALLOWED) {
                fprintf(f, "%s: nothing you said keeps you from beginning.\n", called);
                return;
        }
        fprintf(f, "%s: not for you now.\n", called);
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++) {
                struct intake_verdict verdict = { intake_rule(intake, i, kind), intake_question_at(i) };
                char sentence[INTAKE_SENTENCE_MAX];

                if (verdict.ruling != INTAKE_ALLOWED)
                        print(f, columns, "    ", "%s.", intake_explain(&verdict, kind, sentence));
        }
}

void questions_summary(FILE *f, unsigned columns, const struct runner_info *info,
        const enum intake_answer answers[static INTAKE_QUESTIONS]) {
        struct intake intake = intake_of(info, answers);

        summary_of(f, columns, &intake, ROLE_PERCUSSION);
        summary_of(f, columns, &intake, ROLE_ESTIM);
        print(f, columns, "", "%s", intake_care);
}

_printf_(2, 3) static int refuse(char **ret_sentence, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        if (vasprintf(ret_sentence, format, ap) < 0)
                *ret_sentence = NULL;
        va_end(ap);
        return -EINVAL;
}

static int parse_one(const char *id, const char *word, enum intake_answer *answers, char **ret_sentence) {
        int question = intake_find(id);
        const char *near = question < 0 ? intake_nearest_id(id) : NULL;

        if (question < 0)
                return refuse(ret_sentence, "There is no question \"%s\"%s%s%s", id,
                        near ? "; did you mean \"" : ".", strnull(near), near ? "\"?" : "");
        if (answers[question] != INTAKE_NO_ANSWER)
                return refuse(ret_sentence, "\"%s\" is answered twice.", id);
        answers[question] = intake_answer_from_string(word);
        if (answers[question] == INTAKE_NO_ANSWER)
                return refuse(ret_sentence, "%s=%s: yes, no or unknown is wanted.", id, word);
        return 0;
}

int questions_parse(
        const char *text, enum intake_answer answers[static INTAKE_QUESTIONS], char **ret_sentence) {
        _cleanup_free_ char *copy = strdup(text);
        char *rest = copy, *part;

        memset(answers, 0, INTAKE_QUESTIONS * sizeof(*answers));
        if (!copy)
                return refuse(ret_sentence, "There is not enough memory.");
        while ((part = strsep(&rest, ","))) {
                char *equals = strchr(part, '=');

                if (!equals)
                        return refuse(ret_sentence, "\"%s\": ID=yes, ID=no or ID=unknown is wanted.", part);
                *equals = '\0';
                if (parse_one(part, equals + 1, answers, ret_sentence) < 0)
                        return -EINVAL;
        }
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                if (answers[i] == INTAKE_NO_ANSWER)
                        return refuse(ret_sentence,
                                "\"%s\" is not answered: %s Nothing is saved until all are.",
                                intake_question_at(i)->id, intake_question_at(i)->text);
        return 0;
}
