/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/fetch-history.h"

#include <pwd.h>

#include "cli/term/failure.h"
#include "lib/bus-names.h"

/* Digits of a session number, few enough for any integer. */
#define NUMBER_DIGITS_MAX 18

/* Sends the query and reads the result. */
static int send_query(struct client *client, sd_bus_message *m, struct history_infos *infos) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r, status;

        status = client_send(client, m, &reply);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = history_infos_read_sessions(reply, infos);
        return r < 0 ? failure_report(NULL, r) : LIMBER_EXIT_OK;
}

static int append_query(sd_bus_message *m, const struct options *options) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0 && options->given & OPTION_SINCE)
                r = sd_bus_message_append(m, "{sv}", "since", "t", options->since_usec);
        if (r >= 0 && options->given & OPTION_LIMIT)
                r = sd_bus_message_append(m, "{sv}", "limit", "u", options->limit);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int history_fetch_sessions(
        struct client *client, const struct options *options, struct history_infos *infos) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = client_new_call(client, "History", &m);
        if (r >= 0)
                r = append_query(m, options);
        return r < 0 ? failure_report(NULL, r) : send_query(client, m, infos);
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

int history_fetch_session(struct client *client, uint64_t number, struct history_infos *infos) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r, status;

        /* The events first: their error tells why there are none, for instance another user's session. */
        status = fetch_events(client, number, infos);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = client_new_call(client, "History", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "a{sv}", 1, "session", "t", number);
        if (r < 0)
                return failure_report(NULL, r);
        status = send_query(client, m, infos);
        if (status == LIMBER_EXIT_OK && !history_infos_find(infos, number))
                return failure_say(LIMBER_EXIT_NOT_FOUND, "\"limber history\" lists those there are.",
                        "There is no session %llu in the history.", (unsigned long long) number);
        return status;
}

int history_parse_number(const char *verb, const char *word, uint64_t *ret) {
        if (!*word || word[strspn(word, "0123456789")] || strlen(word) > NUMBER_DIGITS_MAX)
                return failure_say(LIMBER_EXIT_USAGE,
                        "\"limber history\" lists the sessions with their numbers.",
                        "%s %s: the number of a session is wanted", verb, word);
        *ret = strtoull(word, NULL, 10);
        return LIMBER_EXIT_OK;
}

const char *history_runner_name(const struct options *options, uint32_t runner) {
        const struct passwd *user = options->host ? NULL : getpwuid(runner);

        return user ? user->pw_name : NULL;
}
