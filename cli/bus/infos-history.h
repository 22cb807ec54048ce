/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Typed copies of what limberd has kept of sessions. Times are microseconds since the epoch. */

#include "cli/bus/properties.h"

struct history_session_info {
        uint64_t session;
        uint32_t runner;
        char *routine, *reason;
        uint64_t began, ended; /* 0: it did not end, or nobody saw it end */
        uint64_t events;
};

struct history_event_info {
        uint64_t seq, at;
        char *kind, *device, *feature, *reason, *text;
        char *zone, *side;
        char *unit; /* NULL from a daemon that does not tell it */
        /* Of a setpoint in thousandths of the feature's unit, of a step and a dose microseconds, of discomfort the score. */
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
/* No end of it was seen: the daemon that ran it died, or it runs still. */
bool history_session_unended(const struct history_session_info *session);
/* Levels were asked for and given. */
bool history_event_is_setpoint(const struct history_event_info *event);
/* A level was sent, or the device said it. */
bool history_event_is_sent(const struct history_event_info *event);
/* How much it hurt was said; words is what was said with the number, or "". The number was once the beginning of the text. */
bool history_event_is_discomfort(
        const struct history_event_info *event, unsigned *ret_score, const char **ret_words);
