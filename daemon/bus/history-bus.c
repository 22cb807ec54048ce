/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"
#include "daemon/loop/worker.h"
#include "daemon/record/history.h"

/* A query of the history, run on a thread with its own reader, so that a stalled disk blocks nothing else. */
struct inquiry {
        struct bus_server *server;
        sd_bus_message *message;
        const char *path; /* of the server's settings */
        uid_t uid;
        bool one; /* only the events of one session */
        unsigned session;
        struct history_query query;
        int result;
        char *sentence;
        struct history_event *events; /* copies */
        struct history_session *sessions;
        size_t n_events, n_sessions;
};

static void inquiry_free(struct inquiry *inquiry) {
        for (size_t i = 0; i < inquiry->n_events; i++)
                record_entry_done(&inquiry->events[i].entry);
        for (size_t i = 0; i < inquiry->n_sessions; i++) {
                free((char *) inquiry->sessions[i].routine);
                free((char *) inquiry->sessions[i].reason);
        }
        free(inquiry->events);
        free(inquiry->sessions);
        free(inquiry->sentence);
        sd_bus_message_unref(inquiry->message);
        free(inquiry);
}

/* Makes room for one more item; doubles whenever n is a power of two. */
static void *grow(void *items, size_t n, size_t size) {
        return (n & (n - 1)) == 0 ? reallocarray(items, MAX(2 * n, (size_t) 1), size) : items;
}

static int take_session(const struct history_session *session, void *userdata) {
        struct inquiry *inquiry = userdata;
        struct history_session *sessions = grow(inquiry->sessions, inquiry->n_sessions, sizeof(*sessions));

        if (!sessions)
                return -ENOMEM;
        inquiry->sessions = sessions;
        sessions[inquiry->n_sessions] = *session;
        sessions[inquiry->n_sessions].routine = strdup(strnull(session->routine));
        sessions[inquiry->n_sessions].reason = strdup(strnull(session->reason));
        inquiry->n_sessions++;
        return 0;
}

static int take_event(const struct history_event *event, void *userdata) {
        struct inquiry *inquiry = userdata;
        struct history_event *events = grow(inquiry->events, inquiry->n_events, sizeof(*events));
        int r;

        if (!events)
                return -ENOMEM;
        inquiry->events = events;
        events[inquiry->n_events] = *event;
        r = record_entry_copy(&event->entry, &events[inquiry->n_events].entry);
        if (r >= 0)
                inquiry->n_events++;
        return r;
}

/* Runs on the thread. */
static void inquire(void *data) {
        _cleanup_(history_freep) struct history *history = NULL;
        struct inquiry *inquiry = data;
        int r;

        r = history_open_reader(inquiry->path, &history, &inquiry->sentence);
        if (r == -ENOENT && !inquiry->one) /* there is no history yet */
                r = 0;
        else if (r >= 0 && !inquiry->one)
                r = history_sessions(history, &inquiry->query, take_session, inquiry);
        else if (r >= 0) {
                r = history_session(history, inquiry->session, take_session, inquiry);
                if (r >= 0 && inquiry->uid != 0 && inquiry->sessions[0].runner != inquiry->uid)
                        r = -EPERM;
                if (r >= 0)
                        r = history_events(history, inquiry->session, take_event, inquiry);
        }
        inquiry->result = r;
}

static int append_session(sd_bus_message *m, const struct history_session *s) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = bus_append_entry(m, "session", "t", (uint64_t) s->id);
        if (r >= 0)
                r = bus_append_entry(m, "runner", "u", (uint32_t) s->runner);
        if (r >= 0)
                r = bus_append_entry(m, "routine", "s", strnull(s->routine));
        if (r >= 0)
                r = bus_append_entry(m, "began", "t", s->began_usec);
        if (r >= 0)
                r = bus_append_entry(m, "ended", "t", s->ended_usec);
        if (r >= 0)
                r = bus_append_entry(m, "lasted", "t", s->lasted_usec);
        if (r >= 0)
                r = bus_append_entry(m, "reason", "s", strnull(s->reason));
        if (r >= 0)
                r = bus_append_entry(m, "events", "t", s->events);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* 0: unknown. An abandoned session's end is of a later daemon, and maybe of another run of the machine. */
static uint64_t after_usec(const struct history_session *session, const struct history_event *event) {
        bool known = session->began_up_usec > 0 && event->up_usec >= session->began_up_usec &&
                     event->entry.kind != RECORD_ABANDONED;

        return known ? event->up_usec - session->began_up_usec : 0;
}

static int append_event(
        sd_bus_message *m, const struct history_session *session, const struct history_event *event) {
        const struct record_entry *e = &event->entry;
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = bus_append_entry(m, "seq", "t", event->seq);
        if (r >= 0)
                r = bus_append_entry(m, "at", "t", event->at_usec);
        if (r >= 0)
                r = bus_append_entry(m, "after", "t", after_usec(session, event));
        if (r >= 0)
                r = bus_append_entry(m, "kind", "s", record_kind_to_string(e->kind));
        if (r >= 0)
                r = bus_append_entry(m, "device", "s", strnull(e->device));
        if (r >= 0)
                r = bus_append_entry(m, "feature", "s", strnull(e->feature));
        if (r >= 0)
                r = bus_append_entry(m, "zone", "s", strnull(e->zone));
        if (r >= 0)
                r = bus_append_entry(m, "side", "s", strnull(e->side));
        if (r >= 0)
                r = bus_append_entry(m, "asked", "x", e->asked);
        if (r >= 0)
                r = bus_append_entry(m, "given", "x", e->given);
        if (r >= 0)
                r = bus_append_entry(m, "unit", "s", strnull(e->unit));
        if (r >= 0)
                r = bus_append_entry(m, "reason", "s", strnull(e->reason));
        if (r >= 0)
                r = bus_append_entry(m, "text", "s", strnull(e->text));
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_answer(sd_bus_message *m, const struct inquiry *inquiry) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "a{sv}");
        if (inquiry->one)
                for (size_t i = 0; r >= 0 && i < inquiry->n_events; i++)
                        r = append_event(m, &inquiry->sessions[0], &inquiry->events[i]);
        else
                for (size_t i = 0; r >= 0 && i < inquiry->n_sessions; i++)
                        r = append_session(m, &inquiry->sessions[i]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int refuse(const struct inquiry *inquiry) {
        sd_bus_message *m = inquiry->message;

        if (inquiry->sentence)
                return bus_reply_error(m, SD_BUS_ERROR_IO_ERROR, "%s", inquiry->sentence);
        if (inquiry->one && inquiry->result == -ENOENT)
                return bus_reply_error(m, LIMBER_ERROR_NO_SUCH_SESSION,
                        "no session %u was ever recorded; see 'limber history'", inquiry->session);
        if (inquiry->result == -EPERM)
                return bus_reply_error(
                        m, LIMBER_ERROR_NOT_AUTHORIZED, "session %u is another runner's", inquiry->session);
        return sd_bus_reply_method_errno(m, inquiry->result, NULL);
}

static void answer(void *data) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct inquiry *inquiry = data;
        struct bus_server *server = inquiry->server;
        int r;

        for (unsigned i = 0; i < server->n_askers; i++)
                if (server->askers[i] == inquiry->uid) {
                        server->askers[i] = server->askers[--server->n_askers];
                        break;
                }
        if (inquiry->result < 0)
                (void) refuse(inquiry);
        else {
                r = sd_bus_message_new_method_return(inquiry->message, &reply);
                if (r >= 0)
                        r = append_answer(reply, inquiry);
                if (r >= 0)
                        r = sd_bus_send(NULL, reply, NULL);
                if (r < 0)
                        (void) sd_bus_reply_method_errno(inquiry->message, r, NULL);
        }
        inquiry_free(inquiry);
}

/* Nobody takes the places of others. */
static bool may_ask(const struct bus_server *server, uid_t uid) {
        unsigned own = 0;

        for (unsigned i = 0; i < server->n_askers; i++)
                own += server->askers[i] == uid;
        return server->n_askers < BUS_ASKERS_MAX && own < BUS_ASKERS_USER_MAX;
}

/* History is private: root sees everything, other users only their own. */
static int begin(
        struct bus_server *server, sd_bus_message *m, struct inquiry *inquiry, sd_bus_error *error) {
        int r;

        inquiry->server = server;
        inquiry->path = server->settings.history_path;
        r = authorise_uid(&server->authority, m, &inquiry->uid, error);
        if (r == 0) {
                inquiry_free(inquiry);
                return 1;
        }
        if (r > 0 && !may_ask(server, inquiry->uid))
                r = -EAGAIN;
        if (r > 0) {
                inquiry->query.runner = inquiry->uid;
                inquiry->query.any_runner = inquiry->uid == 0;
                inquiry->message = sd_bus_message_ref(m);
                r = worker_run(sd_bus_get_event(server->settings.bus), inquire, answer, inquiry);
        }
        if (r >= 0) {
                server->askers[server->n_askers++] = inquiry->uid;
                return 1;
        }
        inquiry_free(inquiry);
        return r == -EAGAIN
                       ? limber_error_set(error, LIMBER_ERROR_BUSY,
                                 "the history is being read for others, or for you already; try again in a moment")
                       : r;
}

/* -ENXIO: wrong type. */
static int read_entry(sd_bus_message *m, const char *name, struct history_query *ret, sd_bus_error *error) {
        uint64_t session = 0;
        int r;

        if (streq(name, "since"))
                return sd_bus_message_read(m, "v", "t", &ret->since_usec);
        if (streq(name, "limit"))
                return sd_bus_message_read(m, "v", "u", &ret->limit);
        if (streq(name, "session")) {
                r = sd_bus_message_read(m, "v", "t", &session);
                ret->session = (unsigned) MIN(session, (uint64_t) UINT32_MAX);
                return r;
        }
        return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                "'%s' is unknown; a query has 'session' (t), 'since' (t) and 'limit' (u)", name);
}

static int read_query(sd_bus_message *m, struct history_query *ret, sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = sd_bus_message_read(m, "s", &name);
                if (r < 0)
                        return r;
                r = read_entry(m, name, ret, error);
                if (r == -ENXIO)
                        return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                                "'%s' has another type: 'session' and 'since' are t, 'limit' is u", name);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_server_history(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
        int r;

        if (!inquiry)
                return -ENOMEM;
        r = read_query(m, &inquiry->query, error);
        if (r < 0) {
                inquiry_free(inquiry);
                return r;
        }
        return begin(userdata, m, inquiry, error);
}

int bus_server_history_events(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
        uint64_t session;
        int r;

        if (!inquiry)
                return -ENOMEM;
        r = sd_bus_message_read(m, "t", &session);
        if (r < 0) {
                inquiry_free(inquiry);
                return r;
        }
        inquiry->one = true;
        inquiry->session = (unsigned) MIN(session, (uint64_t) UINT32_MAX);
        return begin(userdata, m, inquiry, error);
}
