/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>

#include "cli/live/view.h"
#include "lib/clock.h"

struct json_view {
        struct view view;
        uint64_t begun_usec;
};

static double seconds(uint64_t usec) {
        return (double) usec / (double) USEC_PER_SEC;
}

static json_t *words_json(char *const *words) {
        json_t *array = json_array();

        for (char *const *w = words; array && w && *w; w++)
                (void) json_array_append_new(array, json_string(*w));
        return array;
}

static json_t *levels_json(const struct session_info *s) {
        json_t *array = json_array();

        for (size_t i = 0; array && i < s->setpoints.n; i++) {
                const struct setpoint *p = &s->setpoints.list[i];

                (void) json_array_append_new(
                        array, json_pack("{s:s, s:s, s:f, s:f, s:s, s:o}", "device", strnull(p->device),
                                       "feature", strnull(p->feature), "asked", p->asked, "given", p->given,
                                       "unit", strnull(p->unit), "reasons", words_json(p->reasons)));
        }
        return array;
}

static json_t *session_json(const struct watch *watch) {
        const struct session_info *s = watch_session(watch);

        return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:b}",
                "routine", strnull(s->routine), "kind", strnull(s->kind), "state", strnull(s->state),
                "reason", strnull(s->reason), "step", (int) s->step, "steps", (int) s->steps, "phase",
                strnull(s->phase), "title", strnull(s->title), "next", strnull(s->next), "zone",
                strnull(s->zone), "side", strnull(s->side), "remaining", seconds(watch_left(watch)),
                "step_remaining", seconds(watch_step_left(watch)), "duration", seconds(s->duration),
                "output_active", (int) s->output_active);
}

static json_t *event_json(const struct view *v, const struct watch_event *e) {
        const struct session_info *s = watch_session(v->watch);

        switch (e->type) {
        case WATCH_LOADED:
        case WATCH_STATE:
        case WATCH_PHASE:
                return session_json(v->watch);
        case WATCH_STEP:
                return json_pack("{s:i, s:i, s:s, s:s}", "step", (int) e->number, "steps", (int) s->steps,
                        "title", e->text, "side", e->code);
        case WATCH_LEVELS:
                return json_pack("{s:o}", "levels", levels_json(s));
        case WATCH_DISCOMFORT:
                return json_pack("{s:i}", "score", (int) e->number);
        case WATCH_PROMPT:
                return json_pack("{s:s, s:s, s:o}", "prompt", e->code, "text", e->text, "answers",
                        words_json(e->answers));
        case WATCH_RECORDED:
                return json_pack("{s:I}", "seq", (json_int_t) e->number);
        case WATCH_ALERT:
                return json_pack("{s:s, s:s}", "code", e->code, "text", e->text);
        case WATCH_NOTE:
                return json_pack("{s:s}", "text", e->text);
        case WATCH_ENDED:
                return json_pack("{s:s}", "reason", e->code);
        case WATCH_GONE:
                return json_object();
        case WATCH_CHALLENGE: /* the nonce is secret */
        case WATCH_CHANGED:
                break;
        }
        return NULL;
}

static const char *const names[] = {
        [WATCH_LOADED] = "session",
        [WATCH_STATE] = "state",
        [WATCH_STEP] = "step",
        [WATCH_PHASE] = "phase",
        [WATCH_LEVELS] = "levels",
        [WATCH_DISCOMFORT] = "discomfort",
        [WATCH_PROMPT] = "prompt",
        [WATCH_RECORDED] = "recorded",
        [WATCH_ALERT] = "alert",
        [WATCH_NOTE] = "note",
        [WATCH_ENDED] = "ended",
        [WATCH_GONE] = "gone",
};

static void print(struct json_view *j, const char *name, json_t *rest) {
        json_t *json = json_pack("{s:s, s:f, s:s}", "event", name, "time",
                seconds(watch_now(j->view.watch) - j->begun_usec), "session",
                session_number(watch_session(j->view.watch)));

        if (json_object_update(json, rest) < 0) {
                json_decref(json);
                json = NULL;
        }
        json_decref(rest);
        if (json && json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) >= 0)
                putchar('\n');
        (void) fflush(stdout); /* the loop checks whether stdout is still writable */
        json_decref(json);
}

static void json_event(struct view *view, const struct watch_event *event) {
        json_t *rest = event_json(view, event);

        if (rest)
                print((struct json_view *) view, names[event->type], rest);
}

static void json_summary(struct view *view, const struct view_summary *summary) {
        json_t *rest = json_pack("{s:s, s:f, s:i, s:i, s:b}", "reason", strnull(summary->reason), "duration",
                seconds(summary->usec), "steps_done", (int) summary->steps_done, "steps",
                (int) summary->steps, "output_active", (int) watch_session(view->watch)->output_active);

        if (summary->highest_discomfort == DISCOMFORT_NONE)
                (void) json_object_set_new(rest, "highest_discomfort", json_null());
        else
                (void) json_object_set_new(
                        rest, "highest_discomfort", json_integer(summary->highest_discomfort));
        print((struct json_view *) view, "summary", rest);
}

static void json_free(struct view *view) {
        free(view);
}

static const struct view_ops json_ops = {
        .event = json_event,
        .summary = json_summary,
        .free = json_free,
};

struct view *view_json_new(const struct watch *watch, const struct view_face *face) {
        struct json_view *j = calloc(1, sizeof(*j));

        if (!j)
                return NULL;
        j->view = (struct view){ &json_ops, watch, face };
        j->begun_usec = watch_now(watch);
        return &j->view;
}
