/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/live/arm.h"
#include "cli/live/hold.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/terminal.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/runner.h"

static int append_devices(sd_bus_message *m, const struct options *options) {
        int r = sd_bus_message_open_container(m, 'e', "sv");

        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', "devices");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "a{ss}");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "{ss}");
        for (size_t i = 0; r >= 0 && i < options->n_devices; i++) {
                const char *device = options->devices[i], *equals = strchr(device, '=');
                _cleanup_free_ char *role = strndup(device, (size_t) (equals - device));

                r = role ? sd_bus_message_append(m, "{ss}", role, equals + 1) : -ENOMEM;
        }
        for (unsigned i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int new_start(
        struct client *client, const char *routine, uint64_t last_session_seconds, sd_bus_message **ret) {
        const struct options *options = client_options(client);
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = client_new_call(client, "StartRoutine", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", routine);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0 && options->side)
                r = sd_bus_message_append(m, "{sv}", "side", "s", options->side);
        if (r >= 0 && options->stage)
                r = sd_bus_message_append(m, "{sv}", "stage", "b", true);
        if (r >= 0 && options->detach)
                r = sd_bus_message_append(m, "{sv}", "detach", "b", true);
        if (r >= 0 && last_session_seconds > 0)
                r = sd_bus_message_append(m, "{sv}", "last-session", "t", last_session_seconds);
        if (r >= 0 && options->n_devices > 0)
                r = append_devices(m, options);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                *ret = TAKE_PTR(m);
        return r;
}

/* Rejects a session that cannot be armed from here before any device is connected. */
static int check_presence(
        const struct options *options, const struct objects *objects, const struct routine_info *routine) {
        const struct arm_question question = {
                .kind = routine_kind(routine),
                .terminal = !options->json && terminal_present(),
                .yes = options->yes,
                .simulated = objects->manager.simulated,
                .wanted = true,
        };

        if (arm_policy(&question) != ARM_REFUSE)
                return LIMBER_EXIT_OK;
        if (streq(question.kind, "percussion"))
                return failure_say(LIMBER_EXIT_DENIED,
                        "Run limber at a terminal, or say --yes if you are ready for it to begin.",
                        "To begin, somebody present must press a key at a terminal; this is none.");
        return failure_say(LIMBER_EXIT_DENIED,
                "Run limber at a terminal. To prepare a session for somebody there, use --stage.",
                "%s uses e-stim: somebody present must press a key at a terminal; this is none.",
                routine->id);
}

static int stage(struct client *client, sd_bus_message *m) {
        const struct options *options = client_options(client);
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct session_info session = {};
        const char *path;
        int status = client_send(client, m, &reply), r;

        if (status != LIMBER_EXIT_OK)
                return status;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return failure_report(NULL, r);
        session.path = (char *) path;
        if (options->json)
                return output_json(json_pack("{s:s, s:s, s:s}", "session", session_number(&session), "path",
                                           path, "state", "staged"),
                        JSON_COMPACT);
        return output_done(options,
                "Session %s is staged; somebody present begins it with: limber resume --session %s",
                session_number(&session), session_number(&session));
}

/* False: they would rather not say. */
static bool ask_last_session(uint64_t *ret_seconds) {
        char line[64];

        for (unsigned i = 0; i < 3; i++) {
                printf("When was your last session? Such as 40min, 9h or 2d ago; Enter alone leaves it: ");
                (void) fflush(stdout);
                if (!fgets(line, sizeof(line), stdin))
                        return false;
                line[strcspn(line, " \n")] = '\0';
                if (isempty(line))
                        return false;
                if (options_parse_ago(line, ret_seconds))
                        return true;
        }
        return false;
}

static int start(const struct options *options, const char *routine, uint64_t last_session_seconds) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int status = client_open(options, &client), r;

        if (status != LIMBER_EXIT_OK)
                return status;
        r = new_start(client, routine, last_session_seconds, &m);
        return r < 0 ? failure_report(NULL, r) : hold_run(client, HOLD_START, m, NULL);
}

/* The bus connection ended with the first loop. */
static int start_again(const struct options *options, const char *routine) {
        uint64_t seconds;
        int status;

        if (!ask_last_session(&seconds))
                return LIMBER_EXIT_REFUSED;
        status = start(options, routine, seconds);
        return status == -ETIME ? LIMBER_EXIT_REFUSED : status;
}

int cmd_start(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const struct routine_info *routine;
        int status = client_open(options, &client), r;

        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        routine = objects_find_routine(objects, options->words[1]);
        if (!routine)
                return LIMBER_EXIT_NOT_FOUND;
        if (runner_is_behind_sudo(client, objects))
                return failure_say(LIMBER_EXIT_DENIED,
                        "Start it without sudo. If the key is refused, as over ssh: limber start ROUTINE --stage, then: sudo limber resume",
                        "With sudo it would be a session of root, who has other rests and limits than you.");
        r = new_start(client, routine->id, options->last_session_seconds, &m);
        if (r < 0)
                return failure_report(NULL, r);
        if (options->stage)
                return stage(client, m);
        status = check_presence(options, objects, routine);
        if (status == LIMBER_EXIT_OK)
                status = hold_run(client, HOLD_START, m, NULL);
        return status == -ETIME ? start_again(options, routine->id) : status;
}
