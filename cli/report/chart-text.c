/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/chart-text.h"

#include "cli/report/chart-words.h"
#include "cli/term/format.h"
#include "cli/term/style.h"
#include "cli/term/table.h"
#include "cli/term/text.h"
#include "lib/clock.h"

#define BAND_ROWS 4u
#define LABEL_COLUMNS 10u
#define PLOT_MIN 16u
#define PLOT_MAX 200u
#define TICK_COLUMNS 12u /* "1:02:03" and a gap that separates it */

struct plot {
        const struct session_chart *chart;
        const struct objects *objects;
        FILE *f;
        unsigned columns; /* of the plot itself */
        bool colour;
};

static uint64_t column_time(const struct plot *p, unsigned column) {
        return p->chart->length * column / p->columns;
}

static unsigned column_of(const struct plot *p, uint64_t at) {
        return MIN((unsigned) ((double) MIN(at, p->chart->length) / (double) p->chart->length * p->columns),
                p->columns - 1);
}

/* The label left of the plot, right-aligned, and its edge. */
static void print_label(const struct plot *p, const char *text, const char *edge) {
        char fitted[LABEL_COLUMNS * 4];
        unsigned width = text_fit(text, LABEL_COLUMNS - 2, fitted, sizeof(fitted));

        fprintf(p->f, "%*s%s%s %s%s", (int) (LABEL_COLUMNS - 2 - width), "",
                style_begin(STYLE_DIM, p->colour), fitted, edge, style_end(STYLE_DIM, p->colour));
}

/* The cells of a row without trailing blanks. */
static void print_cells(const struct plot *p, const char *const *cells, const enum style *styles) {
        unsigned n = p->columns;

        while (n > 0 && streq(cells[n - 1], " "))
                n--;
        for (unsigned i = 0; i < n; i++) {
                if (i == 0 || styles[i] != styles[i - 1])
                        fputs(style_begin(styles[i], p->colour), p->f);
                fputs(cells[i], p->f);
                if (i + 1 == n || styles[i] != styles[i + 1])
                        fputs(style_end(styles[i], p->colour), p->f);
        }
        fputc('\n', p->f);
}

/* Number of parts of the band's height that a level fills; an active level is never drawn as off. */
static unsigned parts_of(int64_t level, int64_t top, unsigned parts) {
        unsigned n = top > 0 ? (unsigned) ((double) level / (double) top * parts + 0.5) : 0;

        return level > 0 ? MIN(MAX(n, 1u), parts) : 0;
}

static const char *level_cell(unsigned given, unsigned asked, unsigned row, unsigned per_row) {
        static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
        unsigned below = row * per_row;

        if (given > below)
                return per_row == 1 ? "#" : blocks[MIN(given - below, per_row)];
        if (asked > below)
                return per_row == 1 ? "." : "░";
        return " ";
}

static void print_band_head(const struct plot *p, const struct chart_channel *channel) {
        char name[CHART_WORDS_MAX], given[CHART_WORDS_MAX], asked[CHART_WORDS_MAX], on[FORMAT_MAX];

        fputs(style_begin(STYLE_STRONG, p->colour), p->f);
        (void) text_fit(chart_channel_words(name, p->objects, channel), LABEL_COLUMNS + p->columns, given,
                sizeof(given));
        fprintf(p->f, "%s%s\n", given, style_end(STYLE_STRONG, p->colour));
        snprintf(name, sizeof(name), "on for %s, at most %s of %s asked",
                format_duration(on, channel->on_usec),
                chart_level(given, channel->highest_given, channel->unit),
                chart_level(asked, channel->highest_asked, channel->unit));
        (void) text_fit(name, LABEL_COLUMNS + p->columns, given, sizeof(given));
        fprintf(p->f, "%s\n", given);
}

static void print_band(const struct plot *p, const struct chart_channel *channel) {
        unsigned per_row = text_utf8() ? 8 : 1, parts = BAND_ROWS * per_row, given[PLOT_MAX],
                 asked[PLOT_MAX];
        const char *edge = text_utf8() ? "│" : "|", *cells[PLOT_MAX];
        int64_t top = MAX(channel->highest_asked, channel->highest_given);
        enum style styles[PLOT_MAX];
        char label[CHART_WORDS_MAX];

        for (unsigned i = 0; i < p->columns; i++) {
                int64_t a, g;

                chart_channel_highest(channel, column_time(p, i), column_time(p, i + 1), &a, &g);
                given[i] = parts_of(g, top, parts);
                asked[i] = parts_of(a, top, parts);
        }
        print_band_head(p, channel);
        for (unsigned row = BAND_ROWS; row-- > 0;) {
                print_label(p,
                        row == BAND_ROWS - 1 ? chart_level(label, top, channel->unit)
                        : row == 0           ? "0"
                                             : "",
                        edge);
                for (unsigned i = 0; i < p->columns; i++) {
                        cells[i] = level_cell(given[i], asked[i], row, per_row);
                        styles[i] = given[i] > row * per_row ? STYLE_GOOD : STYLE_DIM;
                }
                print_cells(p, cells, styles);
        }
}

static void print_axis(const struct plot *p) {
        uint64_t tick = chart_tick_usec(p->chart->length, p->columns / TICK_COLUMNS);
        char line[PLOT_MAX + 1], clock[FORMAT_MAX];

        memset(line, ' ', sizeof(line));
        line[p->columns] = '\0';
        for (uint64_t at = 0; at <= p->chart->length; at += tick) {
                unsigned column = column_of(p, at), n;

                format_clock(clock, at);
                n = (unsigned) strlen(clock);
                if (column + n <= p->columns)
                        memcpy(line + column, clock, n);
        }
        print_label(p, "", text_utf8() ? "└" : "+");
        for (unsigned n = p->columns; n > 0 && line[n - 1] == ' '; n--)
                line[n - 1] = '\0';
        fprintf(p->f, "%s%s%s\n", style_begin(STYLE_DIM, p->colour), line, style_end(STYLE_DIM, p->colour));
}

/* The highest score in the time of a column, or NULL. */
static const struct chart_say *worst_in(const struct plot *p, unsigned column) {
        const struct chart_say *worst = NULL;

        for (size_t i = 0; i < p->chart->n_says; i++) {
                const struct chart_say *say = &p->chart->says[i];

                if (chart_say_is_within(p->chart, say) && column_of(p, say->at) == column &&
                        (!worst || say->score >= worst->score))
                        worst = say;
        }
        return worst;
}

/* Puts a number at its time, or as near as possible without touching another one. */
static void place_number(char *line, unsigned columns, unsigned column, const char *number) {
        static const int shifts[] = { 0, 1, -1, 2, -2 };
        int n = (int) strlen(number);

        for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
                int at = MIN((int) column + shifts[i], (int) columns - n);

                /* One more cell must be free on either side: the line has one before its first. */
                if (at >= 0 && strspn(line + at, " ") >= (size_t) n + 2) {
                        memcpy(line + 1 + at, number, (size_t) n);
                        return;
                }
        }
}

/* The scores, with a "!" if one came with a word. Two never touch, since they would read as one: where there is no room for
 * both, the higher stays. */
static void print_says(const struct plot *p) {
        char line[PLOT_MAX + 3];
        unsigned end = p->columns + 2;

        memset(line, ' ', end);
        line[end] = '\0';
        for (int score = (int) DISCOMFORT_MAX; score >= 0; score--)
                for (unsigned i = 0; i < p->columns; i++) {
                        const struct chart_say *say = worst_in(p, i);
                        char number[16];

                        if (!say || (int) say->score != score)
                                continue;
                        snprintf(number, sizeof(number), "%u%s", say->score, *say->words ? "!" : "");
                        place_number(line, p->columns, i, number);
                }
        while (end > 0 && line[end - 1] == ' ')
                line[--end] = '\0';
        if (end == 0)
                return;
        print_label(p, "hurt", text_utf8() ? "│" : "|");
        fprintf(p->f, "%s%s%s\n", style_begin(STYLE_STRONG, p->colour), line + 1,
                style_end(STYLE_STRONG, p->colour));
}

static const struct {
        enum chart_note_kind kind;
        const char *mark;
        enum style style;
} marks[] = {
        { CHART_PAUSE, "=", STYLE_DIM },
        { CHART_EASED, "v", STYLE_PLAIN },
        { CHART_REST, "r", STYLE_WARN },
        { CHART_ALERT, "!", STYLE_WARN },
        { CHART_STOP, "s", STYLE_STRONG },
        { CHART_UNCONFIRMED, "X", STYLE_BAD },
};

static bool has_note(const struct session_chart *chart, enum chart_note_kind kind) {
        for (size_t i = 0; i < chart->n_notes; i++)
                if (chart->notes[i].kind == kind)
                        return true;
        return false;
}

static void print_notes(const struct plot *p) {
        const char *cells[PLOT_MAX], *comma = "";
        enum style styles[PLOT_MAX];

        for (unsigned i = 0; i < p->columns; i++) {
                cells[i] = " ";
                styles[i] = STYLE_PLAIN;
        }
        for (size_t m = 0; m < ARRAY_SIZE(marks); m++)
                for (size_t i = 0; i < p->chart->n_notes; i++) {
                        const struct chart_note *note = &p->chart->notes[i];

                        if (note->kind != marks[m].kind)
                                continue;
                        for (unsigned c = column_of(p, note->at); c <= column_of(p, note->until); c++) {
                                cells[c] = marks[m].mark;
                                styles[c] = marks[m].style;
                        }
                }
        print_label(p, "", text_utf8() ? "│" : "|");
        print_cells(p, cells, styles);
        fprintf(p->f, "%*s%s", (int) LABEL_COLUMNS, "", style_begin(STYLE_DIM, p->colour));
        for (size_t m = 0; m < ARRAY_SIZE(marks); m++)
                if (has_note(p->chart, marks[m].kind)) {
                        fprintf(p->f, "%s%s %s", comma, marks[m].mark, chart_note_word(marks[m].kind));
                        comma = ", ";
                }
        fprintf(p->f, "%s\n", style_end(STYLE_DIM, p->colour));
}

static const struct column limit_columns[] = {
        { "limit", "Limit that acted", CELL_TEXT },
        { "channel", "On", CELL_TEXT },
        { "times", "Times", CELL_COUNT },
        { "when", "When", CELL_NAME },
        { "together", "Together", CELL_DURATION },
        { "asked", "Asked", CELL_LEVEL },
        { "given", "Given", CELL_LEVEL },
};

static int print_limits(const struct plot *p) {
        _cleanup_(table_freep) struct table *t = table_new(limit_columns, ARRAY_SIZE(limit_columns));
        char words[CHART_WORDS_MAX];

        if (!t)
                return -ENOMEM;
        for (size_t i = 0; i < p->chart->n_sums; i++) {
                const struct chart_limit_sum *sum = &p->chart->sums[i];
                const struct chart_channel *channel = &p->chart->channels[sum->limit.channel];

                table_text(t, chart_rule_words(sum->limit.rule));
                table_text(t, chart_channel_words(words, p->objects, channel));
                table_count(t, sum->times);
                table_text(t, chart_sum_times(words, sum));
                table_duration(t, sum->usec);
                table_level(t, (double) sum->limit.asked / 1000, channel->unit);
                table_level(t, (double) sum->limit.given / 1000, channel->unit);
        }
        fputc('\n', p->f);
        return table_print(t, p->f, LABEL_COLUMNS + p->columns, p->colour);
}

static bool is_marked(const struct session_chart *chart) {
        for (size_t m = 0; m < ARRAY_SIZE(marks); m++)
                if (has_note(chart, marks[m].kind))
                        return true;
        return false;
}

int chart_print(const struct session_chart *chart, const struct objects *objects, FILE *f, unsigned columns,
        bool colour) {
        struct plot p = { chart, objects, f, 0, colour };

        if (chart->n_channels == 0 && chart->n_says == 0)
                return 0;
        p.columns = MIN(MAX(columns, LABEL_COLUMNS + PLOT_MIN) - LABEL_COLUMNS, PLOT_MAX);
        for (size_t i = 0; i < chart->n_channels; i++)
                print_band(&p, &chart->channels[i]);
        print_says(&p);
        if (is_marked(chart))
                print_notes(&p);
        print_axis(&p);
        return chart->n_sums > 0 ? print_limits(&p) : 0;
}
