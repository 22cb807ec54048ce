/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live/view.h"
#include "cli/term/canvas.h"
#include "cli/term/format.h"
#include "cli/term/keys.h"
#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "cli/term/words.h"

#define MARGIN 1
#define LABEL_COLUMN 12 /* start of values, after their label */
#define BAR_TAIL 10     /* " 0:18 left" follows a bar */
#define BAR_MAX 60
#define NARROW 60 /* below this, words are left out */
#define MESSAGE_LINES_MAX 8u
#define KEY_MARGINS 5u /* blanks around a key and behind what it does */
#define KEYS_WIDE 70   /* below this, they take two lines */

struct live {
        struct view view;
        struct canvas *canvas;
};

static const struct {
        const char *state;
        enum style style;
} state_styles[] = {
        { "running", STYLE_GOOD },
        { "waiting", STYLE_WARN },
        { "paused", STYLE_WARN },
        { "ended", STYLE_BAD },
};

static enum style state_style(const char *state) {
        for (size_t i = 0; i < ARRAY_SIZE(state_styles); i++)
                if (streq_ptr(state_styles[i].state, state))
                        return state_styles[i].style;
        return STYLE_PLAIN;
}

static void label(struct canvas *c, const char *text) {
        (void) canvas_column(c, MARGIN);
        canvas_text(c, STYLE_DIM, "%s", text);
        (void) canvas_column(c, LABEL_COLUMN);
}

static void draw_head(struct canvas *c, const struct view *v, unsigned columns) {
        const struct session_info *s = watch_session(v->watch);
        bool narrow = columns < NARROW;

        (void) canvas_column(c, MARGIN);
        if (!narrow)
                canvas_text(c, STYLE_DIM, "limber %s ", text_utf8() ? "·" : "-");
        canvas_text(c, STYLE_PLAIN, "%s", strnull(s->routine));
        if (v->face->simulated && !narrow)
                canvas_text(c, STYLE_DIM, " (simulated)");
        if (!v->face->holder && !narrow)
                canvas_text(c, STYLE_DIM, " (watching)");
        canvas_right(c, state_style(s->state), watch_is_stopping(v->watch) ? "stopping" : strnull(s->state));
        canvas_next(c);
        canvas_next(c);
}

static void bad_line(const char *line, void *userdata) {
        struct canvas *c = userdata;

        (void) canvas_column(c, MARGIN);
        canvas_text(c, STYLE_BAD, "%s", line);
        canvas_next(c);
}

/* Nothing else matters then. */
static void draw_stopping(struct canvas *c, const struct view *v, unsigned columns) {
        unsigned width = columns > 2 * MARGIN ? columns - 2 * MARGIN : columns;
        const struct objects *objects = watch_objects(v->watch);
        char text[256];

        for (size_t i = 0; i < objects->n_devices; i++) {
                const struct device_info *device = &objects->devices[i];

                if (!device->output_active || !session_uses(watch_session(v->watch), device->path))
                        continue;
                snprintf(text, sizeof(text), "%s has not confirmed yet that it is off.",
                        device_label(device));
                text_fold(text, width, bad_line, c);
        }
        canvas_next(c);
        text_fold("Take it off the body. If it goes on, use its own button.", width, bad_line, c);
        canvas_next(c);
}

/* On top: what a person has to do now. */
static void draw_now(struct canvas *c, const struct view *v) {
        const struct session_info *s = watch_session(v->watch);
        bool lead_in = streq_ptr(s->phase, "lead-in");
        char place[128];

        (void) canvas_column(c, MARGIN);
        canvas_text(c, STYLE_STRONG, "%s", isempty(s->title) ? "Getting ready" : s->title);
        canvas_next(c);
        (void) canvas_column(c, MARGIN);
        canvas_text(c, STYLE_PLAIN, "%s", words_place(place, sizeof(place), s->side, s->zone));
        if (!isempty(s->step_kind))
                canvas_text(c, STYLE_DIM, "%s%s", place[0] ? text_utf8() ? " · " : " - " : "", s->step_kind);
        if (lead_in)
                canvas_text(c, STYLE_WARN, "%s", "   get in place");
        canvas_next(c);
        canvas_next(c);
}

static void draw_bar(struct canvas *c, const char *name, uint64_t left, uint64_t whole) {
        char bar[BAR_MAX * 4], clock[FORMAT_MAX];
        double done = whole > 0 ? 1.0 - (double) MIN(left, whole) / (double) whole : 0;
        unsigned room;

        label(c, name);
        room = canvas_column(c, LABEL_COLUMN);
        if (room > BAR_TAIL + 4)
                canvas_text(c, STYLE_PLAIN, "%s",
                        format_bar(
                                bar, sizeof(bar), done, MIN(room - BAR_TAIL - MARGIN, (unsigned) BAR_MAX)));
        canvas_text(c, STYLE_STRONG, " %s", format_left(clock, left));
        canvas_text(c, STYLE_DIM, " left");
        canvas_next(c);
}

/* Phases without a planned end: questions, and sessions that have not begun. */
static void draw_timeless(struct canvas *c, const struct view *v, const char *name) {
        label(c, name);
        if (!isempty(watch_session(v->watch)->prompt.id))
                canvas_text(c, STYLE_WARN, "waits for an answer");
        else
                canvas_text(c, STYLE_DIM, "-");
        canvas_next(c);
}

static void draw_bars(struct canvas *c, const struct view *v) {
        const struct session_info *s = watch_session(v->watch);
        char name[32];

        snprintf(name, sizeof(name), "Step %u/%u", s->step, s->steps);
        if (s->step_duration > 0)
                draw_bar(c, name, watch_step_left(v->watch), s->step_duration);
        else
                draw_timeless(c, v, name);
        draw_bar(c, "Routine", watch_left(v->watch), s->duration);
        canvas_next(c);
}

static void draw_channel(struct canvas *c, const struct view *v, const struct setpoint *p) {
        const struct device_info *device = watch_device(v->watch, p->device);
        const char *slash = strrchr(strnull(p->device), '/');
        char level[FORMAT_MAX], asked[FORMAT_MAX], battery[FORMAT_MAX];
        bool is_bad = false;

        label(c, strnull(p->feature));
        canvas_text(c, STYLE_STRONG, "%s", format_level(level, p->given, p->unit));
        if (format_level_is_less(p->given, p->asked, p->unit)) {
                canvas_text(c, STYLE_DIM, " of %s", format_level(asked, p->asked, p->unit));
                if (p->reasons && p->reasons[0])
                        canvas_text(c, STYLE_WARN, ": %s", p->reasons[0]);
        }
        canvas_text(c, STYLE_DIM, "  %s", device ? device_label(device) : slash ? slash + 1 : "");
        if (device && device->battery != BATTERY_UNKNOWN) {
                snprintf(battery, sizeof(battery), "battery %u %% ", device->battery);
                canvas_right(c, device->battery < 15 ? STYLE_WARN : STYLE_DIM, battery);
        }
        canvas_next(c);
        if (device) {
                const char *certainty = words_certainty(device->certainty, &is_bad);

                if (is_bad) {
                        (void) canvas_column(c, LABEL_COLUMN);
                        canvas_text(c, STYLE_BAD, "Output %s!", certainty);
                        canvas_next(c);
                }
        }
}

static void draw_facts(struct canvas *c, const struct view *v) {
        const struct session_info *s = watch_session(v->watch);

        for (size_t i = 0; i < s->setpoints.n && canvas_rows_left(c) > 4; i++)
                draw_channel(c, v, &s->setpoints.list[i]);
        label(c, "Next");
        canvas_text(c, STYLE_PLAIN, "%s", isempty(s->next) ? "the end" : s->next);
        canvas_next(c);
        label(c, "Discomfort");
        if (s->last_discomfort == DISCOMFORT_NONE)
                canvas_text(c, STYLE_DIM, "not said yet");
        else
                canvas_text(c, STYLE_STRONG, "%u of 10", s->last_discomfort);
        canvas_next(c);
        canvas_next(c);
}

static void draw_key(struct canvas *c, const struct view *v) {
        const struct view_face *face = v->face;
        uint64_t now = watch_now(v->watch);
        char clock[FORMAT_MAX];

        (void) canvas_column(c, MARGIN);
        if (now >= face->key_until) {
                canvas_text(c, STYLE_WARN, "That took too long. A new key comes in a moment.");
        } else {
                canvas_text(c, STYLE_STRONG, "Press ");
                canvas_text(c, STYLE_KEY, " %s ", face->key);
                canvas_text(c, STYLE_STRONG, " to begin");
                canvas_text(c, STYLE_DIM, "  (%s)", format_left(clock, face->key_until - now));
        }
        canvas_next(c);
        canvas_next(c);
}

static void fold_line(const char *line, void *userdata) {
        struct canvas *c = userdata;

        if (canvas_rows_left(c) < 3)
                return;
        (void) canvas_column(c, MARGIN);
        canvas_text(c, STYLE_STRONG, "%s", line);
        canvas_next(c);
}

/* A question for a score instead of a choice. */
static void draw_scale(struct canvas *c) {
        (void) canvas_column(c, MARGIN + 1);
        canvas_text(c, STYLE_KEY, " 0 ");
        canvas_text(c, STYLE_PLAIN, " to ");
        canvas_text(c, STYLE_KEY, " 9 ");
        canvas_text(c, STYLE_PLAIN, ", ");
        canvas_text(c, STYLE_KEY, " ! ");
        canvas_text(c, STYLE_PLAIN, " is 10");
        canvas_next(c);
}

static void draw_prompt(struct canvas *c, const struct view *v, unsigned columns) {
        const struct prompt *prompt = &watch_session(v->watch)->prompt;

        text_fold(prompt->text, columns > 2 * MARGIN ? columns - 2 * MARGIN : columns, fold_line, c);
        for (size_t i = 0; prompt->answers && prompt->answers[i] && canvas_rows_left(c) > 2; i++) {
                (void) canvas_column(c, MARGIN + 1);
                if (v->face->holder)
                        canvas_text(c, STYLE_KEY, i == 0 ? " Enter " : " %c ", key_answer_letter(i));
                canvas_text(c, STYLE_PLAIN, " %s", prompt->answers[i]);
                canvas_next(c);
        }
        if (v->face->holder && (!prompt->answers || !prompt->answers[0]))
                draw_scale(c);
        canvas_next(c);
}

static void draw_paused(struct canvas *c, const struct view *v) {
        const struct session_info *s = watch_session(v->watch);

        (void) canvas_column(c, MARGIN);
        canvas_text(c, STYLE_WARN, "Paused");
        if (!isempty(s->reason) && !streq(s->reason, "paused"))
                canvas_text(c, STYLE_PLAIN, ": %s", words_reason(s->reason));
        if (v->face->holder)
                canvas_text(c, STYLE_STRONG, "%s", ". Space goes on.");
        canvas_next(c);
        canvas_next(c);
}

/* What the space bar does now. */
static const char *space_does(const struct view *v) {
        const struct session_info *s = watch_session(v->watch);

        if (!v->face->holder)
                return "pause it";
        if (streq_ptr(s->state, "paused") || streq_ptr(s->state, "staged"))
                return "go on";
        return "pause";
}

static void draw_keys(struct canvas *c, const struct view *v, unsigned columns) {
        const char *const holder_keys[][2] = {
                { "s", "stop" },
                { "space", space_does(v) },
                { "n", "skip" },
                { "0-9 !", "discomfort" },
                { "+ -", "level" },
        };
        const char *const watcher_keys[][2] = {
                { "s", "stop the session" },
                { "space", space_does(v) },
                { "q", "leave" },
        };
        const char *const(*keys)[2] = v->face->holder ? holder_keys : watcher_keys;
        size_t n = v->face->holder ? ARRAY_SIZE(holder_keys) : ARRAY_SIZE(watcher_keys);
        unsigned left = canvas_column(c, MARGIN);

        /* The stop key comes first: where there is room for one line only, the other line is cut off. */
        for (size_t i = 0; i < n; i++) {
                unsigned width = (unsigned) (strlen(keys[i][0]) + strlen(keys[i][1])) + KEY_MARGINS;

                if (width > left) {
                        canvas_next(c);
                        left = canvas_column(c, MARGIN);
                }
                canvas_text(c, STYLE_KEY, " %s ", keys[i][0]);
                canvas_text(c, STYLE_DIM, " %s  ", keys[i][1]);
                left -= MIN(width, left);
        }
}

struct message {
        struct canvas *canvas;
        enum style style;
        unsigned lines;
};

static void count_line(const char *line, void *userdata) {
        ((struct message *) userdata)->lines++;
}

static void message_line(const char *line, void *userdata) {
        struct message *message = userdata;

        if (message->lines == 0)
                return;
        message->lines--;
        (void) canvas_column(message->canvas, MARGIN);
        canvas_text(message->canvas, message->style, "%s", line);
        canvas_next(message->canvas);
}

/* Whole, above the keys: it may say what to do now to be safe. */
static void draw_message(struct canvas *c, const struct view *v, unsigned columns) {
        struct message message = { .canvas = c, .style = v->face->message_style };
        unsigned width = columns > 2 * MARGIN ? columns - 2 * MARGIN : columns;

        text_fold(v->face->message, width, count_line, &message);
        message.lines = MAX(1u, MIN(message.lines, MESSAGE_LINES_MAX));
        canvas_bottom(c, message.lines + (columns < KEYS_WIDE ? 2 : 1));
        if (isempty(v->face->message))
                canvas_next(c);
        else
                text_fold(v->face->message, width, message_line, &message);
}

static void draw_middle(struct canvas *c, const struct view *v, unsigned columns) {
        const struct session_info *s = watch_session(v->watch);

        if (v->face->key)
                draw_key(c, v);
        else if (streq_ptr(s->state, "paused"))
                draw_paused(c, v);
        if (!isempty(s->prompt.id))
                draw_prompt(c, v, columns);
}

static void live_draw(struct view *view) {
        struct live *live = (struct live *) view;
        struct canvas *c = live->canvas;
        unsigned columns, rows;

        terminal_size(&columns, &rows);
        canvas_begin(c, columns, rows);
        draw_head(c, view, columns);
        if (watch_is_stopping(view->watch)) {
                draw_stopping(c, view, columns);
                (void) canvas_flush(c, STDOUT_FILENO);
                return;
        }
        draw_now(c, view);
        /* On a low screen, questions go before information. */
        if (rows < 18)
                draw_middle(c, view, columns);
        draw_bars(c, view);
        draw_facts(c, view);
        if (rows >= 18)
                draw_middle(c, view, columns);
        draw_message(c, view, columns);
        draw_keys(c, view, columns);
        (void) canvas_flush(c, STDOUT_FILENO);
}

static void live_redraw(struct view *view) {
        canvas_spoil(((struct live *) view)->canvas);
}

static void live_event(struct view *view, const struct watch_event *event) {
        /* The session has all there is to show; the loop draws after every event. */
}

static void live_summary(struct view *view, const struct view_summary *summary) {
        terminal_leave();
        view_say_summary(summary);
}

static void live_free(struct view *view) {
        struct live *live = (struct live *) view;

        terminal_leave();
        canvas_free(live->canvas);
        free(live);
}

static const struct view_ops live_ops = {
        .event = live_event,
        .draw = live_draw,
        .redraw = live_redraw,
        .summary = live_summary,
        .free = live_free,
};

struct view *view_live_new(const struct watch *watch, const struct view_face *face) {
        _cleanup_free_ struct live *live = calloc(1, sizeof(*live));

        if (!live)
                return NULL;
        live->view = (struct view){ &live_ops, watch, face };
        live->canvas = canvas_new(face->colour);
        return live->canvas ? &TAKE_PTR(live)->view : NULL;
}
