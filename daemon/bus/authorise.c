/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/authorise.h"

int authorise_uid(const struct authority *authority, sd_bus_message *m, uid_t *ret, sd_bus_error *error) {
        return callers_uid(authority->callers, m, ret, error);
}

#define REMOTE "members of the group limber-remote may do it from anywhere (limber(1), ACCESS)"

/* polkit is never asked about root and the daemon's own user. */
static int check(const struct authority *authority, sd_bus_message *m,
        const struct polkit_question *question, sd_bus_error *error) {
        uid_t uid;
        int r;

        r = authorise_uid(authority, m, &uid, error);
        if (r <= 0)
                return r;
        return uid == 0 || uid == getuid() ? 1 : polkit_check(authority->polkit, m, uid, question, error);
}

int authorise_session(const struct authority *authority, sd_bus_message *m, const struct session *session,
        sd_bus_error *error) {
        uid_t uid;
        int r;

        if (streq_ptr(sd_bus_message_get_sender(m), session_holder(session)))
                return 1;
        r = authorise_uid(authority, m, &uid, error);
        if (r <= 0)
                return r;
        if (uid == session_runner(session))
                return 1;
        return check(authority, m,
                &(struct polkit_question){ POLKIT_START,
                        .what = "do that with somebody else's session; pause and stop it you may" },
                error);
}

int authorise_raise(const struct authority *authority, sd_bus_message *m, const struct session *session,
        sd_bus_error *error) {
        enum session_kind kind = session_kind(session);

        /* Only the holder can arm, and becoming the holder was authorised; a gun is held by its user. */
        if (kind != SESSION_KIND_ESTIM && kind != SESSION_KIND_MIXED)
                return 1;
        return check(authority, m,
                &(struct polkit_question){
                        POLKIT_RAISE_OUTPUT, .what = "raise the output of e-stim", .lift = REMOTE },
                error);
}

int authorise_start(const struct authority *authority, sd_bus_message *m, sd_bus_error *error) {
        return check(authority, m,
                &(struct polkit_question){ POLKIT_START_PERCUSSION, POLKIT_START_UNATTENDED,
                        "start a massage gun",
                        "nobody is logged in where this call comes from; log in at the machine or by ssh, or stage the "
                        "session for somebody who is" },
                error);
}

int authorise_devices(const struct authority *authority, sd_bus_message *m, sd_bus_error *error) {
        return check(authority, m,
                &(struct polkit_question){ POLKIT_MANAGE_DEVICES,
                        .what = "look for, add, connect or forget devices", .lift = REMOTE },
                error);
}

int authorise_runner(const struct authority *authority, sd_bus_message *m, uid_t runner, const char *what,
        sd_bus_error *error) {
        uid_t uid;
        int r;

        r = authorise_uid(authority, m, &uid, error);
        if (r <= 0)
                return r;
        return uid == runner
                       ? 1
                       : check(authority, m,
                                 &(struct polkit_question){ POLKIT_ACT_FOR_OTHERS, .what = what }, error);
}

int authorise_administer(
        const struct authority *authority, sd_bus_message *m, const char *what, sd_bus_error *error) {
        return check(authority, m, &(struct polkit_question){ POLKIT_ADMINISTER, .what = what }, error);
}
