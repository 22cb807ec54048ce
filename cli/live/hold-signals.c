/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "cli/bus/stop.h"
#include "cli/live/hold-private.h"
#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "cli/term/words.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"

/* Watching somebody else's session ends without a word to it; holding one stops it first. */
static int on_end(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        struct hold *hold = userdata;

        if (hold->mode != HOLD_FOLLOW) {
                hold_stop(hold);
                return 0;
        }
        terminal_leave();
        say(stderr, "The session goes on; \"limber stop\" ends it.");
        hold_leave(hold, LIMBER_EXIT_OK);
        return 0;
}

/* Zero before we sleep: nobody could read a key or draw until the shell wakes us. */
static void pause_first(struct hold *hold) {
        const char *path = watch_path(hold->watch);
        int r = 0;

        if (path && !session_ended(watch_session(hold->watch)))
                r = client_stop_call(
                        hold->client, path, LIMBER_SESSION_INTERFACE, "Pause", CLIENT_STOP_USEC, NULL, NULL);
        if (r < 0)
                r = stop_session(hold->client, path);
        terminal_leave();
        if (r < 0)
                say(stderr, "The pause was not confirmed. %s", words_hands);
        else
                say(stderr, "Paused. \"fg\" comes back here; then space goes on.");
}

static int on_suspend(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        struct hold *hold = userdata;
        bool entered = terminal_entered();

        if (hold->mode != HOLD_FOLLOW)
                pause_first(hold);
        terminal_leave();
        (void) raise(SIGSTOP);
        /* Here again. What was missed is in the queue of the bus; going on is for the person to say. */
        if (entered && terminal_present())
                (void) terminal_enter(hold->screen);
        if (hold->view->ops->redraw)
                hold->view->ops->redraw(hold->view);
        hold_touch(hold);
        return 0;
}

/* Stopped and continued by somebody else, or resized: the screen is not ours as we left it. */
static int on_screen_changed(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        struct hold *hold = userdata;

        if (!hold->view)
                return 0;
        if (si->ssi_signo == SIGCONT && terminal_entered() && terminal_present())
                (void) terminal_enter(hold->screen);
        if (hold->view->ops->redraw)
                hold->view->ops->redraw(hold->view);
        hold_touch(hold);
        return 0;
}

static const struct {
        int sig;
        sd_event_signal_handler_t fn;
} handled[] = {
        { SIGINT, on_end },
        { SIGTERM, on_end },
        { SIGHUP, on_end },
        { SIGQUIT, on_end },
        { SIGTSTP, on_suspend },
        { SIGCONT, on_screen_changed },
        { SIGWINCH, on_screen_changed },
};

int hold_signals_begin(struct hold *hold) {
        sigset_t set;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(handled); i++)
                (void) sigaddset(&set, handled[i].sig);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_SIZE(handled); i++) {
                sd_event_source *source = NULL;
                int r = sd_event_add_signal(hold->event, &source, handled[i].sig, handled[i].fn, hold);

                if (r >= 0)
                        r = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
                if (r >= 0)
                        r = sd_event_source_set_floating(source, true);
                sd_event_source_unref(source);
                if (r < 0)
                        return r;
        }
        return 0;
}
