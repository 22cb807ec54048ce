/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pwd.h>

#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/failure.h"
#include "cli/format.h"
#include "cli/list-history.h"
#include "cli/output.h"
#include "lib/bus-names.h"

/* Digits of a session's number that fit in any integer. */
#define NUMBER_DIGITS_MAX 18

static int append_query(sd_bus_message *m, const struct options *options, uint64_t session) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0 && session > 0)
                r = sd_bus_message_append(m, "{sv}", "session", "t", session);
        if (r >= 0 && options->given & OPTION_SINCE)
                r = sd_bus_message_append(m, "{sv}", "since", "t", options->since_usec);
        if (r >= 0 && options->given & OPTION_LIMIT)
                r = sd_bus_message_append(m, "{sv}", "limit", "u", options->limit);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* session: only that one; 0: all. */
static int fetch_sessions(struct client *client, const struct options *options, uint64_t session,
        struct history_infos *infos) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        int r, status;

        r = client_new_call(client, "History", &m);
        if (r >= 0)
                r = append_query(m, options, session);
        if (r < 0)
                return failure_report(NULL, r);
        status = client_send(client, m, &reply);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = history_infos_read_sessions(reply, infos);
        return r < 0 ? failure_report(NULL, r) : LIMBER_EXIT_OK;
}

static int fetch_events(struct client *client, uint64_t session, struct history_infos *infos) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r, status;

        status = client_call(
                client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "HistoryEvents", &reply, "t", session);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = history_infos_read_events(reply, infos);
        return r < 0 ? failure_report(NULL, r) : LIMBER_EXIT_OK;
}

static bool any_unended(const struct history_infos *infos) {
        for (size_t i = 0; i < infos->n_sessions; i++)
                if (history_session_unended(&infos->sessions[i]))
                        return true;
        return false;
}

static int list(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(table_freep) struct table *table = NULL;
        char since[FORMAT_MAX], none[2 * FORMAT_MAX];
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = fetch_sessions(client, options, 0, &infos);
        if (status == LIMBER_EXIT_OK && any_unended(&infos))
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

/* The user's name, but not that of another user who has the same number on this machine. */
static const char *runner_name(const struct options *options, uint32_t runner) {
        const struct passwd *user = options->host ? NULL : getpwuid(runner);

        return user ? user->pw_name : NULL;
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

static int print_session(const struct options *options, const struct history_infos *infos,
        const struct history_session_info *session, const struct objects *objects) {
        _cleanup_(table_freep) struct table *head = NULL, *events = NULL;
        int status;

        head = list_history_head(session, objects, runner_name(options, session->runner));
        events = list_history_events(infos, session, objects);
        if (!head || !events)
                return failure_no_memory();
        if (options->json)
                return show_json(head, events);
        if (!options->csv) {
                status = output_block(options, head);
                putchar('\n');
                if (status != LIMBER_EXIT_OK)
                        return status;
        }
        return output_table(options, events, "Nothing of what was done in it is kept.");
}

static int show(const struct options *options, const char *number) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(history_infos_done) struct history_infos infos = {};
        const struct history_session_info *session;
        int status = client_open(options, &client);

        /* The events first: limberd says why there are none, that of another user among the reasons. */
        if (status == LIMBER_EXIT_OK)
                status = fetch_events(client, strtoull(number, NULL, 10), &infos);
        if (status == LIMBER_EXIT_OK)
                status = fetch_sessions(client, options, strtoull(number, NULL, 10), &infos);
        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        session = history_infos_find(&infos, strtoull(number, NULL, 10));
        if (!session)
                return failure_say(LIMBER_EXIT_NOT_FOUND, "\"limber history\" lists those there are.",
                        "There is no session %s in the history.", number);
        return print_session(options, &infos, session, objects);
}

/* history [show N] */
int cmd_history(const struct options *options) {
        const char *number = options->n_words == 3 ? options->words[2] : "";

        if (options->n_words == 1)
                return list(options);
        if (!streq(options->words[1], "show") || options->n_words != 3)
                return failure_say(LIMBER_EXIT_USAGE,
                        "\"limber history\" lists the sessions with their numbers.",
                        "usage: limber history [show N]");
        if (options->given & (OPTION_SINCE | OPTION_LIMIT))
                return failure_say(LIMBER_EXIT_USAGE, NULL, "\"history show\" takes no option --%s.",
                        option_name(options->given & OPTION_SINCE ? OPTION_SINCE : OPTION_LIMIT));
        if (!*number || number[strspn(number, "0123456789")] || strlen(number) > NUMBER_DIGITS_MAX)
                return failure_say(LIMBER_EXIT_USAGE,
                        "\"limber history\" lists the sessions with their numbers.",
                        "history show %s: the number of a session is wanted", number);
        return show(options, number);
}
