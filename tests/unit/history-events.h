/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A session's events by hand, as limberd would tell them. */

#include "cli/bus/infos-history.h"
#include "lib/clock.h"

#define BEGAN (1795244700 * USEC_PER_SEC) /* 2026-11-21 07:05 UTC */
#define GUN "C0:FF:EE:00:00:01"
#define PADS "C0:FF:EE:00:00:02"

static inline char *text_of(const char *s) {
        char *copy = strdup(s);

        assert_non_null(copy);
        return copy;
}

static inline struct history_session_info *add_session(struct history_infos *infos, uint64_t number) {
        struct history_session_info *s = array_grow(&infos->sessions, &infos->n_sessions, sizeof(*s));

        assert_non_null(s);
        *s = (struct history_session_info){ .session = number,
                .runner = 1000,
                .routine = text_of("gun"),
                .reason = text_of("stopped"),
                .began = BEGAN,
                .ended = BEGAN + 60 * USEC_PER_SEC };
        return s;
}

/* msec after the beginning */
static inline struct history_event_info *add_event(
        struct history_infos *infos, uint64_t msec, const char *kind, const char *reason, const char *text) {
        struct history_event_info *e = array_grow(&infos->events, &infos->n_events, sizeof(*e));

        assert_non_null(e);
        *e = (struct history_event_info){ .seq = infos->n_events,
                .at = BEGAN + msec * USEC_PER_MSEC,
                .kind = text_of(kind),
                .reason = text_of(reason),
                .text = text_of(text) };
        return e;
}

static inline void add_step(struct history_infos *infos, uint64_t msec, const char *title,
        const char *feature, const char *zone, unsigned seconds) {
        struct history_event_info *e = add_event(infos, msec, "step", "", title);

        e->feature = text_of(feature);
        e->zone = text_of(zone);
        e->side = text_of("left");
        e->asked = seconds * (int64_t) USEC_PER_SEC;
}

static inline void add_setpoint(struct history_infos *infos, uint64_t msec, const char *device,
        const char *unit, int64_t asked, int64_t given, const char *reason) {
        struct history_event_info *e = add_event(infos, msec, "setpoint", reason, "");

        e->device = text_of(device);
        e->feature = text_of(streq(device, GUN) ? "motor" : "a");
        e->unit = unit ? text_of(unit) : NULL;
        e->asked = asked;
        e->given = given;
}

static inline void add_dose(struct history_infos *infos, uint64_t msec, const char *feature,
        const char *zone, uint64_t given_msec) {
        struct history_event_info *e = add_event(infos, msec, "dose", "", "");

        e->feature = text_of(feature);
        e->zone = text_of(zone);
        e->side = text_of("left");
        e->given = (int64_t) (given_msec * USEC_PER_MSEC);
}
