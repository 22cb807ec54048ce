/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live/hold.h"

#include <ctype.h>
#include <stdarg.h>
#include <sys/epoll.h>

#include "cli/bus/stop.h"
#include "cli/live/hold-private.h"
#include "cli/term/agent.h"
#include "cli/term/failure.h"
#include "cli/term/keys.h"
#include "cli/term/terminal.h"
#include "cli/term/words.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"
#include "lib/clock.h"
#include "lib/stop-socket.h"

/* The daemon expects a beat every 400 ms; one that is slightly late must not count as missed. */
#define BEAT_USEC (300 * USEC_PER_MSEC)
#define TIMER_ACCURACY_USEC (5 * USEC_PER_MSEC)
/* This many unanswered beats are about a second. */
#define BEATS_OPEN_MAX 3
#define DRAW_USEC (100 * USEC_PER_MSEC)

void hold_say(struct hold *hold, enum style style, const char *format, ...) {
        struct view_face *face = &hold->face;
        va_list ap;

        va_start(ap, format);
        vsnprintf(face->message, sizeof(face->message), format, ap);
        va_end(ap);
        face->message_style = style;
        hold->view->ops->event(
                hold->view, &(struct watch_event){ .type = WATCH_NOTE, .text = face->message });
        hold_touch(hold);
}

static int on_draw(sd_event_source *source, uint64_t usec, void *userdata) {
        struct hold *hold = userdata;
        bool moves = streq_ptr(watch_session(hold->watch)->state, "running") || hold->face.key;

        hold->drawn_usec = watch_now(hold->watch);
        if (terminal_entered())
                hold->view->ops->draw(hold->view);
        /* While nothing moves, drawing waits for the next event. */
        if (!moves)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        (void) sd_event_source_set_time(source, hold->drawn_usec + DRAW_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void hold_touch(struct hold *hold) {
        if (!hold->draw_source)
                return;
        (void) sd_event_source_set_time(hold->draw_source, hold->drawn_usec + DRAW_USEC);
        (void) sd_event_source_set_enabled(hold->draw_source, SD_EVENT_ONESHOT);
}

void hold_leave(struct hold *hold, int status) {
        (void) sd_event_exit(hold->event, status);
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        struct hold *hold = userdata;
        char text[VIEW_MESSAGE_MAX];

        if (!error || hold->leaving)
                return 0;
        (void) failure_describe(error, 0, text, sizeof(text));
        hold_say(hold, STYLE_WARN, "%s", text);
        return 0;
}

static int new_call(struct hold *hold, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(client_bus(hold->client), ret, LIMBER_BUS_NAME,
                watch_path(hold->watch), LIMBER_SESSION_INTERFACE, member);
}

void hold_call(struct hold *hold, const char *member, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        va_list ap;
        int r;

        if (!watch_path(hold->watch))
                return;
        r = new_call(hold, member, &m);
        /* On a desktop polkit may ask in its own window; the agent of this terminal has ended. */
        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(m, true);
        if (r >= 0 && !isempty(types)) {
                va_start(ap, types);
                r = sd_bus_message_appendv(m, types, ap);
                va_end(ap);
        }
        if (r >= 0)
                r = sd_bus_call_async(
                        client_bus(hold->client), NULL, m, on_reply, hold, CLIENT_PERMISSION_USEC);
        if (r < 0)
                hold_say(hold, STYLE_BAD, "%s could not be sent: %s", member, strerror(-r));
}

static int on_beat_reply(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        struct hold *hold = userdata;

        hold->beats_open = 0;
        if (error && !hold->leaving && !sd_bus_error_has_name(error, LIMBER_ERROR_NOT_HOLDER))
                return on_reply(m, userdata, unused);
        return 0;
}

/* Sends the state we last saw, so that the daemon notices when we show another than the current one. */
static void beat(struct hold *hold) {
        const struct session_info *s = watch_session(hold->watch);
        int r = sd_bus_call_method_async(client_bus(hold->client), NULL, LIMBER_BUS_NAME,
                watch_path(hold->watch), LIMBER_SESSION_INTERFACE, "Beat", on_beat_reply, hold, "ub",
                s->event, (int) s->output_active);

        if (r < 0 || ++hold->beats_open == BEATS_OPEN_MAX)
                hold_say(hold, STYLE_BAD, "limberd does not answer. Take the device off; s stops.");
}

void hold_arm(struct hold *hold) {
        hold->wanted = false;
        hold->face.key = NULL;
        /* Output begins only with a valid lease, and the next beat may not be due yet. */
        if (watch_path(hold->watch))
                beat(hold);
        hold_call(hold, "Arm", "s", hold->nonce);
        hold_touch(hold);
}

static int on_beat(sd_event_source *source, uint64_t usec, void *userdata) {
        struct hold *hold = userdata;
        const struct session_info *s = watch_session(hold->watch);
        /* Without a terminal, let the lease of a paused session expire, so that somebody with one can take over. */
        bool leave = !hold->face.terminal && streq_ptr(s->state, "paused");

        if (hold->holding && watch_loaded(hold->watch) && !session_ended(s) && !leave)
                beat(hold);
        /* From now, not from when it was due: missed beats are not made up for. */
        (void) sd_event_source_set_time(source, watch_now(hold->watch) + BEAT_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Leaves without confirmation that all is off. */
static void leave_unheard(struct hold *hold) {
        terminal_leave();
        hold_leave(hold, watch_session(hold->watch)->output_active
                                 ? failure_say(LIMBER_EXIT_NOT_CONFIRMED, words_hands,
                                           "A device has not confirmed the stop.")
                                 : (int) LIMBER_EXIT_STOPPED);
}

static int on_leave(sd_event_source *source, uint64_t usec, void *userdata) {
        leave_unheard(userdata);
        return 0;
}

static int wait_for_the_end(struct hold *hold) {
        if (hold->leave_source)
                return 0;
        return sd_event_add_time_relative(hold->event, &hold->leave_source, CLOCK_MONOTONIC,
                STOP_SOCKET_CONFIRM_USEC, TIMER_ACCURACY_USEC, on_leave, hold);
}

void hold_leave_when_off(struct hold *hold) {
        if (!watch_session(hold->watch)->output_active || wait_for_the_end(hold) < 0)
                hold_leave(hold, hold->status);
        hold->ending = true;
}

void hold_stop(struct hold *hold) {
        int r;

        if (hold->leaving) { /* stopped twice: do not wait */
                leave_unheard(hold);
                return;
        }
        hold->leaving = true;
        r = stop_session(hold->client, watch_path(hold->watch));
        if (r < 0) {
                terminal_leave();
                hold_leave(hold, stop_by_allstop(client_options(hold->client), "limberd does not answer."));
                return;
        }
        snprintf(hold->reason, sizeof(hold->reason), "stopped");
        if (wait_for_the_end(hold) < 0)
                leave_unheard(hold);
}

int hold_fail(struct hold *hold, const sd_bus_error *error, int r) {
        terminal_leave();
        hold_leave(hold, failure_report(error, r));
        return 0;
}

static int on_resumed(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        struct hold *hold = userdata;
        int r = 0;

        if (!error) {
                hold->holding = true;
                r = hold_show(hold);
        } else if (!hold->holding && !hold->leaving)
                return hold_fail(hold, error, 0);
        return r < 0 ? hold_fail(hold, NULL, r) : on_reply(m, userdata, unused);
}

int hold_resume(struct hold *hold) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        hold->wanted = true;
        r = new_call(hold, "Resume", &m);
        return r < 0 ? r : hold_ask(hold, m, on_resumed);
}

int hold_ask(struct hold *hold, sd_bus_message *m, sd_bus_message_handler_t fn) {
        int r = sd_bus_message_set_allow_interactive_authorization(m, true);

        return r < 0 ? r
                     : sd_bus_call_async(
                               client_bus(hold->client), NULL, m, fn, hold, CLIENT_PERMISSION_USEC);
}

static int add_timer(
        struct hold *hold, sd_event_source **source, sd_event_time_handler_t fn, int64_t priority) {
        int r = sd_event_add_time_relative(
                hold->event, source, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_USEC, fn, hold);

        return r < 0 ? r : sd_event_source_set_priority(*source, priority);
}

static int begin_timers(struct hold *hold) {
        /* After the bus, so that a beat includes all received changes. */
        int r = add_timer(hold, &hold->beat_source, on_beat, SD_EVENT_PRIORITY_NORMAL + 1);

        if (r < 0 || !hold->screen)
                return r;
        return add_timer(hold, &hold->draw_source, on_draw, SD_EVENT_PRIORITY_IDLE);
}

static bool in_state(const struct hold *hold, const char *state) {
        return streq_ptr(watch_session(hold->watch)->state, state);
}

static void do_pause(struct hold *hold, int value) {
        bool holder = hold->face.holder;

        if (holder && (in_state(hold, "paused") || in_state(hold, "staged")))
                (void) hold_resume(hold);
        /* Output is off, and space must not become a habit that starts it. */
        else if (holder && in_state(hold, "waiting"))
                hold_say(hold, STYLE_WARN, "Press the key that is shown to begin.");
        else
                hold_call(hold, "Pause", NULL);
}

static void do_skip(struct hold *hold, int value) {
        hold_call(hold, "Skip", NULL);
}

static void do_adjust(struct hold *hold, int value) {
        hold_call(hold, "Adjust", "i", value);
}

static void do_discomfort(struct hold *hold, int value) {
        hold_call(hold, "Discomfort", "yas", value, 0);
}

static void do_answer(struct hold *hold, int value) {
        const struct prompt *prompt = &watch_session(hold->watch)->prompt;

        if (!isempty(prompt->id) && (size_t) value < strv_length(prompt->answers))
                hold_call(hold, "Answer", "ss", prompt->id, prompt->answers[value]);
}

static void (*const actions[])(struct hold *hold, int value) = {
        [KEY_PAUSE] = do_pause,
        [KEY_SKIP] = do_skip,
        [KEY_ADJUST] = do_adjust,
        [KEY_DISCOMFORT] = do_discomfort,
        [KEY_ANSWER] = do_answer,
};

/* Watchers may lower, never raise. */
static bool allowed(const struct hold *hold, enum key_action action) {
        return hold->face.holder || action == KEY_PAUSE;
}

/* The shown key, before it expires. */
static bool arms(const struct hold *hold, char c) {
        return hold->face.key && hold->key[0] && hold->key[1] == '\0' &&
               tolower((unsigned char) c) == tolower((unsigned char) hold->key[0]) &&
               watch_now(hold->watch) < hold->face.key_until;
}

static void on_key(struct hold *hold, char c) {
        struct key key = key_of(c);

        /* Stopping goes before everything, including a challenge with the same key. */
        if (key.action == KEY_STOP) {
                if (!hold->face.holder && tolower((unsigned char) c) == 'q')
                        hold_leave(hold, LIMBER_EXIT_OK);
                else
                        hold_stop(hold);
                return;
        }
        if (arms(hold, c)) {
                hold_arm(hold);
                return;
        }
        if (key.action < ARRAY_SIZE(actions) && actions[key.action] && allowed(hold, key.action))
                actions[key.action](hold, key.value);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct hold *hold = userdata;
        char buffer[64], c;
        ssize_t n = read(fd, buffer, sizeof(buffer));

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return 0;
        if (n <= 0) { /* the terminal is gone, and with it the person who could stop */
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
                hold_stop(hold);
                return 0;
        }
        for (const char *p = buffer; key_next(&p, buffer + n, &c);)
                on_key(hold, c);
        hold_touch(hold);
        return 0;
}

static int begin_keys(struct hold *hold) {
        sd_event_source *source = NULL;
        int r = terminal_enter(hold->screen);

        if (r >= 0)
                r = sd_event_add_io(hold->event, &source, STDIN_FILENO, EPOLLIN, on_input, hold);
        if (r >= 0)
                r = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT + 1);
        if (r >= 0)
                r = sd_event_source_set_floating(source, true);
        sd_event_source_unref(source);
        return r;
}

/* Nobody can see the output any more, so nobody could react. */
void hold_output_gone(struct hold *hold) {
        if (hold->leaving)
                return;
        if (hold->mode == HOLD_FOLLOW)
                hold_leave(hold, LIMBER_EXIT_FAILURE);
        else
                hold_stop(hold);
}

static int on_output_gone(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        hold_output_gone(userdata);
        return 0;
}

static int begin_output(struct hold *hold) {
        sd_event_source *source = NULL;
        /* Errors and hang-ups are reported without being requested. */
        int r = sd_event_add_io(hold->event, &source, STDOUT_FILENO, 0, on_output_gone, hold);

        if (r == -EPERM) /* a regular file is always writable and has no reader */
                return 0;
        if (r >= 0)
                r = sd_event_source_set_floating(source, true);
        sd_event_source_unref(source);
        return r;
}

/* What came while the call to resume was open, and nobody knew whether this session would be ours. */
static void show_what_came(struct hold *hold) {
        hold->shown = true;
        if (!watch_loaded(hold->watch))
                return;
        watch_repeat(hold->watch);
        if (hold->face.key)
                hold->view->ops->event(
                        hold->view, &(struct watch_event){ .type = WATCH_CHALLENGE, .code = hold->key });
}

int hold_show(struct hold *hold) {
        int r;

        if (hold->beat_source)
                return 0;
        show_what_came(hold);
        /* From here on we read the keys ourselves. */
        agent_close();
        r = hold->face.terminal ? begin_keys(hold) : begin_output(hold);
        return r < 0 ? r : begin_timers(hold);
}
