/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/chart-svg.h"

#include "cli/report/chart-words.h"
#include "cli/report/html.h"
#include "cli/term/format.h"

/* Heights in CSS pixels; widths are in percent of the total. */
#define STRIP_HEIGHT 18 /* the steps' numbers */
#define PLOT_TOP 36     /* below the highest level's figure */
#define PLOT_HEIGHT 100
#define LIMIT_HEIGHT 7
#define AXIS_HEIGHT 18
#define SCORE_TOP 24
#define SCORE_HEIGHT 80
#define SCORE_GAP 10 /* for text below a point */
#define PLOT_BOTTOM (PLOT_TOP + PLOT_HEIGHT)
#define LEVELS_HEIGHT (PLOT_BOTTOM + 2 + LIMIT_HEIGHT + AXIS_HEIGHT)
#define SCORES_HEIGHT (SCORE_TOP + SCORE_HEIGHT + SCORE_GAP + AXIS_HEIGHT)
#define CURVE_WIDTH 1000

#define TICKS_MAX 6         /* fit on a phone */
#define NARROWEST 0.4       /* keeps short periods visible */
#define STEP_LABEL_MIN 3.0  /* width of a two-digit number */
#define SCORE_LABEL_MIN 6.0 /* "10!" on a phone */
#define SCORE_ABOVE_MAX 8u  /* the letters are above it */
#define SCORE_BELOW_MIN 2u  /* the times are below it */
#define LETTER_MIN 4.0
#define LETTERS_MAX 8

static double percent_of(const struct session_chart *chart, uint64_t at) {
        return (double) MIN(at, chart->length) / (double) chart->length * 100;
}

void chart_svg_patterns(FILE *f) {
        fputs("<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n"
              "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
              "<path class=\"hatch\" d=\"M-1 1L1-1M0 6L6 0M5 7L7 5\"/></pattern>\n"
              "<pattern id=\"dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
              "<circle class=\"dot\" cx=\"1.5\" cy=\"1.5\" r=\"1\"/><circle class=\"dot\" cx=\"4.5\" cy=\"4.5\" r=\"1\"/>"
              "</pattern>\n</defs></svg>\n",
                f);
}

static void begin(FILE *f, const struct session_chart *chart, const char *id, unsigned height) {
        unsigned long long number = chart->session->session;

        fprintf(f,
                "<svg class=\"chart\" role=\"img\" aria-labelledby=\"t%llu-%s d%llu-%s\" width=\"100%%\" height=\"%u\">\n"
                "<title id=\"t%llu-%s\">",
                number, id, number, id, height, number, id);
}

static void describe(FILE *f, const struct session_chart *chart, const char *id) {
        fprintf(f, "</title>\n<desc id=\"d%llu-%s\">", (unsigned long long) chart->session->session, id);
}

static void draw_text(FILE *f, double percent, unsigned y, const char *anchor, const char *text) {
        fprintf(f, "<text x=\"%.2f%%\" y=\"%u\" text-anchor=\"%s\">", percent, y, anchor);
        html_text(f, text);
        fputs("</text>", f);
}

static void draw_line(FILE *f, unsigned y) {
        fprintf(f, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%u\" y2=\"%u\"/>\n", y, y);
}

static void draw_span(FILE *f, const struct session_chart *chart, const char *class, uint64_t from,
        uint64_t until, unsigned y, unsigned height) {
        double x = percent_of(chart, from), width = MAX(percent_of(chart, until) - x, NARROWEST);

        fprintf(f, "<rect class=\"%s\" x=\"%.2f%%\" y=\"%u\" width=\"%.2f%%\" height=\"%u\"/>\n", class,
                MIN(x, 100 - NARROWEST), y, width, height);
}

static void draw_axis(FILE *f, const struct session_chart *chart, unsigned y) {
        uint64_t tick = chart_tick_usec(chart->length, TICKS_MAX);
        char clock[FORMAT_MAX];

        for (uint64_t at = 0; at <= chart->length; at += tick) {
                double x = percent_of(chart, at);

                draw_text(f, x, y + AXIS_HEIGHT - 4,
                        at == 0   ? "start"
                        : x >= 95 ? "end"
                                  : "middle",
                        format_clock(clock, at));
        }
        fputc('\n', f);
}

/* The steps' numbers, as in their table. */
static void draw_steps(FILE *f, const struct session_chart *chart) {
        for (size_t i = 0; i < chart->n_steps; i++) {
                const struct chart_step *step = &chart->steps[i];
                double from = percent_of(chart, step->from), until = percent_of(chart, step->until);
                char number[32];

                draw_span(f, chart, i % 2 ? "step odd" : "step", step->from, step->until, 0, STRIP_HEIGHT);
                snprintf(number, sizeof(number), "%zu", i + 1);
                if (until - from >= STEP_LABEL_MIN)
                        draw_text(f, (from + until) / 2, STRIP_HEIGHT - 5, "middle", number);
        }
}

static const struct {
        enum chart_note_kind kind;
        const char *letter;
} letters[] = {
        { CHART_PAUSE, "P" },
        { CHART_STOP, "S" },
        { CHART_UNCONFIRMED, "U" },
        { CHART_ALERT, "A" },
        { CHART_EASED, "E" },
        { CHART_REST, "R" },
};

static const char *letter_of(enum chart_note_kind kind) {
        for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
                if (letters[i].kind == kind)
                        return letters[i].letter;
        return NULL;
}

/* Marks that are too close for separate letters share one word, at the first. */
static void draw_letters(FILE *f, const struct session_chart *chart, unsigned y) {
        char word[LETTERS_MAX + 1] = "";
        double at = 0;

        for (size_t i = 0; i <= chart->n_notes; i++) {
                const struct chart_note *note = i < chart->n_notes ? &chart->notes[i] : NULL;
                const char *letter = note ? letter_of(note->kind) : NULL;
                double x = note ? percent_of(chart, note->at) : 0;
                size_t n = strlen(word);

                if (note && !letter)
                        continue;
                if (n > 0 && (!note || x - at >= LETTER_MIN || n == LETTERS_MAX)) {
                        draw_text(f, at, y, at >= 95 ? "end" : "middle", word);
                        n = 0;
                }
                if (n == 0)
                        at = x;
                snprintf(word + n, sizeof(word) - n, "%s", strnull(letter));
        }
}

static void draw_notes(FILE *f, const struct session_chart *chart, unsigned top, unsigned height) {
        for (size_t i = 0; i < chart->n_notes; i++) {
                const struct chart_note *note = &chart->notes[i];
                double x = percent_of(chart, note->at);

                if (!letter_of(note->kind))
                        continue;
                if (note->kind == CHART_PAUSE)
                        draw_span(f, chart, "pause", note->at, note->until, top, height);
                fprintf(f, "<line class=\"note\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%u\" y2=\"%u\"/>\n", x, x,
                        top, top + height);
        }
        draw_letters(f, chart, top - 4);
}

/* A staircase, in parts of CURVE_WIDTH and of 100 from above. */
static void draw_curve(FILE *f, const struct session_chart *chart, const struct chart_channel *channel,
        int64_t top, bool given) {
        fprintf(f, "<path class=\"%s\" vector-effect=\"non-scaling-stroke\" d=\"M0 100",
                given ? "given" : "asked");
        for (size_t i = 0; i < channel->n_points; i++) {
                const struct chart_point *p = &channel->points[i];
                int64_t level = given ? p->given : p->asked;

                fprintf(f, "H%.1fV%.1f", percent_of(chart, p->at) * CURVE_WIDTH / 100,
                        100 - (double) level / (double) top * 100);
        }
        fprintf(f, "H%dV100Z\"/>\n", CURVE_WIDTH);
}

static void draw_curves(
        FILE *f, const struct session_chart *chart, const struct chart_channel *channel, int64_t top) {
        fprintf(f,
                "<svg x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d 100\" preserveAspectRatio=\"none\">\n",
                PLOT_TOP, PLOT_HEIGHT, CURVE_WIDTH);
        draw_curve(f, chart, channel, top, false);
        draw_curve(f, chart, channel, top, true);
        fputs("</svg>\n", f);
}

static void describe_levels(FILE *f, const struct session_chart *chart, const struct objects *objects,
        const struct chart_channel *channel, const char *id) {
        char name[CHART_WORDS_MAX], given[CHART_WORDS_MAX], asked[CHART_WORDS_MAX], on[FORMAT_MAX],
                length[FORMAT_MAX];

        html_say(f, "%s: intensity over time", chart_channel_words(name, objects, channel));
        describe(f, chart, id);
        html_say(f, "On for %s in %s. At most %s was given, and %s asked for.",
                format_duration(on, channel->on_usec), format_duration(length, chart->length),
                chart_level(given, channel->highest_given, channel->unit),
                chart_level(asked, channel->highest_asked, channel->unit));
        fputs("</desc>\n", f);
}

void chart_svg_levels(
        const struct session_chart *chart, const struct objects *objects, size_t channel, FILE *f) {
        const struct chart_channel *c = &chart->channels[channel];
        int64_t top = MAX(MAX(c->highest_asked, c->highest_given), (int64_t) 1);
        char id[32], level[CHART_WORDS_MAX];

        snprintf(id, sizeof(id), "c%zu", channel + 1);
        begin(f, chart, id, LEVELS_HEIGHT);
        describe_levels(f, chart, objects, c, id);
        draw_steps(f, chart);
        for (unsigned quarter = 0; quarter <= 4; quarter += 2)
                draw_line(f, PLOT_TOP + PLOT_HEIGHT * quarter / 4);
        draw_curves(f, chart, c, top);
        for (size_t i = 0; i < chart->n_limits; i++)
                if (chart->limits[i].channel == channel && !chart_rule_is_ordinary(chart->limits[i].rule))
                        draw_span(f, chart, "limit", chart->limits[i].from, chart->limits[i].until,
                                PLOT_BOTTOM + 2, LIMIT_HEIGHT);
        draw_notes(f, chart, PLOT_TOP, PLOT_HEIGHT);
        draw_text(f, 0, PLOT_TOP - 4, "start", chart_level(level, top, c->unit));
        draw_axis(f, chart, PLOT_BOTTOM + 2 + LIMIT_HEIGHT);
        fputs("</svg>\n", f);
}

static bool any_said(const struct session_chart *chart) {
        for (size_t i = 0; i < chart->n_says; i++)
                if (chart_say_is_within(chart, &chart->says[i]))
                        return true;
        return false;
}

static void describe_scores(FILE *f, const struct session_chart *chart) {
        html_say(f, "Discomfort over time, from 0 to 10");
        describe(f, chart, "hurt");
        for (size_t i = 0; i < chart->n_says; i++) {
                char clock[FORMAT_MAX];

                if (chart_say_is_within(chart, &chart->says[i]))
                        html_say(f, "%u %s at %s. ", chart->says[i].score, chart->says[i].words,
                                format_clock(clock, chart->says[i].at));
        }
        fputs("</desc>\n", f);
}

static unsigned score_y(unsigned score) {
        return SCORE_TOP + SCORE_HEIGHT - SCORE_HEIGHT * score / DISCOMFORT_MAX;
}

/* Positions of the last numbers above and below their points, in percent of the width. */
struct score_labels {
        double above, below;
};

/* Above its point, or below if another one or a letter is in the way; 0: nowhere, since touching numbers would read as one. */
static unsigned place_score(struct score_labels *last, double x, unsigned score) {
        bool above = score <= SCORE_ABOVE_MAX && x - last->above >= SCORE_LABEL_MIN;
        bool below = score >= SCORE_BELOW_MIN && x - last->below >= SCORE_LABEL_MIN;

        if (above) {
                last->above = x;
                return score_y(score) - 8;
        }
        if (!below)
                return 0;
        last->below = x;
        return score_y(score) + 17;
}

/* A score with a word is a square, so that it does not depend on colour. */
static void draw_score(
        FILE *f, const struct session_chart *chart, const struct chart_say *say, struct score_labels *last) {
        double x = percent_of(chart, say->at);
        unsigned y = score_y(say->score), label = place_score(last, x, say->score);
        char number[16];

        snprintf(number, sizeof(number), "%u%s", say->score, *say->words ? "!" : "");
        if (*say->words)
                fprintf(f,
                        "<svg x=\"%.2f%%\" y=\"%u\" overflow=\"visible\">"
                        "<rect class=\"score\" x=\"-5\" y=\"-5\" width=\"10\" height=\"10\"/></svg>",
                        x, y);
        else
                fprintf(f, "<circle class=\"score\" cx=\"%.2f%%\" cy=\"%u\" r=\"4\"/>", x, y);
        if (label > 0)
                draw_text(f, x, label, x >= 97 ? "end" : x <= 3 ? "start" : "middle", number);
        fputc('\n', f);
}

void chart_svg_discomfort(const struct session_chart *chart, FILE *f) {
        struct score_labels last = { -100, -100 };

        if (!any_said(chart))
                return;
        begin(f, chart, "hurt", SCORES_HEIGHT);
        describe_scores(f, chart);
        for (unsigned score = 0; score <= DISCOMFORT_MAX; score += 5)
                draw_line(f, score_y(score));
        draw_notes(f, chart, SCORE_TOP, SCORE_HEIGHT);
        for (size_t i = 0; i < chart->n_says; i++)
                if (chart_say_is_within(chart, &chart->says[i]))
                        draw_score(f, chart, &chart->says[i], &last);
        draw_axis(f, chart, SCORE_TOP + SCORE_HEIGHT + SCORE_GAP);
        fputs("</svg>\n", f);
}

static void explain(FILE *f, const char *class, const char *words) {
        fprintf(f,
                "<span class=\"key\"><svg width=\"22\" height=\"12\" aria-hidden=\"true\"><rect class=\"%s\" "
                "x=\"1\" y=\"1\" width=\"20\" height=\"10\"/></svg> ",
                class);
        html_text(f, words);
        fputs("</span>\n", f);
}

static bool any_limit(const struct session_chart *chart) {
        for (size_t i = 0; i < chart->n_limits; i++)
                if (!chart_rule_is_ordinary(chart->limits[i].rule))
                        return true;
        return false;
}

static bool has_note(const struct session_chart *chart, enum chart_note_kind kind) {
        for (size_t i = 0; i < chart->n_notes; i++)
                if (chart->notes[i].kind == kind)
                        return true;
        return false;
}

void chart_svg_legend(const struct session_chart *chart, FILE *f) {
        fputs("<p class=\"legend\">", f);
        explain(f, "given", "given");
        explain(f, "asked", "asked for");
        if (any_limit(chart))
                explain(f, "limit", "a limit acted");
        if (has_note(chart, CHART_PAUSE))
                explain(f, "pause", "P paused");
        for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
                if (letters[i].kind != CHART_PAUSE && has_note(chart, letters[i].kind))
                        fprintf(f, "<span class=\"key\"><b>%s</b> %s</span>\n", letters[i].letter,
                                chart_note_word(letters[i].kind));
        if (chart->n_steps > 0)
                fputs("<span class=\"key\"><b>1</b> and so on: the steps</span>\n", f);
        fputs("</p>\n", f);
}
