/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/live/hold.h"
#include "cli/verbs/cmds.h"
#include "lib/bus-errors.h"

static int run(const struct options *options, enum hold_mode mode) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        const struct session_info *session;
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        session = objects_find_session(objects, options->session);
        return session ? hold_run(client, mode, NULL, session->path) : LIMBER_EXIT_NOT_FOUND;
}

int cmd_follow(const struct options *options) {
        return run(options, HOLD_FOLLOW);
}

int cmd_resume(const struct options *options) {
        return run(options, HOLD_RESUME);
}
