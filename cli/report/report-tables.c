/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/report-private.h"

#include "cli/report/chart-words.h"
#include "cli/report/html.h"
#include "cli/term/format.h"

#define TABLE(f, heading, caption, columns) \
        (html_element(f, "h3", "%s", heading), html_table_begin(f, caption, columns, ARRAY_SIZE(columns)))

static void write_says(const struct session_chart *chart, FILE *f) {
        static const struct html_column columns[] = {
                { "When", false },
                { "Discomfort", true },
                { "Words", false },
                { "Occasion", false },
        };
        struct html_table t;
        char clock[FORMAT_MAX];

        if (chart->n_says == 0)
                return;
        t = TABLE(f, "What was said of discomfort", "From 0, none, to 10, the worst imaginable", columns);
        for (size_t i = 0; i < chart->n_says; i++) {
                const struct chart_say *say = &chart->says[i];

                if (chart_say_is_within(chart, say))
                        html_cell(&t, "%s", format_clock(clock, say->at));
                else
                        html_cell(&t, "afterwards");
                html_cell(&t, "%u of 10", say->score);
                html_cell(&t, "%s", say->words);
                html_cell(&t, "%s", chart_occasion_words(say->occasion));
        }
        html_table_end(&t);
}

static void write_limits(const struct report *report, const struct session_chart *chart, FILE *f) {
        static const struct html_column columns[] = {
                { "Limit", false },
                { "On", false },
                { "Times", true },
                { "When", true },
                { "Together", true },
                { "Asked", true },
                { "Given", true },
        };
        struct html_table t;
        char text[CHART_WORDS_MAX];

        if (chart->n_sums == 0)
                return;
        t = TABLE(f, "Limits that acted",
                "Less was given than was asked for; the levels are those where they differed most", columns);
        for (size_t i = 0; i < chart->n_sums; i++) {
                const struct chart_limit_sum *sum = &chart->sums[i];
                const struct chart_channel *channel = &chart->channels[sum->limit.channel];

                html_cell(&t, "%s", chart_rule_words(sum->limit.rule));
                html_cell(&t, "%s", chart_channel_words(text, report->objects, channel));
                html_cell(&t, "%u", sum->times);
                html_cell(&t, "%s", chart_sum_times(text, sum));
                html_cell(&t, "%s", format_duration(text, sum->usec));
                html_cell(&t, "%s", chart_level(text, sum->limit.asked, channel->unit));
                html_cell(&t, "%s", chart_level(text, sum->limit.given, channel->unit));
        }
        html_table_end(&t);
}

static void write_notes(const struct report *report, const struct session_chart *chart, FILE *f) {
        static const struct html_column columns[] = {
                { "When", false },
                { "What", false },
                { "Why", false },
                { "For", true },
        };
        struct html_table t;
        char text[CHART_WORDS_MAX];

        if (chart->n_notes == 0)
                return;
        t = TABLE(f, "Stops, pauses and alerts", "In order, the end too", columns);
        for (size_t i = 0; i < chart->n_notes; i++) {
                const struct chart_note *note = &chart->notes[i];

                html_cell(&t, "%s", format_clock(text, note->at));
                html_cell(&t, "%s", chart_note_word(note->kind));
                html_cell(&t, "%s", chart_note_words(text, note));
                if (note->kind == CHART_PAUSE)
                        html_cell(&t, "%s", format_duration(text, note->until - note->at));
                else
                        html_cell(&t, "%s",
                                *note->device ? objects_device_called(report->objects, note->device) : "");
        }
        html_table_end(&t);
}

static void write_steps(const struct session_chart *chart, FILE *f) {
        static const struct html_column columns[] = {
                { "Step", false },
                { "Began", true },
                { "What", false },
                { "Where", false },
                { "Planned", true },
                { "Output on", true },
                { "Asked at most", true },
                { "Given at most", true },
        };
        struct html_table t;
        char text[CHART_WORDS_MAX];

        if (chart->n_steps == 0)
                return;
        t = TABLE(f, "Steps", "As they were begun, with the highest levels in each", columns);
        for (size_t i = 0; i < chart->n_steps; i++) {
                const struct chart_step *step = &chart->steps[i];
                bool output = *step->feature;

                html_cell(&t, "%zu", i + 1);
                html_cell(&t, "%s", format_clock(text, step->from));
                html_cell(&t, "%s", step->title);
                html_cell(&t, "%s", *step->zone ? chart_place(text, step->side, step->zone) : "");
                html_cell(&t, "%s", step->planned_usec > 0 ? format_duration(text, step->planned_usec) : "");
                html_cell(&t, "%s", output ? format_duration(text, step->on_usec) : "");
                html_cell(&t, "%s", output ? chart_level(text, step->highest_asked, step->unit) : "");
                html_cell(&t, "%s", output ? chart_level(text, step->highest_given, step->unit) : "");
        }
        html_table_end(&t);
}

static void write_questions(const struct session_chart *chart, FILE *f) {
        static const struct html_column columns[] = {
                { "When", false },
                { "Question", false },
                { "Answer", false },
                { "After", true },
        };
        struct html_table t;
        char text[CHART_WORDS_MAX];

        if (chart->n_questions == 0)
                return;
        t = TABLE(f, "Questions and answers", "What was asked, and how long the answer took", columns);
        for (size_t i = 0; i < chart->n_questions; i++) {
                const struct chart_question *q = &chart->questions[i];

                html_cell(&t, "%s", format_clock(text, q->at));
                html_cell(&t, "%s", q->text);
                if (q->score >= 0)
                        html_cell(&t, "%d of 10", q->score);
                else
                        html_cell(&t, "%s", q->answered_at > 0 ? q->answer : "none");
                html_cell(&t, "%s", q->answered_at > 0 ? format_duration(text, q->answered_at - q->at) : "");
        }
        html_table_end(&t);
}

static const struct device_info *device_of(const struct report *report, const char *address) {
        for (size_t i = 0; report->objects && i < report->objects->n_devices; i++)
                if (streq_ptr(report->objects->devices[i].address, address))
                        return &report->objects->devices[i];
        return NULL;
}

static bool was_named(const struct session_chart *chart, size_t channel) {
        for (size_t i = 0; i < channel; i++)
                if (streq(chart->channels[i].device, chart->channels[channel].device))
                        return true;
        return false;
}

static void write_devices(const struct report *report, const struct session_chart *chart, FILE *f) {
        static const struct html_column columns[] = {
                { "Device", false },
                { "Model", false },
                { "Kind", false },
                { "Address", false },
        };
        struct html_table t;

        if (chart->n_channels == 0)
                return;
        t = TABLE(f, "Devices", "As limberd knows them now", columns);
        for (size_t i = 0; i < chart->n_channels; i++) {
                const char *address = chart->channels[i].device;
                const struct device_info *device = device_of(report, address);

                if (was_named(chart, i))
                        continue;
                html_cell(&t, "%s", objects_device_called(report->objects, address));
                html_cell(&t, "%s", device ? strnull(device->model) : "not known any more");
                html_cell(&t, "%s", device ? chart_feature_words(device->kind) : "");
                html_cell(&t, "%s", address);
        }
        html_table_end(&t);
}

void report_write_tables(const struct report *report, const struct report_session *session, FILE *f) {
        write_limits(report, session->chart, f);
        write_notes(report, session->chart, f);
        write_steps(session->chart, f);
        write_says(session->chart, f);
        write_questions(session->chart, f);
        write_devices(report, session->chart, f);
}
