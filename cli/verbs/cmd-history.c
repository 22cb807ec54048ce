/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/fetch-history.h"
#include "cli/report/chart-text.h"
#include "cli/report/list-history.h"
#include "cli/term/failure.h"
#include "cli/term/format.h"
#include "cli/term/output.h"
#include "cli/verbs/cmds.h"

static bool any_lacks_end(const struct history_infos *infos) {
        for (size_t i = 0; i < infos->n_sessions; i++)
                if (history_session_lacks_end(&infos->sessions[i]))
                        return true;
        return false;
}

int cmd_history(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(table_freep) struct table *table = NULL;
        char since[FORMAT_MAX], none[2 * FORMAT_MAX];
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = history_fetch_sessions(client, options, &infos);
        if (status == LIMBER_EXIT_OK && any_lacks_end(&infos))
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        table = list_history_table(&infos, objects);
        if (!table)
                return failure_no_memory();
        if (options->given & OPTION_SINCE)
                snprintf(none, sizeof(none), "No session began since %s.",
                        format_date_time(since, options->since_usec));
        else
                snprintf(none, sizeof(none),
                        "There was no session yet; \"limber start ROUTINE\" begins one.");
        return output_table(options, table, none);
}

static int show_json(const struct table *head, const struct table *events) {
        json_t *rows = table_json(head), *row = json_incref(json_array_get(rows, 0));

        json_decref(rows);
        if (row && json_object_set_new(row, "events", table_json(events)) < 0) {
                json_decref(row);
                row = NULL;
        }
        return output_json(row, JSON_INDENT(2));
}

/* Width when stdout is a pipe. */
#define COLUMNS_DEFAULT 80

static int print_chart(const struct options *options, const struct history_infos *infos,
        const struct history_session_info *session, const struct objects *objects) {
        _cleanup_(session_chart_freep) struct session_chart *chart = NULL;
        int r = session_chart_new(infos, session, objects, &chart);

        if (r >= 0)
                r = chart_print(
                        chart, objects, stdout, output_columns() ?: COLUMNS_DEFAULT, output_colour(options));
        if (r < 0)
                return failure_no_memory();
        if (chart->n_channels > 0 || chart->n_says > 0)
                putchar('\n');
        return LIMBER_EXIT_OK;
}

static int print_session(const struct options *options, const struct history_infos *infos,
        const struct history_session_info *session, const struct objects *objects) {
        _cleanup_(table_freep) struct table *head = NULL, *events = NULL;
        int status;

        head = list_history_head(session, objects, history_runner_name(options, session->runner));
        events = list_history_events(infos, session, objects);
        if (!head || !events)
                return failure_no_memory();
        if (options->json)
                return show_json(head, events);
        if (!options->csv) {
                status = output_block(options, head);
                putchar('\n');
                if (status == LIMBER_EXIT_OK)
                        status = print_chart(options, infos, session, objects);
                if (status != LIMBER_EXIT_OK)
                        return status;
        }
        return output_table(options, events, "No events of it are stored.");
}

static int show(const struct options *options, uint64_t number) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(history_infos_done) struct history_infos infos = {};
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = history_fetch_session(client, number, &infos);
        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        return print_session(options, &infos, history_infos_find(&infos, number), objects);
}

int cmd_history_show(const struct options *options) {
        uint64_t number;
        int status = history_parse_number("history show", options->words[2], &number);

        return status == LIMBER_EXIT_OK ? show(options, number) : status;
}
