/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/list-history.h"

#include "cli/report/chart-words.h"
#include "cli/term/format.h"
#include "cli/term/words.h"
#include "lib/limit-rule.h"

static const struct column session_columns[] = {
        { "session", "Session", CELL_COUNT },
        { "runner", NULL, CELL_COUNT },
        { "began", "Began", CELL_TIME },
        { "ended", NULL, CELL_TIME },
        { "took", "Took", CELL_DURATION },
        { "routine", "Routine", CELL_NAME },
        { "state", NULL, CELL_TEXT },
        { "reason", "Ended", CELL_TEXT },
        { "events", "Events", CELL_COUNT },
};
static const struct column head_columns[] = {
        { "session", "Session", CELL_COUNT },
        { "routine", "Routine", CELL_TEXT },
        { "runner", NULL, CELL_COUNT },
        { "user", "For", CELL_TEXT },
        { "began", "Began", CELL_TIME },
        { "ended", "Ended", CELL_TIME },
        { "took", "Took", CELL_DURATION },
        { "state", NULL, CELL_TEXT },
        { "reason", "Because", CELL_TEXT },
};
static const struct column event_columns[] = {
        { "session", NULL, CELL_COUNT },
        { "seq", NULL, CELL_COUNT },
        { "at", "Time", CELL_TIME },
        { "kind", "Event", CELL_NAME },
        { "device", "Device", CELL_TEXT },
        { "feature", "Feature", CELL_TEXT },
        { "asked", "Asked", CELL_LEVEL },
        { "given", "Given", CELL_LEVEL },
        { "unit", NULL, CELL_TEXT },
        { "reason", "Reason", CELL_TEXT },
        { "text", "Text", CELL_TEXT },
        { "zone", NULL, CELL_TEXT },
        { "side", NULL, CELL_TEXT },
        { "score", NULL, CELL_COUNT },
};

/* Styles of notable events; the others are plain. */
static const struct {
        const char *kind;
        enum style style;
} styles[] = {
        { "stop-unconfirmed", STYLE_BAD },
        { "alert", STYLE_WARN },
        { "abandoned", STYLE_WARN },
};

static bool is_live(const struct objects *objects, uint64_t session) {
        for (size_t i = 0; objects && i < objects->n_sessions; i++)
                if (strtoull(session_number(&objects->sessions[i]), NULL, 10) == session)
                        return true;
        return false;
}

const char *list_history_end(const struct history_session_info *session, const struct objects *objects) {
        if (history_session_lacks_end(session) && is_live(objects, session->session))
                return "not ended yet";
        return isempty(session->reason) ? "not ended: limberd died, or could not keep the end"
                                        : words_reason(session->reason);
}

static void add_reason(
        struct table *t, const struct history_session_info *session, const struct objects *objects) {
        bool ended = !history_session_lacks_end(session),
             live = !ended && is_live(objects, session->session);

        table_word(t, session->reason, list_history_end(session, objects));
        table_style(t, ended || live ? STYLE_PLAIN : STYLE_WARN);
}

static void add_state(
        struct table *t, const struct history_session_info *session, const struct objects *objects) {
        table_text(t, !history_session_lacks_end(session)  ? "ended"
                      : is_live(objects, session->session) ? "running"
                                                           : "abandoned");
}

static void add_ended(struct table *t, const struct history_session_info *session) {
        if (history_session_lacks_end(session))
                table_unknown(t);
        else
                table_time(t, session->ended);
}

static void add_took(struct table *t, const struct history_session_info *session) {
        uint64_t usec;

        if (history_session_took(session, &usec))
                table_duration(t, usec);
        else
                table_unknown(t);
}

struct table *list_history_table(const struct history_infos *infos, const struct objects *objects) {
        struct table *t = table_new(session_columns, ARRAY_SIZE(session_columns));

        for (size_t i = 0; t && i < infos->n_sessions; i++) {
                const struct history_session_info *s = &infos->sessions[i];

                table_count(t, s->session);
                table_count(t, s->runner);
                table_time(t, s->began);
                add_ended(t, s);
                add_took(t, s);
                table_text(t, s->routine);
                add_state(t, s, objects);
                add_reason(t, s, objects);
                table_count(t, s->events);
        }
        return t;
}

struct table *list_history_head(
        const struct history_session_info *session, const struct objects *objects, const char *runner) {
        struct table *t = table_new(head_columns, ARRAY_SIZE(head_columns));
        char uid[32];

        if (!t)
                return NULL;
        snprintf(uid, sizeof(uid), "user %u", session->runner);
        table_count(t, session->session);
        table_text(t, session->routine);
        table_count(t, session->runner);
        table_word(t, runner, isempty(runner) ? uid : runner);
        table_time(t, session->began);
        add_ended(t, session);
        add_took(t, session);
        add_state(t, session, objects);
        add_reason(t, session, objects);
        return t;
}

static enum style style_of(const struct history_event_info *event) {
        for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
                if (streq_ptr(styles[i].kind, event->kind))
                        return styles[i].style;
        return STYLE_PLAIN;
}

static void add_levels(struct table *t, const struct history_event_info *event) {
        if (history_event_is_setpoint(event)) {
                table_level(t, (double) event->asked / 1000, event->unit);
                table_level(t, (double) event->given / 1000, event->unit);
        } else if (history_event_is_sent(event)) {
                table_unknown(t);
                table_level(t, (double) event->given / 1000, event->unit);
        } else {
                table_unknown(t);
                table_unknown(t);
        }
        table_text(t, event->unit);
}

static bool is_turn(const struct history_event_info *event) {
        return streq_ptr(event->kind, "paused") || streq_ptr(event->kind, "session-ended") ||
               streq_ptr(event->kind, "abandoned");
}

/* The text of an event for a person, where it differs from the stored one. */
static const char *said_of(const struct history_event_info *event, char buffer[static CHART_WORDS_MAX]) {
        char duration[FORMAT_MAX];
        const char *words;
        unsigned score;

        if (is_turn(event))
                return words_reason(event->text);
        if (history_event_is_discomfort(event, &score, &words)) {
                snprintf(buffer, CHART_WORDS_MAX, "%u%s%s", score, *words ? " " : "", words);
                return buffer;
        }
        if (streq_ptr(event->kind, "dose") && event->given > 0 && !isempty(event->zone)) {
                size_t n = strlen(chart_place(buffer, event->side, event->zone));

                snprintf(buffer + n, CHART_WORDS_MAX - n, ": %s",
                        format_duration(duration, (uint64_t) event->given));
                return buffer;
        }
        return event->text;
}

/* The reason of a setpoint is the rule that limited it most; the text of a state change is its cause. */
static void add_words(struct table *t, const struct history_event_info *event) {
        enum limit_rule rule = limit_rule_from_string(strnull(event->reason));
        bool is_rule = rule != LIMIT_NONE || streq_ptr(event->reason, "none");
        char said[CHART_WORDS_MAX];

        table_word(t, event->reason,
                history_event_is_setpoint(event) && is_rule ? limit_rule_explain(rule)
                : is_turn(event)                            ? words_reason(event->reason)
                : streq_ptr(event->kind, "discomfort")      ? chart_occasion_words(strnull(event->reason))
                                                            : event->reason);
        table_word(t, event->text, said_of(event, said));
}

static void add_place_and_score(struct table *t, const struct history_event_info *event) {
        const char *words;
        unsigned score;

        table_text(t, event->zone);
        table_text(t, event->side);
        if (history_event_is_discomfort(event, &score, &words))
                table_count(t, score);
        else
                table_unknown(t);
}

struct table *list_history_events(const struct history_infos *infos,
        const struct history_session_info *session, const struct objects *objects) {
        struct table *t = table_new(event_columns, ARRAY_SIZE(event_columns));

        for (size_t i = 0; t && i < infos->n_events; i++) {
                const struct history_event_info *e = &infos->events[i];

                table_count(t, session->session);
                table_count(t, e->seq);
                table_offset(t, e->after > 0 ? session->began + e->after : e->at, session->began);
                table_text(t, e->kind);
                table_style(t, style_of(e));
                table_word(
                        t, e->device, isempty(e->device) ? NULL : objects_device_called(objects, e->device));
                table_text(t, e->feature);
                add_levels(t, e);
                add_words(t, e);
                add_place_and_score(t, e);
        }
        return t;
}
