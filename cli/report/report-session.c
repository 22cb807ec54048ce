/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/report-private.h"

#include "cli/report/chart-svg.h"
#include "cli/report/chart-words.h"
#include "cli/report/html.h"
#include "cli/report/list-history.h"
#include "cli/term/format.h"

static void write_head(const struct report *report, const struct report_session *s, FILE *f) {
        const struct history_session_info *info = s->session;
        bool good = streq_ptr(info->reason, "completed");
        char text[CHART_WORDS_MAX], iso[FORMAT_MAX];

        html_element(f, "h2", "Session %llu, %s", (unsigned long long) info->session,
                report_routine(text, sizeof(text), report, info));
        fputs("<p>For <bdi>", f);
        html_text(f, report_runner(text, sizeof(text), s));
        fprintf(f, "</bdi>, began <time datetime=\"%s\">", format_timestamp(iso, info->began));
        html_text(f, report_time(text, sizeof(text), info->began));
        fputs("</time>, took ", f);
        html_text(f, report_took(text, sizeof(text), s));
        fprintf(f, ".</p>\n<p%s>Ended: ", good ? "" : " class=\"warn\"");
        html_text(f, list_history_end(info, report->objects));
        fputs(".</p>\n", f);
}

static void write_figure(FILE *f, const char *name, const char *value) {
        fputs("<div>", f);
        html_element(f, "dt", "%s", name);
        html_element(f, "dd", "%s", value);
        fputs("</div>\n", f);
}

static unsigned count_notes(const struct session_chart *chart, enum chart_note_kind kind) {
        unsigned n = 0;

        for (size_t i = 0; i < chart->n_notes; i++)
                n += chart->notes[i].kind == kind;
        return n;
}

static void write_count(FILE *f, const char *name, unsigned n) {
        char text[32];

        snprintf(text, sizeof(text), "%u", n);
        write_figure(f, name, n > 0 ? text : "none");
}

static void write_figures(const struct session_chart *chart, FILE *f) {
        int worst = session_chart_worst(chart);
        char text[CHART_WORDS_MAX];
        unsigned limits = 0;

        for (size_t i = 0; i < chart->n_sums; i++)
                limits += !chart_rule_is_ordinary(chart->sums[i].limit.rule);
        fputs("<dl class=\"figures\">\n", f);
        write_figure(f, "Output on", format_duration(text, report_on_usec(chart)));
        if (worst < 0)
                snprintf(text, sizeof(text), "not said");
        else
                snprintf(text, sizeof(text), "%d of 10", worst);
        write_figure(f, "Worst discomfort", text);
        write_count(f, "Limits, but for the slow rise", limits);
        write_count(f, "Pauses", count_notes(chart, CHART_PAUSE));
        write_count(f, "Alerts",
                count_notes(chart, CHART_ALERT) + count_notes(chart, CHART_UNCONFIRMED) +
                        count_notes(chart, CHART_REST));
        fputs("</dl>\n", f);
}

static void write_zones(const struct session_chart *chart, FILE *f) {
        static const struct html_column columns[] = {
                { "Where", false },
                { "What", false },
                { "Output on", true },
                { "At most", true },
        };
        struct html_table t;

        html_element(f, "h3", "What each part of the body had");
        if (chart->n_zones == 0) {
                fputs("<p>No output was given.</p>\n", f);
                return;
        }
        t = html_table_begin(
                f, "Time with output on, and the highest level given", columns, ARRAY_SIZE(columns));
        for (size_t i = 0; i < chart->n_zones; i++) {
                const struct chart_zone *z = &chart->zones[i];
                char text[CHART_WORDS_MAX];

                html_cell(&t, "%s", chart_place(text, z->side, z->zone));
                html_cell(&t, "%s", chart_feature_words(z->feature));
                html_cell(&t, "%s", format_duration(text, z->on_usec));
                html_cell(&t, "%s", chart_level(text, z->highest_given, z->unit));
        }
        html_table_end(&t);
}

/* A table of every change, for those who cannot see the chart or want its figures; not on paper. */
static void write_changes(const struct session_chart *chart, const struct chart_channel *channel, FILE *f) {
        static const struct html_column columns[] = {
                { "From", false },
                { "Asked", true },
                { "Given", true },
        };
        struct html_table t;

        fputs("<details>\n", f);
        html_element(f, "summary", "Every change in figures (%zu)", channel->n_points);
        t = html_table_begin(f, "Levels, each until the next; 0 is off", columns, ARRAY_SIZE(columns));
        for (size_t i = 0; i < channel->n_points; i++) {
                char text[CHART_WORDS_MAX];

                html_cell(&t, "%s", format_offset(text, channel->points[i].at, 0));
                html_cell(&t, "%s", chart_level(text, channel->points[i].asked, channel->unit));
                html_cell(&t, "%s", chart_level(text, channel->points[i].given, channel->unit));
        }
        html_table_end(&t);
        fputs("</details>\n", f);
}

static void write_charts(const struct report *report, const struct session_chart *chart, FILE *f) {
        char name[CHART_WORDS_MAX];

        if (chart->n_channels == 0 && chart->n_says == 0)
                return;
        html_element(f, "h3", "How it went");
        chart_svg_legend(chart, f);
        for (size_t i = 0; i < chart->n_channels; i++) {
                html_element(f, "h4", "Intensity of %s",
                        chart_channel_words(name, report->objects, &chart->channels[i]));
                fputs("<figure>\n", f);
                chart_svg_levels(chart, report->objects, i, f);
                fputs("</figure>\n", f);
                write_changes(chart, &chart->channels[i], f);
        }
        if (session_chart_worst(chart) >= 0) {
                html_element(f, "h4", "Discomfort (the lines are 0, 5 and 10)");
                fputs("<figure>\n", f);
                chart_svg_discomfort(chart, f);
                fputs("</figure>\n", f);
        }
}

void report_write_session(const struct report *report, const struct report_session *session, FILE *f) {
        fprintf(f, "<section id=\"session-%llu\">\n", (unsigned long long) session->session->session);
        write_head(report, session, f);
        write_figures(session->chart, f);
        write_zones(session->chart, f);
        write_charts(report, session->chart, f);
        report_write_tables(report, session, f);
        fputs("</section>\n", f);
}
