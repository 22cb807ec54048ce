/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/session-chart-private.h"
#include "lib/clock.h"
#include "lib/limit-rule.h"

static struct chart_note *add_note(
        struct chart_builder *b, enum chart_note_kind kind, const struct history_event_info *event) {
        struct chart_note *note = array_grow(&b->chart->notes, &b->chart->n_notes, sizeof(*note));

        if (note)
                *note = (struct chart_note){
                        .kind = kind,
                        .at = b->now,
                        .until = b->now,
                        .device = strnull(event->device),
                        .zone = strnull(event->zone),
                        .side = strnull(event->side),
                        .reason = strnull(event->reason),
                        .text = strnull(event->text),
                };
        return note;
}

static void end_pause(struct chart_builder *b) {
        for (size_t i = b->chart->n_notes; i-- > 0;)
                if (b->chart->notes[i].until == UINT64_MAX)
                        b->chart->notes[i].until = b->now;
}

static int on_armed(struct chart_builder *b, const struct history_event_info *event) {
        end_pause(b);
        return 0;
}

static int on_step(struct chart_builder *b, const struct history_event_info *event) {
        return levels_begin_step(b, event);
}

static int on_setpoint(struct chart_builder *b, const struct history_event_info *event) {
        if (event->given > 0)
                end_pause(b);
        return levels_set(b, event);
}

static int on_dose(struct chart_builder *b, const struct history_event_info *event) {
        return levels_count_dose(b, event);
}

static int on_pause(struct chart_builder *b, const struct history_event_info *event) {
        struct chart_note *note;
        int r = levels_zero(b, NULL);

        if (r < 0)
                return r;
        end_pause(b);
        note = add_note(b, CHART_PAUSE, event);
        if (!note)
                return -ENOMEM;
        note->until = UINT64_MAX;
        return 0;
}

static int on_stop(struct chart_builder *b, const struct history_event_info *event) {
        int r = levels_zero(b, isempty(event->device) ? NULL : event->device);

        /* Every step ends with a stop; only those with a reason are shown. */
        if (r < 0 || isempty(event->reason))
                return r;
        return add_note(b, CHART_STOP, event) ? 0 : -ENOMEM;
}

static int on_end(struct chart_builder *b, const struct history_event_info *event) {
        int r = levels_zero(b, NULL);

        end_pause(b);
        b->chart->ended = true;
        return r < 0 ? r : add_note(b, CHART_END, event) ? 0 : -ENOMEM;
}

/* Recorded when a later daemon found it: when output ended is unknown, only that it did. */
static int on_abandoned(struct chart_builder *b, const struct history_event_info *event) {
        return add_note(b, CHART_END, event) ? 0 : -ENOMEM;
}

static int on_unconfirmed(struct chart_builder *b, const struct history_event_info *event) {
        return add_note(b, CHART_UNCONFIRMED, event) ? 0 : -ENOMEM;
}

static int on_alert(struct chart_builder *b, const struct history_event_info *event) {
        return add_note(b, CHART_ALERT, event) ? 0 : -ENOMEM;
}

static int on_eased(struct chart_builder *b, const struct history_event_info *event) {
        return add_note(b, CHART_EASED, event) ? 0 : -ENOMEM;
}

static int on_rest(struct chart_builder *b, const struct history_event_info *event) {
        return add_note(b, CHART_REST, event) ? 0 : -ENOMEM;
}

/* It is answered by a score. */
static bool wants_score(const struct chart_question *question) {
        return streq(question->about, "baseline") || streq(question->about, "discomfort");
}

/* The last unanswered question: of those for a score, of the offers, or of the others. Two may be open at once. */
static struct chart_question *open_question(struct chart_builder *b, bool score, bool offer) {
        for (size_t i = b->chart->n_questions; i-- > 0;) {
                struct chart_question *question = &b->chart->questions[i];

                if (question->answered_at == 0 && wants_score(question) == score &&
                        streq(question->about, "offer") == offer)
                        return question;
        }
        return NULL;
}

static int on_discomfort(struct chart_builder *b, const struct history_event_info *event) {
        bool asked = streq_ptr(event->reason, "asked") || streq_ptr(event->reason, "baseline");
        struct chart_question *question = asked ? open_question(b, true, false) : NULL;
        struct chart_say *say;
        const char *words;
        unsigned score;

        if (!history_event_is_discomfort(event, &score, &words))
                return 0;
        if (question) {
                question->answered_at = b->now;
                question->score = (int) score;
        }
        say = array_grow(&b->chart->says, &b->chart->n_says, sizeof(*say));
        if (!say)
                return -ENOMEM;
        *say = (struct chart_say){ b->now, score, strnull(event->reason), words };
        return 0;
}

static int on_prompt(struct chart_builder *b, const struct history_event_info *event) {
        struct chart_question *question =
                array_grow(&b->chart->questions, &b->chart->n_questions, sizeof(*question));

        if (!question)
                return -ENOMEM;
        *question = (struct chart_question){ .at = b->now,
                .about = strnull(event->reason),
                .text = strnull(event->text),
                .answer = "",
                .score = -1 };
        return 0;
}

static int on_answer(struct chart_builder *b, const struct history_event_info *event) {
        struct chart_question *question = open_question(b, false, streq_ptr(event->reason, "offer"));

        if (question) {
                question->answered_at = b->now;
                question->answer = strnull(event->text);
        }
        return 0;
}

static const struct {
        const char *kind;
        int (*read)(struct chart_builder *b, const struct history_event_info *event);
        bool later; /* it may come long after the session, beyond the end of the chart */
} readers[] = {
        { "armed", on_armed },
        { "step", on_step },
        { "setpoint", on_setpoint },
        { "dose", on_dose },
        { "paused", on_pause },
        { "stop", on_stop },
        { "stop-unconfirmed", on_unconfirmed },
        { "session-ended", on_end },
        { "abandoned", on_abandoned, .later = true },
        { "discomfort", on_discomfort },
        { "prompt", on_prompt },
        { "answer", on_answer },
        { "alert", on_alert },
        { "eased", on_eased },
        { "rest", on_rest },
};

static bool is_of_next_morning(const struct history_event_info *event) {
        return streq_ptr(event->kind, "discomfort") && streq_ptr(event->reason, "morning");
}

static int read_event(struct chart_builder *b, const struct history_event_info *event) {
        uint64_t at = history_event_offset(event, b->chart->session), before = b->now;
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
                if (!streq_ptr(readers[i].kind, event->kind))
                        continue;
                if (readers[i].later || is_of_next_morning(event)) {
                        b->now = MAX(at, before);
                        r = readers[i].read(b, event);
                        b->now = before;
                        return r;
                }
                b->now = MAX(at, before);
                r = levels_advance(b);
                return r < 0 ? r : readers[i].read(b, event);
        }
        return 0; /* of a newer daemon, or not shown here */
}

int session_chart_new(const struct history_infos *infos, const struct history_session_info *session,
        const struct objects *objects, struct session_chart **ret) {
        _cleanup_(session_chart_freep) struct session_chart *chart = calloc(1, sizeof(*chart));
        struct chart_builder b = { chart, objects, .foreground = CHART_NOTHING,
                .background = CHART_NOTHING };
        int r = 0;

        if (!chart)
                return -ENOMEM;
        chart->session = session;
        for (size_t i = 0; i < infos->n_events && r >= 0; i++)
                r = read_event(&b, &infos->events[i]);
        if (r < 0)
                return r;
        chart->length = MAX(b.now, (uint64_t) USEC_PER_SEC);
        end_pause(&b);
        r = levels_finish(&b);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(chart);
        return 0;
}

struct session_chart *session_chart_free(struct session_chart *chart) {
        if (!chart)
                return NULL;
        for (size_t i = 0; i < chart->n_channels; i++)
                free(chart->channels[i].points);
        free(chart->channels);
        free(chart->steps);
        free(chart->zones);
        free(chart->limits);
        free(chart->sums);
        free(chart->says);
        free(chart->questions);
        free(chart->notes);
        free(chart);
        return NULL;
}

void chart_channel_highest(const struct chart_channel *channel, uint64_t from, uint64_t until,
        int64_t *ret_asked, int64_t *ret_given) {
        int64_t asked = 0, given = 0;

        for (size_t i = 0; i < channel->n_points && channel->points[i].at < until; i++) {
                const struct chart_point *p = &channel->points[i];

                if (i + 1 < channel->n_points && channel->points[i + 1].at <= from && p->at < from)
                        continue;
                asked = MAX(asked, p->asked);
                given = MAX(given, p->given);
        }
        *ret_asked = asked;
        *ret_given = given;
}

bool chart_rule_is_ordinary(const char *rule) {
        return limit_rule_passes(limit_rule_from_string(rule));
}

bool chart_say_is_within(const struct session_chart *chart, const struct chart_say *say) {
        return say->at <= chart->length && !streq(say->occasion, "morning");
}

int session_chart_worst(const struct session_chart *chart) {
        int worst = -1;

        for (size_t i = 0; i < chart->n_says; i++)
                worst = MAX(worst, (int) chart->says[i].score);
        return worst;
}
