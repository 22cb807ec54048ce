/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/report-private.h"

#include <time.h>

#include "cli/report/chart-svg.h"
#include "cli/report/chart-words.h"
#include "cli/report/html.h"
#include "cli/report/list-history.h"
#include "cli/report/report-style.h"
#include "cli/term/format.h"
#include "lib/clock.h"

const char *report_routine(
        char *buffer, size_t size, const struct report *report, const struct history_session_info *session) {
        const char *title = NULL;

        for (size_t i = 0; report->objects && i < report->objects->n_routines; i++)
                if (streq_ptr(report->objects->routines[i].id, session->routine))
                        title = report->objects->routines[i].title;
        snprintf(buffer, size, "%s%s%s", isempty(session->routine) ? "no routine" : session->routine,
                isempty(title) ? "" : ": ", strnull(title));
        return buffer;
}

const char *report_time(char *buffer, size_t size, uint64_t usec) {
        time_t t = (time_t) (usec / USEC_PER_SEC);
        char date[FORMAT_MAX];
        struct tm tm;
        long offset;

        if (!localtime_r(&t, &tm)) {
                snprintf(buffer, size, "?");
                return buffer;
        }
        offset = labs(tm.tm_gmtoff) / 60;
        snprintf(buffer, size, "%s UTC%c%02ld:%02ld", format_date_time(date, usec),
                tm.tm_gmtoff < 0 ? '-' : '+', offset / 60, offset % 60);
        return buffer;
}

const char *report_runner(char *buffer, size_t size, const struct report_session *session) {
        if (isempty(session->runner))
                snprintf(buffer, size, "user %u", session->session->runner);
        else
                snprintf(buffer, size, "%s", session->runner);
        return buffer;
}

const char *report_took(char *buffer, size_t size, const struct report_session *session) {
        const struct history_session_info *s = session->session;
        char took[FORMAT_MAX];
        uint64_t usec;

        if (history_session_lacks_end(s))
                snprintf(buffer, size, "at least %s", format_duration(took, session->chart->length));
        else
                snprintf(buffer, size, "%s",
                        format_duration(
                                took, history_session_took(s, &usec) ? usec : session->chart->length));
        return buffer;
}

uint64_t report_on_usec(const struct session_chart *chart) {
        uint64_t usec = 0;

        for (size_t i = 0; i < chart->n_zones; i++)
                usec += chart->zones[i].on_usec;
        return usec;
}

static void write_summary(const struct report *report, FILE *f) {
        static const struct html_column columns[] = {
                { "Session", false },
                { "Began", false },
                { "Routine", false },
                { "Took", true },
                { "Output on", true },
                { "Worst discomfort", true },
                { "Ended", false },
        };
        struct html_table t =
                html_table_begin(f, "The sessions of this report", columns, ARRAY_SIZE(columns));

        for (size_t i = 0; i < report->n_sessions; i++) {
                const struct report_session *s = &report->sessions[i];
                int worst = session_chart_worst(s->chart);
                char text[CHART_WORDS_MAX], on[FORMAT_MAX];

                html_cell(&t, "%llu", (unsigned long long) s->session->session);
                html_cell(&t, "%s", report_time(text, sizeof(text), s->session->began));
                html_cell(&t, "%s", report_routine(text, sizeof(text), report, s->session));
                html_cell(&t, "%s", report_took(text, sizeof(text), s));
                html_cell(&t, "%s", format_duration(on, report_on_usec(s->chart)));
                if (worst < 0)
                        html_cell(&t, "not said");
                else
                        html_cell(&t, "%d of 10", worst);
                html_cell(&t, "%s", list_history_end(s->session, report->objects));
        }
        html_table_end(&t);
}

static void write_head(const struct report *report, FILE *f) {
        char text[CHART_WORDS_MAX];

        /* No scripts and no requests, even if escaping failed somewhere. */
        fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
              "img-src data:\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n<title>",
                f);
        if (report->n_sessions == 1)
                html_say(f, "Session %llu, %s", (unsigned long long) report->sessions->session->session,
                        report_routine(text, sizeof(text), report, report->sessions->session));
        else
                html_say(f, "%zu sessions", report->n_sessions);
        fputs(" - limber</title>\n<style>\n", f);
        fputs(report_style, f);
        fputs("</style>\n</head>\n<body>\n", f);
        chart_svg_patterns(f);
}

static void write_foot(const struct report *report, FILE *f) {
        char made[FORMAT_MAX * 2];

        fputs("<footer>\n<h2>About this report</h2>\n<p>", f);
        html_say(f,
                "Made on %s by limber " LIMBER_VERSION
                " from the record of limberd %s. Levels are what the devices were set to; what reached the body was not "
                "measured. Names and titles are those of that day.",
                report_time(made, sizeof(made), report->made_usec),
                report->objects && !isempty(report->objects->manager.version)
                        ? report->objects->manager.version
                        : "(version not known)");
        fputs("</p>\n<p>Each event in the record is bound to the one before it by a hash, so that a change or a gap shows. "
              "On the machine that keeps it, <code>limberd --check-record</code> (as root) goes through all of it. "
              "This page itself is a copy, and can be changed like any other.</p>\n"
              "<p>Discomfort is the runner's own number, from 0 (none) to 10 (the worst imaginable). "
              "limber is not a medical device.</p>\n</footer>\n</body>\n</html>\n",
                f);
}

static void write_session_head(const struct report *report, const struct report_session *s, FILE *f) {
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

/* A table of every change, for readers who cannot see the chart or want its figures; not on paper. */
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

static void write_session(const struct report *report, const struct report_session *session, FILE *f) {
        fprintf(f, "<section id=\"session-%llu\">\n", (unsigned long long) session->session->session);
        write_session_head(report, session, f);
        write_figures(session->chart, f);
        write_zones(session->chart, f);
        write_charts(report, session->chart, f);
        report_write_tables(report, session, f);
        fputs("</section>\n", f);
}

void report_write(const struct report *report, FILE *f) {
        write_head(report, f);
        fputs("<main>\n", f);
        if (report->n_sessions > 1) {
                fputs("<h1>What was done</h1>\n", f);
                write_summary(report, f);
        } else
                fputs("<h1>What was done in one session</h1>\n", f);
        for (size_t i = 0; i < report->n_sessions; i++)
                write_session(report, &report->sessions[i], f);
        fputs("</main>\n", f);
        write_foot(report, f);
}
