/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/infos-history.h"

#include "lib/clock.h"
#include "lib/discomfort.h"

#define SESSION(name, signature, reader) \
        { #name, signature, offsetof(struct history_session_info, name), property_read_##reader }
#define EVENT(name, signature, reader) \
        { #name, signature, offsetof(struct history_event_info, name), property_read_##reader }

static const struct property session_fields[] = {
        SESSION(session, "t", u64),
        SESSION(runner, "u", u32),
        SESSION(routine, "s", string),
        SESSION(began, "t", u64),
        SESSION(ended, "t", u64),
        SESSION(lasted, "t", u64),
        SESSION(reason, "s", string),
        SESSION(events, "t", u64),
        {},
};
static const struct property event_fields[] = {
        EVENT(seq, "t", u64),
        EVENT(at, "t", u64),
        EVENT(after, "t", u64),
        EVENT(kind, "s", string),
        EVENT(device, "s", string),
        EVENT(feature, "s", string),
        EVENT(zone, "s", string),
        EVENT(side, "s", string),
        EVENT(unit, "s", string),
        EVENT(asked, "x", i64),
        EVENT(given, "x", i64),
        EVENT(reason, "s", string),
        EVENT(text, "s", string),
        {},
};

static int read_session(sd_bus_message *m, void *userdata) {
        struct history_infos *infos = userdata;
        struct history_session_info *session =
                array_grow(&infos->sessions, &infos->n_sessions, sizeof(*session));

        return session ? properties_read(m, session_fields, session) : -ENOMEM;
}

static int read_event(sd_bus_message *m, void *userdata) {
        struct history_infos *infos = userdata;
        struct history_event_info *event = array_grow(&infos->events, &infos->n_events, sizeof(*event));

        return event ? properties_read(m, event_fields, event) : -ENOMEM;
}

int history_infos_read_sessions(sd_bus_message *m, struct history_infos *infos) {
        return property_read_array(m, "a{sv}", read_session, infos);
}

int history_infos_read_events(sd_bus_message *m, struct history_infos *infos) {
        return property_read_array(m, "a{sv}", read_event, infos);
}

void history_infos_done(struct history_infos *infos) {
        for (size_t i = 0; i < infos->n_sessions; i++)
                properties_free_strings(session_fields, &infos->sessions[i]);
        for (size_t i = 0; i < infos->n_events; i++)
                properties_free_strings(event_fields, &infos->events[i]);
        free(infos->sessions);
        free(infos->events);
        *infos = (struct history_infos){};
}

const struct history_session_info *history_infos_find(const struct history_infos *infos, uint64_t session) {
        for (size_t i = 0; i < infos->n_sessions; i++)
                if (infos->sessions[i].session == session)
                        return &infos->sessions[i];
        return NULL;
}

bool history_session_lacks_end(const struct history_session_info *session) {
        /* The next daemon recorded when it found the session in this state; that is not when it ended. */
        return session->ended == 0 || streq_ptr(session->reason, "daemon-died");
}

/* From a history of before: longer than any session, so the clock was set in between. */
#define LONGEST_USEC (24 * 3600 * USEC_PER_SEC)

bool history_session_took(const struct history_session_info *session, uint64_t *ret_usec) {
        uint64_t usec = session->lasted;

        if (history_session_lacks_end(session))
                return false;
        if (usec == 0 && session->ended >= session->began)
                usec = session->ended - session->began;
        if (usec > LONGEST_USEC || (session->lasted == 0 && session->ended < session->began))
                return false;
        *ret_usec = usec;
        return true;
}

uint64_t history_event_offset(
        const struct history_event_info *event, const struct history_session_info *session) {
        if (event->after > 0)
                return event->after;
        return event->at > session->began ? event->at - session->began : 0;
}

bool history_event_is_setpoint(const struct history_event_info *event) {
        return streq_ptr(event->kind, "setpoint");
}

bool history_event_is_sent(const struct history_event_info *event) {
        return !isempty(event->feature) &&
               (streq_ptr(event->kind, "sent") || streq_ptr(event->kind, "queued") ||
                       streq_ptr(event->kind, "confirmed"));
}

bool history_event_is_discomfort(
        const struct history_event_info *event, unsigned *ret_score, const char **ret_words) {
        const char *words = strnull(event->text);
        int64_t score = event->given;

        if (!streq_ptr(event->kind, "discomfort"))
                return false;
        if (*words >= '0' && *words <= '9') {
                char *rest;

                score = strtol(words, &rest, 10);
                for (words = rest; *words == ' ';)
                        words++;
        }
        if (score < 0 || score > DISCOMFORT_MAX)
                return false;
        *ret_score = (unsigned) score;
        *ret_words = words;
        return true;
}
