/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/list-runner.h"
#include "cli/verbs/questions.h"
#include "cli/verbs/runner.h"

#define HOW "\"limber intake --json\" lists the questions; see limber(1)."

static int append_answers(sd_bus_message *m, const enum intake_answer *answers) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        for (unsigned i = 0; r >= 0 && i < INTAKE_QUESTIONS; i++)
                r = sd_bus_message_append(
                        m, "{sv}", intake_question_at(i)->id, "s", intake_answer_to_string(answers[i]));
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int keep(struct client *client, const char *path, const enum intake_answer *answers) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        const char *note = "";
        int r, status;

        r = runner_new_call(client, path, "Intake", &m);
        if (r >= 0)
                r = append_answers(m, answers);
        if (r < 0)
                return failure_report(NULL, r);
        status = client_send(client, m, &reply);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = sd_bus_message_read(reply, "s", &note);
        if (r < 0)
                return failure_report(NULL, r);
        return output_done(
                client_options(client), "The answers are saved%s%s.", isempty(note) ? "" : "; ", note);
}

static int ask(struct client *client, const char *path, const struct runner_info *info) {
        enum intake_answer answers[INTAKE_QUESTIONS] = {};
        unsigned columns, rows;

        terminal_size(&columns, &rows);
        /* Fewer columns are too narrow for wrapping. */
        if (questions_ask(stdin, stdout, MAX(columns, 20u), info, answers) == QUESTIONS_KEEP)
                return keep(client, path, answers);
        return failure_say(LIMBER_EXIT_FAILURE, NULL, "Nothing was saved; everything is as it was.");
}

/* Takes all answers from the command line, without asking. */
static int take(struct client *client, const char *path, const struct runner_info *info, const char *text) {
        enum intake_answer answers[INTAKE_QUESTIONS];
        _cleanup_free_ char *sentence = NULL;

        if (questions_parse(text, answers, &sentence) < 0)
                return failure_say(LIMBER_EXIT_USAGE, HOW, "%s", strnull(sentence));
        if (!client_options(client)->json)
                questions_summary(stdout, output_columns() ?: 78u, info, answers);
        return keep(client, path, answers);
}

/* intake */
int cmd_intake(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(runner_info_done) struct runner_info info = {};
        _cleanup_(table_freep) struct table *table = NULL;
        char path[RUNNER_PATH_MAX];
        int status;

        if (!options->answers && !options->json && !terminal_present())
                return failure_say(LIMBER_EXIT_USAGE, HOW,
                        "To be asked, run limber at a terminal; this is none. --answers says it all at once.");
        status = client_open(options, &client);
        if (status == LIMBER_EXIT_OK)
                status = runner_path(client, path);
        /* A user who may answer for somebody need not be allowed to read the earlier answers. */
        if (status == LIMBER_EXIT_OK && !(options->runner && options->answers))
                status = runner_fetch(client, path, &info);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (options->answers)
                return take(client, path, &info, options->answers);
        if (!options->json)
                return ask(client, path, &info);
        table = list_runner_questions(&info, false);
        return table ? output_table(options, table, "") : failure_no_memory();
}
