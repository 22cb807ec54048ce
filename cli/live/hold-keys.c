/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <sys/epoll.h>

#include "cli/live/hold-private.h"
#include "cli/term/keys.h"
#include "cli/term/terminal.h"
#include "lib/bus-errors.h"

static bool in_state(const struct hold *hold, const char *state) {
        return streq_ptr(watch_session(hold->watch)->state, state);
}

static void do_pause(struct hold *hold, int value) {
        bool holder = hold->face.holder;

        if (holder && (in_state(hold, "paused") || in_state(hold, "staged")))
                (void) hold_resume(hold);
        /* Nothing is on yet, and space must not become a habit that begins. */
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

/* Those who only watch may lower, never more. */
static bool allowed(const struct hold *hold, enum key_action action) {
        return hold->face.holder || action == KEY_PAUSE;
}

/* The shown key, before its time is over. */
static bool arms(const struct hold *hold, char c) {
        return hold->face.key && hold->key[0] && hold->key[1] == '\0' &&
               tolower((unsigned char) c) == tolower((unsigned char) hold->key[0]) &&
               watch_now(hold->watch) < hold->face.key_until;
}

static void on_key(struct hold *hold, char c) {
        struct key key = key_of(c);

        /* Stopping goes before everything, even before a key that was to be shown for something else. */
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
        if (n <= 0) { /* the terminal is gone, and with it whoever could have stopped */
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
                hold_stop(hold);
                return 0;
        }
        for (const char *p = buffer; key_next(&p, buffer + n, &c);)
                on_key(hold, c);
        hold_touch(hold);
        return 0;
}

int hold_keys_begin(struct hold *hold) {
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
