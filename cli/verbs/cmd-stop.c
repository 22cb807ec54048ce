/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/bus/stop.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/verbs/cmds.h"
#include "lib/bus-names.h"
#include "lib/clock.h"
#include "lib/stop-line.h"

/* A person waits for the answer here, but not for long: there is a program that stops without limberd. Over ssh
 * the round trip alone may take a while. */
#define ANSWER_USEC USEC_PER_SEC
#define ANSWER_REMOTE_USEC (10 * USEC_PER_SEC)

#define CONFIRM_STEP_USEC 20000u

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
        return output_done(options, "Session %s is stopped.", options->session);
}

/* The stop is out; now it is worth a moment to hear that it was taken. True while output may still be on. */
static bool still_on(struct client *client) {
        for (unsigned waited = 0; waited < STOP_LINE_CONFIRM_USEC; waited += CONFIRM_STEP_USEC) {
                int active = false;

                if (sd_bus_get_property_trivial(client_bus(client), LIMBER_BUS_NAME, LIMBER_PATH,
                            LIMBER_MANAGER_INTERFACE, "OutputActive", NULL, 'b', &active) < 0 ||
                        !active)
                        return false;
                (void) usleep(CONFIRM_STEP_USEC);
        }
        return true;
}

static int say_all(const struct options *options, uint32_t devices, bool on) {
        if (on)
                return failure_say(LIMBER_EXIT_NOT_CONFIRMED,
                        "Take it off the body and switch it off by its own button; \"limber status\" shows which.",
                        devices > 0
                                ? "The stop was sent, and a device has not confirmed it. limberd goes on trying."
                                : "A device that may be on cannot be reached. limberd goes on trying.");
        if (devices == 0)
                return output_done(options, "Everything is stopped. No device was connected.");
        return output_done(options, "Everything is stopped: %u device%s told so.", devices,
                devices == 1 ? " was" : "s were");
}

/* StopAll goes out before anything is asked, because whoever types this wants everything still. */
static int stop_all_by_bus(struct client *client, const struct options *options) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        uint32_t devices = 0;
        int r;

        r = client_stop_call(client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "StopAll", answer_usec(options),
                &reply, &error);
        if (r >= 0)
                r = sd_bus_message_read(reply, "u", &devices);
        return r < 0 ? failed(options, &error, r) : say_all(options, devices, still_on(client));
}

int cmd_stop(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        bool all = !options->session || options->all;
        struct stop_line_answer answer;
        int r;

        /* The short way is this machine's own. */
        if (all && !options->host) {
                r = stop_line_pull(ANSWER_USEC, &answer);
                if (r >= 0)
                        return say_all(options, answer.devices, !answer.off);
                if (r == -ETIMEDOUT)
                        return stop_without_daemon(options, "limberd does not answer.");
        }
        r = client_open_quiet(options, &client);
        if (r < 0)
                return stop_without_daemon(options, "The system bus cannot be reached.");
        return all ? stop_all_by_bus(client, options) : stop_one(client, options);
}
