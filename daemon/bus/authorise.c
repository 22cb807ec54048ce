/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/authorise.h"

#include "lib/bus-errors.h"

int authorise_uid(sd_bus_message *m, uid_t *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        int r;

        r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID | SD_BUS_CREDS_AUGMENT, &creds);
        if (r >= 0)
                r = sd_bus_creds_get_euid(creds, ret);
        if (r < 0)
                return limber_error_set(
                        error, LIMBER_ERROR_NOT_AUTHORIZED, "the bus does not say who is calling");
        return 0;
}

int authorise_session(
        struct polkit *polkit, sd_bus_message *m, const struct session *session, sd_bus_error *error) {
        uid_t uid = (uid_t) -1; /* nobody */
        int r;

        if (streq_ptr(sd_bus_message_get_sender(m), session_holder(session)))
                return 1;
        r = authorise_uid(m, &uid, error);
        if (r < 0)
                return r;
        if (uid == session_runner(session))
                return 1;
        return polkit_check(polkit, m, POLKIT_START,
                "do that with somebody else's session; pause and stop it you may", error);
}

int authorise_raise(
        struct polkit *polkit, sd_bus_message *m, const struct session *session, sd_bus_error *error) {
        enum session_kind kind = session_kind(session);

        /* Only the holder can arm, and it became the holder by permission; a gun is in the hand of whoever holds it. */
        if (kind != SESSION_KIND_ESTIM && kind != SESSION_KIND_MIXED)
                return 1;
        return polkit_check(polkit, m, POLKIT_RAISE_OUTPUT, "raise the output of e-stim", error);
}

int authorise_devices(struct polkit *polkit, sd_bus_message *m, sd_bus_error *error) {
        return polkit_check(
                polkit, m, POLKIT_MANAGE_DEVICES, "look for, add, connect or forget devices", error);
}

int authorise_runner(
        struct polkit *polkit, sd_bus_message *m, uid_t runner, const char *what, sd_bus_error *error) {
        uid_t uid = (uid_t) -1; /* nobody */
        int r;

        r = authorise_uid(m, &uid, error);
        if (r < 0)
                return r;
        return uid == runner ? 1 : polkit_check(polkit, m, POLKIT_ACT_FOR_OTHERS, what, error);
}

int authorise_administer(struct polkit *polkit, sd_bus_message *m, const char *what, sd_bus_error *error) {
        return polkit_check(polkit, m, POLKIT_ADMINISTER, what, error);
}
