/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/authorise.h"

#include "lib/bus-errors.h"

int authorise_uid(sd_bus_message *m, uid_t *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        int r;

        r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID | SD_BUS_CREDS_AUGMENT, &creds);
        if (r >= 0)
                r = sd_bus_creds_get_euid(creds, ret);
        if (r < 0)
                return limber_error_set(error, LIMBER_ERROR_NOT_AUTHORIZED, "the bus does not say who is calling");
        return 0;
}

static bool is_privileged(uid_t uid) {
        return uid == 0 || uid == getuid();
}

int authorise_session(sd_bus_message *m, const struct session *session, sd_bus_error *error) {
        uid_t uid;
        int r;

        if (streq_ptr(sd_bus_message_get_sender(m), session_holder(session)))
                return 0;
        r = authorise_uid(m, &uid, error);
        if (r < 0)
                return r;
        if (is_privileged(uid) || uid == session_runner(session))
                return 0;
        return limber_error_set(error, LIMBER_ERROR_NOT_AUTHORIZED,
                "session %u is somebody else's; you may pause or stop it", session_id(session));
}

static int authorise_privileged(sd_bus_message *m, const char *what, sd_bus_error *error) {
        uid_t uid;
        int r;

        r = authorise_uid(m, &uid, error);
        if (r < 0)
                return r;
        if (is_privileged(uid))
                return 0;
        return limber_error_set(error, LIMBER_ERROR_NOT_AUTHORIZED, "only root may %s; try with sudo", what);
}

int authorise_devices(sd_bus_message *m, sd_bus_error *error) {
        return authorise_privileged(m, "look for, add, connect or forget devices", error);
}

int authorise_administer(sd_bus_message *m, sd_bus_error *error) {
        return authorise_privileged(m, "have the folders read again", error);
}
