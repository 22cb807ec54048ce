/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/stop.h"
#include "cli/live/arm.h"
#include "cli/live/hold-private.h"
#include "cli/term/failure.h"
#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "cli/term/words.h"
#include "lib/bus-errors.h"
#include "lib/clock.h"

/* Time that a question stays open before an unattended simulated run answers it, so that a watcher sees it. */
#define ANSWER_USEC USEC_PER_SEC
/* The score that such a run answers without a simulated runner: neither too much nor easy. */
#define ANSWER_SCORE 2
#define ANSWER_ACCURACY_USEC (20 * USEC_PER_MSEC)

/* A question is open and only this program can answer it: no person, and no simulated runner. */
static bool is_ours(const struct hold *hold, const struct prompt *prompt) {
        bool how_it_feels = strv_length(prompt->answers) == 0 || startswith(strnull(prompt->id), "offer-");

        return !isempty(prompt->id) && !(hold->felt && how_it_feels);
}

static int on_answer_time(sd_event_source *source, uint64_t usec, void *userdata) {
        struct hold *hold = userdata;
        const struct prompt *prompt = &watch_session(hold->watch)->prompt;

        if (!is_ours(hold, prompt))
                return 0;
        if (strv_length(prompt->answers) == 0) {
                hold_say(hold, STYLE_DIM, "answered by itself: simulated: %u", ANSWER_SCORE);
                hold_call(hold, "Discomfort", "yas", ANSWER_SCORE, 0);
        } else {
                hold_say(hold, STYLE_DIM, "answered by itself: simulated: %s", prompt->answers[0]);
                hold_call(hold, "Answer", "ss", prompt->id, prompt->answers[0]);
        }
        return 0;
}

/* The property shows an open question even if the signal was missed. */
static void answer_by_itself(struct hold *hold) {
        int enabled = SD_EVENT_OFF;

        if (!hold->face.simulated || hold->face.terminal || hold->mode == HOLD_FOLLOW ||
                !is_ours(hold, &watch_session(hold->watch)->prompt))
                return;
        if (hold->answer_source)
                (void) sd_event_source_get_enabled(hold->answer_source, &enabled);
        if (enabled != SD_EVENT_OFF)
                return;
        hold->answer_source = sd_event_source_unref(hold->answer_source);
        (void) sd_event_add_time_relative(hold->event, &hold->answer_source, CLOCK_MONOTONIC, ANSWER_USEC,
                ANSWER_ACCURACY_USEC, on_answer_time, hold);
}

static void refuse(struct hold *hold) {
        terminal_leave();
        (void) stop_session(hold->client, watch_path(hold->watch));
        hold_leave(
                hold, failure_say(LIMBER_EXIT_DENIED,
                              "Run limber at a terminal, without --json and without a pipe.",
                              "To begin, somebody present must press a key at a terminal; this is none."));
}

static void on_challenge(struct hold *hold, const struct watch_event *e) {
        const struct options *options = client_options(hold->client);
        const struct arm_question question = {
                .kind = watch_session(hold->watch)->kind,
                .terminal = hold->face.terminal,
                .yes = options->yes,
                .simulated = hold->face.simulated,
                .wanted = hold->wanted,
        };

        snprintf(hold->nonce, sizeof(hold->nonce), "%s", e->text);
        switch (arm_policy(&question)) {
        case ARM_NOW:
                hold_arm(hold);
                break;
        case ARM_ASK:
                snprintf(hold->key, sizeof(hold->key), "%s", e->code);
                hold->face.key = hold->key;
                hold->face.key_until = e->deadline;
                break;
        case ARM_LEAVE:
                hold_say(hold, STYLE_WARN, "Not resumed by itself. End it with: limber stop");
                break;
        case ARM_REFUSE:
                refuse(hold);
                break;
        }
}

/* Armed here, it now runs detached: answers keep it alive, from any terminal of the runner. */
static void detach(struct hold *hold) {
        const char *number = session_number(watch_session(hold->watch));

        hold->holding = false;
        terminal_leave();
        say(stdout,
                "Session %s goes on without this terminal. \"limber follow\" watches it, \"limber answer yes\" says "
                "that you are still there when it asks, \"limber stop\" stops it.",
                number);
        hold_leave(hold, LIMBER_EXIT_OK);
}

static void on_state(struct hold *hold, const struct watch_event *e) {
        const struct session_info *s = watch_session(hold->watch);

        if (streq_ptr(s->state, "running")) {
                if (hold->begun_usec == 0)
                        hold->begun_usec = watch_now(hold->watch);
                /* What was told before is over. */
                hold->failure = NULL;
                hold->alert[0] = '\0';
        }
        if (!streq_ptr(s->state, "waiting"))
                hold->face.key = NULL;
        if (client_options(hold->client)->detach && streq_ptr(s->state, "running"))
                detach(hold);
}

static void on_loaded(struct hold *hold, const struct watch_event *e) {
        const struct session_info *s = watch_session(hold->watch);

        hold->steps_done = s->step > 0 ? s->step - 1 : 0;
        hold->highest_discomfort = s->last_discomfort;
        on_state(hold, e);
}

static void on_step(struct hold *hold, const struct watch_event *e) {
        hold->steps_done = e->number > 0 ? (unsigned) e->number - 1 : 0;
        hold->face.message[0] = '\0';
}

static void on_discomfort(struct hold *hold, const struct watch_event *e) {
        if (hold->highest_discomfort == DISCOMFORT_NONE || e->number > hold->highest_discomfort)
                hold->highest_discomfort = (uint8_t) e->number;
}

/* The cause of a failed start stays, whatever is told after it. */
static void on_alert(struct hold *hold, const struct watch_event *e) {
        const struct limber_error *error;
        char name[128];

        snprintf(hold->face.message, sizeof(hold->face.message), "%s", e->text);
        hold->face.message_style = STYLE_BAD;
        (void) snprintf(name, sizeof(name), LIMBER_ERROR_PREFIX "%s", e->code);
        error = limber_error_by_name(name);
        if (hold->failure && !error)
                return;
        hold->failure = error;
        snprintf(hold->alert, sizeof(hold->alert), "%s", e->text);
}

/* If another program of the same user took over the session, that one sends the beats. */
static void on_changed(struct hold *hold, const struct watch_event *e) {
        const struct session_info *s = watch_session(hold->watch);
        const char *own = NULL;

        if (hold->ending && !s->output_active)
                hold_leave(hold, hold->status);
        if (!hold->holding || isempty(s->holder) || hold->leaving ||
                sd_bus_get_unique_name(client_bus(hold->client), &own) < 0)
                return;
        if (streq(own, s->holder)) /* it cannot be lost before */
                hold->held = true;
        if (!hold->held || streq(own, s->holder))
                return;
        hold->holding = false;
        terminal_leave();
        hold_leave(hold, failure_say(LIMBER_EXIT_DENIED, "\"limber follow\" watches it.",
                                 "Another program holds the session now."));
}

/* The session ends when the stop is sent, the output when the device reports it. Wait for both. */
static void on_ended(struct hold *hold, const struct watch_event *e) {
        snprintf(hold->reason, sizeof(hold->reason), "%s", e->code);
        if (streq(e->code, "completed"))
                hold->status = LIMBER_EXIT_OK;
        else
                /* After a failed start, the exit status is that of the error. */
                hold->status = streq(e->code, "failed") && hold->failure ? (int) hold->failure->exit_status
                                                                         : LIMBER_EXIT_STOPPED;
        hold_leave_when_off(hold);
}

static void on_gone(struct hold *hold, const struct watch_event *e) {
        terminal_leave();
        hold_leave(hold, failure_say(LIMBER_EXIT_NO_DAEMON, words_hands,
                                 "limberd is gone: nobody knows whether the output is off."));
}

static void (*const handlers[])(struct hold *hold, const struct watch_event *e) = {
        [WATCH_LOADED] = on_loaded,
        [WATCH_STATE] = on_state,
        [WATCH_STEP] = on_step,
        [WATCH_DISCOMFORT] = on_discomfort,
        [WATCH_CHALLENGE] = on_challenge,
        [WATCH_ALERT] = on_alert,
        [WATCH_CHANGED] = on_changed,
        [WATCH_ENDED] = on_ended,
        [WATCH_GONE] = on_gone,
};

void hold_on_event(const struct watch_event *event, void *userdata) {
        struct hold *hold = userdata;

        /* Handle the event before showing it, so that the view shows the result. */
        if (event->type < ARRAY_SIZE(handlers) && handlers[event->type])
                handlers[event->type](hold, event);
        if (hold->shown)
                hold->view->ops->event(hold->view, event);
        answer_by_itself(hold);
        if (ferror(stdout))
                hold_output_gone(hold);
        hold_touch(hold);
}
