/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Manager.CheckRoutine: a stranger's text is read by a child process and judged on a thread. */

#include "daemon/bus/server-private.h"
#include "daemon/loop/parse-child.h"
#include "daemon/loop/worker.h"
#include "lib/routine.h"

struct check {
        struct bus_server *server;
        sd_bus_message *message; /* has the text */
        uid_t uid;
        const void *text;
        size_t n;
        int result;
        struct findings findings;
};

static struct check *check_free(struct check *check) {
        if (!check)
                return NULL;
        findings_done(&check->findings);
        sd_bus_message_unref(check->message);
        free(check);
        return NULL;
}
DEFINE_CLEANUP(struct check *, check_free);

/* On a thread. Nobody else touches the message before it is answered. */
static void check_work(void *data) {
        _cleanup_(parse_child_freep) struct parse_child *child = NULL;
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        struct check *check = data;

        check->result = parse_child_new(check->server->settings.parser, &child);
        if (check->result >= 0)
                check->result = routine_parse(
                        parse_child_reader(child), check->text, check->n, &check->findings, &routine);
}

static int reply_findings(const struct check *check) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        if (check->result < 0 && check->findings.n_errors == 0)
                return sd_bus_reply_method_errnof(
                        check->message, check->result, "the text could not be checked");
        r = sd_bus_message_new_method_return(check->message, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(suss)");
        for (size_t i = 0; r >= 0 && i < check->findings.n; i++) {
                const struct finding *f = &check->findings.items[i];

                r = bus_append(reply, "(suss)", finding_severity_to_string(f->severity), f->line, f->code,
                        f->message);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static void check_done(void *data) {
        _cleanup_(check_freep) struct check *check = data;
        struct bus_server *server = check->server;

        for (unsigned i = 0; i < server->n_checks; i++)
                if (server->checkers[i] == check->uid) {
                        server->checkers[i] = server->checkers[--server->n_checks];
                        break;
                }
        (void) reply_findings(check);
}

static int refuse_more(const struct bus_server *server, uid_t uid, sd_bus_error *error) {
        for (unsigned i = 0; i < server->n_checks; i++)
                if (server->checkers[i] == uid)
                        return limber_error_set(error, LIMBER_ERROR_BUSY,
                                "a text of yours is being checked; send the next when that is answered");
        if (server->n_checks >= BUS_CHECKS_MAX)
                return limber_error_set(error, LIMBER_ERROR_BUSY,
                        "texts of others are being checked; try again in a moment, or use 'limber check'");
        return 0;
}

int bus_server_check_routine(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(check_freep) struct check *check = calloc(1, sizeof(*check));
        struct bus_server *server = userdata;
        int r;

        if (!check)
                return -ENOMEM;
        *check = (struct check){ .server = server, .message = sd_bus_message_ref(m) };
        r = sd_bus_message_read_array(m, 'y', &check->text, &check->n);
        if (r < 0)
                return r;
        r = authorise_uid(&server->authority, m, &check->uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = refuse_more(server, check->uid, error);
        if (r < 0)
                return r;
        r = worker_run(sd_bus_get_event(server->settings.bus), check_work, check_done, check);
        if (r < 0)
                return limber_error_set(
                        error, LIMBER_ERROR_BUSY, "limberd is reading files; try again in a moment");
        server->checkers[server->n_checks++] = check->uid;
        (void) TAKE_PTR(check);
        return 1;
}
