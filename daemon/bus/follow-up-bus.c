/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Manager.Questions and Manager.AnswerQuestion: how it feels after a session, and the next morning. Users are only asked
 * about themselves. */

#include "daemon/bus/authorise.h"
#include "daemon/bus/server-private.h"

#define TEXT_MAX 512

static const char *const leads[_FOLLOW_UP_OCCASION_MAX] = {
        [FOLLOW_UP_BASELINE] = "",
        [FOLLOW_UP_END] = "After the session: how much does it hurt now",
        [FOLLOW_UP_MORNING] = "The morning after: how much does it hurt now",
};

/* "… now: calf (left), calf (right)? 0 is …" */
static void format_question(const struct follow_up_question *q, char text[static TEXT_MAX]) {
        size_t n = (size_t) snprintf(text, TEXT_MAX, "%s", leads[q->occasion]);

        for (unsigned i = 0; i < q->n_parts && n < TEXT_MAX; i++) {
                const struct follow_up_part *part = &q->parts[i];
                bool sided = part->side != SIDE_NONE;

                n += (size_t) snprintf(text + n, TEXT_MAX - n, "%s%s%s%s%s", i == 0 ? ": " : ", ",
                        part->zone->name, sided ? " (" : "", sided ? side_to_string(part->side) : "",
                        sided ? ")" : "");
        }
        if (n < TEXT_MAX)
                (void) snprintf(text + n, TEXT_MAX - n, "? " DISCOMFORT_SCALE ".");
}

static int append_question(sd_bus_message *m, const struct follow_up_question *q) {
        char text[TEXT_MAX];
        int r;

        format_question(q, text);
        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = bus_append_entry(m, "session", "t", (uint64_t) q->session);
        if (r >= 0)
                r = bus_append_entry(m, "kind", "s", follow_up_occasion_to_string(q->occasion));
        if (r >= 0)
                r = bus_append_entry(m, "text", "s", text);
        if (r >= 0)
                r = bus_append_entry(m, "since", "t", q->since_usec);
        if (r >= 0)
                r = bus_append_entry(m, "until", "t", q->until_usec);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int bus_server_questions(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct bus_server *server = userdata;
        struct follow_up_question question;
        uid_t uid;
        int r;

        r = authorise_uid(&server->authority, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "a{sv}");
        if (r >= 0 && manager_question(server->settings.manager, uid, &question))
                r = append_question(reply, &question);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}

int bus_server_answer_question(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        enum follow_up_occasion occasion;
        const char *kind;
        uint64_t session;
        uint8_t score;
        bool bad = false;
        uid_t uid;
        int r;

        r = sd_bus_message_read(m, "tsy", &session, &kind, &score);
        if (r >= 0)
                r = authorise_uid(&server->authority, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        occasion = follow_up_occasion_from_string(kind);
        r = session > UINT_MAX || occasion == _FOLLOW_UP_OCCASION_MAX
                    ? -ENOENT
                    : manager_answer_question(
                              server->settings.manager, uid, (unsigned) session, occasion, score, &bad);
        if (r == -EDOM)
                return limber_error_set(
                        error, LIMBER_ERROR_INVALID_ARGUMENT, "discomfort is 0 to 10, not %u", score);
        if (r == -ENOENT)
                return limber_error_set(error, LIMBER_ERROR_WRONG_STATE,
                        "nobody asks that now; 'limber status' says what is asked");
        if (r < 0)
                return r;
        return bus_reply(m, "s",
                bad ? "These parts are treated more gently next time. Rest them today; if it does not get better, "
                      "ask a therapist."
                    : "");
}

void bus_server_question(uid_t runner, const struct follow_up_question *question, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        struct bus_server *server = userdata;

        if (sd_bus_message_new_signal(server->settings.bus, &m, LIMBER_PATH, LIMBER_MANAGER_INTERFACE,
                    "QuestionOpened") >= 0 &&
                bus_append(m, "uts", (uint32_t) runner, (uint64_t) question->session,
                        follow_up_occasion_to_string(question->occasion)) >= 0)
                bus_server_tell(server, m);
}
