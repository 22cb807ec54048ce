/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "cli/live/view.h"
#include "cli/term/format.h"
#include "cli/term/text.h"
#include "cli/term/words.h"
#include "lib/clock.h"
#include "lib/limit-rule.h"

/* Levels change at every step of the slew; a line for each would hide what matters. */
#define LEVELS_EVERY_USEC (5 * USEC_PER_SEC)
#define LEVELS_MAX 256

struct plain {
        struct view view;
        uint64_t begun_usec;
        uint64_t levels_usec;
        char levels[LEVELS_MAX];  /* as last printed */
        char reasons[LEVELS_MAX]; /* in them */
};

static void line(struct plain *p, const char *format, ...) _printf_(2, 3);
static void line(struct plain *p, const char *format, ...) {
        uint64_t s = (watch_now(p->view.watch) - p->begun_usec) / USEC_PER_SEC;
        char text[1024];
        va_list ap;

        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        say(stdout, "%02u:%02u %s", (unsigned) (s / 60), (unsigned) (s % 60), text);
}

static void on_state(struct plain *p, const struct watch_event *e) {
        const struct session_info *s = watch_session(p->view.watch);

        if (session_ended(s))
                return; /* printed for its own event */
        if (streq_ptr(s->state, "paused"))
                line(p, "paused%s%s", isempty(s->reason) ? "" : ": ", words_reason(s->reason));
        else
                line(p, "%s", strnull(s->state));
}

static void on_loaded(struct plain *p, const struct watch_event *e) {
        const struct session_info *s = watch_session(p->view.watch);
        char length[FORMAT_MAX];

        line(p, "session %s: %s, %u steps, %s%s", session_number(s), strnull(s->routine), s->steps,
                format_duration(length, s->duration), p->view.face->simulated ? ", simulated" : "");
        on_state(p, e);
        if (s->step > 0)
                line(p, "step %u/%u %s", s->step, s->steps, strnull(s->title));
}

static void on_step(struct plain *p, const struct watch_event *e) {
        const struct session_info *s = watch_session(p->view.watch);
        char place[128];

        words_place(place, sizeof(place), e->code, s->zone);
        line(p, "step %u/%u %s%s%s", (unsigned) e->number, s->steps, place, place[0] ? ": " : "", e->text);
}

static void on_phase(struct plain *p, const struct watch_event *e) {
        const struct session_info *s = watch_session(p->view.watch);
        char left[FORMAT_MAX];

        if (streq_ptr(s->phase, "run"))
                line(p, "now for %s: %s", format_duration(left, s->step_remaining), strnull(s->title));
}

/* One of the limits of a level that is on its way; which of them changes from moment to moment. */
static bool is_passing(const char *reason) {
        return strstr(reason, limit_rule_lift(LIMIT_SLEW));
}

static void put_levels(
        const struct session_info *s, char *buffer, char *reasons, size_t size, bool *ret_reached) {
        size_t used = 0, n = 0;

        buffer[0] = reasons[0] = '\0';
        *ret_reached = true;
        for (size_t i = 0; i < s->setpoints.n && used < size; i++) {
                const struct setpoint *p = &s->setpoints.list[i];
                bool less = format_level_is_less(p->given, p->asked, p->unit),
                     why = less && p->reasons && p->reasons[0];
                char given[FORMAT_MAX], asked[FORMAT_MAX];

                *ret_reached = *ret_reached && !less;
                if (n < size)
                        n += (size_t) snprintf(reasons + n, size - n, "%s\n",
                                !why                        ? ""
                                : is_passing(p->reasons[0]) ? "passing"
                                                            : p->reasons[0]);
                used += (size_t) snprintf(buffer + used, size - used, "%s%s %s%s%s%s%s", i > 0 ? ", " : "",
                        strnull(p->feature), format_level(given, p->given, p->unit), less ? " of " : "",
                        less ? format_level(asked, p->asked, p->unit) : "", why ? ": " : "",
                        why ? p->reasons[0] : "");
        }
}

static void on_levels(struct plain *p, const struct watch_event *e) {
        uint64_t now = watch_now(p->view.watch);
        char levels[LEVELS_MAX], reasons[LEVELS_MAX];
        bool reached;

        put_levels(watch_session(p->view.watch), levels, reasons, sizeof(levels), &reached);
        /* While it rises for one reason a line now and then; where it stays, and why, at once. */
        if (!levels[0] || streq(levels, p->levels) ||
                (!reached && streq(reasons, p->reasons) && now - p->levels_usec < LEVELS_EVERY_USEC))
                return;
        snprintf(p->reasons, sizeof(p->reasons), "%s", reasons);
        p->levels_usec = now;
        snprintf(p->levels, sizeof(p->levels), "%s", levels);
        line(p, "level %s", levels);
}

static void on_discomfort(struct plain *p, const struct watch_event *e) {
        line(p, "discomfort %u of 10", (unsigned) e->number);
}

static void on_prompt(struct plain *p, const struct watch_event *e) {
        line(p, "question: %s", e->text);
        for (char *const *a = e->answers; a && *a; a++)
                line(p, "  answer with: limber answer \"%s\"", *a);
        if (!e->answers || !e->answers[0])
                line(p, "  answer with: limber discomfort 0 (to 10)");
}

static void on_challenge(struct plain *p, const struct watch_event *e) {
        if (p->view.face->key)
                line(p, "press the key  %s  to begin", e->code);
}

static void on_alert(struct plain *p, const struct watch_event *e) {
        line(p, "alert %s: %s", e->code, e->text);
}

static void on_note(struct plain *p, const struct watch_event *e) {
        line(p, "%s", e->text);
}

static void on_ended(struct plain *p, const struct watch_event *e) {
        line(p, "ended: %s%s", words_reason(e->code),
                watch_is_stopping(p->view.watch) ? "; its output is not confirmed off yet" : "");
}

static void (*const handlers[])(struct plain *p, const struct watch_event *e) = {
        [WATCH_LOADED] = on_loaded,
        [WATCH_STATE] = on_state,
        [WATCH_STEP] = on_step,
        [WATCH_PHASE] = on_phase,
        [WATCH_LEVELS] = on_levels,
        [WATCH_DISCOMFORT] = on_discomfort,
        [WATCH_PROMPT] = on_prompt,
        [WATCH_CHALLENGE] = on_challenge,
        [WATCH_ALERT] = on_alert,
        [WATCH_NOTE] = on_note,
        [WATCH_ENDED] = on_ended,
};

static void plain_event(struct view *view, const struct watch_event *event) {
        if (event->type < ARRAY_SIZE(handlers) && handlers[event->type])
                handlers[event->type]((struct plain *) view, event);
}

void view_say_summary(const struct view_summary *summary) {
        char length[FORMAT_MAX], discomfort[64] = "";

        if (summary->highest_discomfort != DISCOMFORT_NONE)
                snprintf(discomfort, sizeof(discomfort), ", highest discomfort %u of 10",
                        summary->highest_discomfort);
        say(stdout, "%s: %s. %s, %u of %u steps%s.", summary->routine, words_reason(summary->reason),
                format_duration(length, summary->usec), summary->steps_done, summary->steps, discomfort);
}

static void plain_summary(struct view *view, const struct view_summary *summary) {
        view_say_summary(summary);
}

static void plain_free(struct view *view) {
        free(view);
}

static const struct view_ops plain_ops = {
        .event = plain_event,
        .summary = plain_summary,
        .free = plain_free,
};

struct view *view_plain_new(const struct watch *watch, const struct view_face *face) {
        struct plain *plain = calloc(1, sizeof(*plain));

        if (!plain)
                return NULL;
        plain->view = (struct view){ &plain_ops, watch, face };
        plain->begun_usec = watch_now(watch);
        return &plain->view;
}
