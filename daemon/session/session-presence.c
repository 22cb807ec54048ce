/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A detached session: nobody beats for it, so it lives on what people do. */

#include "daemon/session/session-private.h"

#define PROMPT_HERE "here"

static void on_ask(void *userdata) {
        struct session *session = userdata;

        record_put(session->environment.record,
                &(struct record_entry){ RECORD_PROMPT, .session = session->id, .text = "still there?" });
        session->environment.handler->prompt_raised(session, session->environment.userdata);
        session_turned(session);
}

static void on_lost(void *userdata) {
        struct session *session = userdata;

        session->environment.handler->alert(session, "nobody-answered",
                "nobody said that they are still there; paused", session->environment.userdata);
        session_pause(session, REASON_LEASE_LOST);
}

static const struct presence_handler presence_handler = { .ask = on_ask, .lost = on_lost };

int session_make_presence(struct session *session) {
        return presence_new(session->environment.clock, &presence_handler, session, &session->presence);
}

bool session_is_detached(const struct session *session) {
        return session->presence;
}

bool session_is_watched(const struct session *session) {
        return session->presence ? presence_is_alive(session->presence) : lease_is_alive(session->lease);
}

void session_presence_seen(struct session *session) {
        bool asking = session->presence && presence_is_asking(session->presence);

        if (session->presence && session->armed)
                presence_seen(session->presence);
        if (asking)
                session_turned(session);
}

void session_presence_end(struct session *session) {
        if (session->presence)
                presence_end(session->presence);
}

bool session_presence_asks(const struct session *session) {
        return session->presence && presence_is_asking(session->presence);
}

const char *session_presence_prompt(const struct session *session) {
        return session_presence_asks(session) ? PROMPT_HERE : "";
}

/* How it feels goes before the routine's own prompt, that before whether anybody is there at all. */
const char *session_prompt(const struct session *session) {
        if (session->question != QUESTION_NONE)
                return session->question_id;
        return !isempty(session->prompt) ? session->prompt : session_presence_prompt(session);
}

const char *session_prompt_text(const struct session *session) {
        if (session->question != QUESTION_NONE)
                return session_question_text(session);
        if (!isempty(session->prompt))
                return session->foreground.stage->step->text;
        return session_presence_asks(session) ? "Still there? Without an answer the output goes to zero."
                                              : "";
}

const char *session_prompt_answer(const struct session *session, unsigned i) {
        char **answers = isempty(session->prompt) ? NULL : session->foreground.stage->step->answers;

        if (session->question != QUESTION_NONE)
                return session_question_answer(session, i);
        if (!answers)
                return i == 0 && session_presence_asks(session) ? "yes" : NULL;
        for (; *answers && i > 0; answers++)
                i--;
        return *answers;
}
