/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/bus/stop.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/verbs/cmds.h"
#include "lib/bus-names.h"
#include "lib/clock.h"
#include "lib/stop-bus.h"

/* A person is waiting, but not for long: limber-allstop stops without limberd. Over ssh the round trip alone may take a
 * while. */
#define ANSWER_USEC USEC_PER_SEC
#define ANSWER_REMOTE_USEC (10 * USEC_PER_SEC)

static uint64_t answer_usec(const struct options *options) {
        return options->host ? ANSWER_REMOTE_USEC : ANSWER_USEC;
}

static int failed(const struct options *options, const sd_bus_error *error, int r) {
        char why[256];

        if (!failure_is_no_daemon(error, r))
                return failure_report(error, r);
        (void) failure_describe(error, r, why, sizeof(why));
        return stop_without_daemon(options, why);
}

static int stop_one(struct client *client, const struct options *options) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        char path[64];
        int r;

        snprintf(path, sizeof(path), LIMBER_SESSION_PATH "/%s", options->session);
        r = client_stop_call(
                client, path, LIMBER_SESSION_INTERFACE, "Stop", answer_usec(options), NULL, &error);
        if (r < 0)
                return failed(options, &error, r);
        if (!stop_bus_is_off(client_bus(client), path, LIMBER_SESSION_INTERFACE))
                return failure_not_confirmed(true);
        return output_done(options, "Session %s is stopped, and its output is off.", options->session);
}

static int say_all(const struct options *options, const struct stop_socket_answer *answer) {
        if (!answer->off)
                return failure_not_confirmed(answer->devices > 0);
        if (answer->devices == 0)
                return output_done(options, "Everything is off. No device was connected.");
        return output_done(options, "Everything is off: %u device%s.", answer->devices,
                answer->devices == 1 ? "" : "s");
}

/* Sends StopAll before any query, since a person wants everything off. */
static int stop_all_by_bus(struct client *client, const struct options *options) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        struct stop_socket_answer answer;
        int r = stop_bus_all(client_bus(client), answer_usec(options), &answer, &error);

        return r < 0 ? failed(options, &error, r) : say_all(options, &answer);
}

int cmd_stop(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        bool all = !options->session || options->all;
        struct stop_socket_answer answer;
        int r;

        /* The stop socket exists only on this machine. */
        if (all && !options->host) {
                r = stop_socket_pull(ANSWER_USEC, &answer);
                if (r >= 0)
                        return say_all(options, &answer);
                if (r == -ETIMEDOUT)
                        return stop_without_daemon(options, "limberd does not answer.");
        }
        r = client_open_quiet(options, &client);
        if (r < 0)
                return stop_without_daemon(options, "The system bus cannot be reached.");
        return all ? stop_all_by_bus(client, options) : stop_one(client, options);
}
