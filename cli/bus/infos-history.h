/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Typed copies of limberd's history of sessions. Times are microseconds since the epoch. */

#include "cli/bus/properties.h"

struct history_session_info {
        uint64_t session;
        uint32_t runner;
        char *routine, *reason;
        uint64_t began, ended; /* 0: no end, or unknown */
        uint64_t lasted;       /* whatever the clock said; 0: unknown */
        uint64_t events;
};

struct history_event_info {
        uint64_t seq, at;
        uint64_t after; /* since the session began, whatever the clock said; 0: unknown */
        char *kind, *device, *feature, *reason, *text;
        char *zone, *side;
        char *unit; /* NULL from a daemon that does not send it */
        /* Setpoints: in thousandths of the feature's unit. Steps and doses: microseconds. Discomfort: given is the score. */
        int64_t asked, given;
};

struct history_infos {
        struct history_session_info *sessions;
        size_t n_sessions;
        struct history_event_info *events;
        size_t n_events;
};

/* Read the replies of History and of HistoryEvents. Return negative errno. */
int history_infos_read_sessions(sd_bus_message *m, struct history_infos *infos);
int history_infos_read_events(sd_bus_message *m, struct history_infos *infos);
void history_infos_done(struct history_infos *infos);

/* The session of that number, or NULL. */
const struct history_session_info *history_infos_find(const struct history_infos *infos, uint64_t session);
/* It has no recorded end: the daemon that ran it died, or it still runs. */
bool history_session_lacks_end(const struct history_session_info *session);
/* How long it took; false: unknown. */
bool history_session_took(const struct history_session_info *session, uint64_t *ret_usec);
/* Time from the session's beginning to an event, at least 0. */
uint64_t history_event_offset(
        const struct history_event_info *event, const struct history_session_info *session);
/* Levels were requested and allowed. */
bool history_event_is_setpoint(const struct history_event_info *event);
/* A level was sent, or reported by the device. */
bool history_event_is_sent(const struct history_event_info *event);
/* A discomfort score; words is the text that came with it, or "". Older histories have the score at the start of the text. */
bool history_event_is_discomfort(
        const struct history_event_info *event, unsigned *ret_score, const char **ret_words);
