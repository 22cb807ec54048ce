/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/runner.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/term/failure.h"
#include "lib/bus-names.h"

/* Maximum digits of a user id. */
#define UID_DIGITS_MAX 10

static bool is_number(const char *s) {
        return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) <= UID_DIGITS_MAX;
}

/* uid of the user who ran sudo, or NULL. */
static const char *sudo_uid(void) {
        const char *uid = getenv("SUDO_UID");

        return geteuid() == 0 && uid && is_number(uid) && !streq(uid, "0") ? uid : NULL;
}

bool runner_is_behind_sudo(const struct client *client, const struct objects *objects) {
        return sudo_uid() && !client_options(client)->host && !objects->manager.simulated;
}

/* Of the caller. */
static int own_path(struct client *client, char path[static RUNNER_PATH_MAX]) {
        _cleanup_(objects_freep) struct objects *objects = NULL;
        int status = LIMBER_EXIT_OK;

        snprintf(path, RUNNER_PATH_MAX, "%s", LIMBER_RUNNER_SELF_PATH);
        if (!sudo_uid())
                return status;
        status = client_objects(client, &objects);
        if (status == LIMBER_EXIT_OK && runner_is_behind_sudo(client, objects))
                snprintf(path, RUNNER_PATH_MAX, "%s/%s", LIMBER_RUNNER_PATH, sudo_uid());
        return status;
}

int runner_path(struct client *client, char path[static RUNNER_PATH_MAX]) {
        const struct options *options = client_options(client);
        const struct passwd *user;

        if (!options->runner)
                return own_path(client, path);
        if (is_number(options->runner) && strtoull(options->runner, NULL, 10) < UINT32_MAX) {
                snprintf(path, RUNNER_PATH_MAX, "%s/%llu", LIMBER_RUNNER_PATH,
                        strtoull(options->runner, NULL, 10));
                return LIMBER_EXIT_OK;
        }
        /* User names may differ on the other machine. */
        if (options->host)
                return failure_say(LIMBER_EXIT_USAGE, "\"id -u NAME\" on that machine tells it.",
                        "--for %s: of a user on another machine the number is wanted", options->runner);
        user = getpwnam(options->runner);
        if (!user)
                return failure_say(LIMBER_EXIT_NOT_FOUND, NULL, "There is no user \"%s\" on this machine.",
                        options->runner);
        snprintf(path, RUNNER_PATH_MAX, "%s/%u", LIMBER_RUNNER_PATH, (unsigned) user->pw_uid);
        return LIMBER_EXIT_OK;
}

int runner_fetch(struct client *client, const char *path, struct runner_info *ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r, status = client_call(client, path, LIMBER_RUNNER_INTERFACE, "Read", &reply, NULL);

        if (status != LIMBER_EXIT_OK)
                return status;
        r = runner_info_read(reply, ret);
        return r < 0 ? failure_report(NULL, r) : LIMBER_EXIT_OK;
}

int runner_new_call(struct client *client, const char *path, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(
                client_bus(client), ret, LIMBER_BUS_NAME, path, LIMBER_RUNNER_INTERFACE, member);
}
