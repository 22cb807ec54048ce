/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "cli/bus/stop.h"
#include "cli/live/follow-up.h"
#include "cli/live/hold-private.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "cli/term/words.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"

static void hold_done(struct hold *hold) {
        view_free(hold->view);
        sd_event_source_unref(hold->beat_source);
        sd_event_source_unref(hold->draw_source);
        sd_event_source_unref(hold->answer_source);
        sd_event_source_unref(hold->leave_source);
        watch_free(hold->watch);
        if (hold->event)
                (void) sd_bus_detach_event(client_bus(hold->client));
        sd_event_unref(hold->event);
}

static int on_started(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        struct hold *hold = userdata;
        const char *path;
        int r;

        if (error && hold->face.terminal && sd_bus_error_has_name(error, LIMBER_ERROR_TIME_UNKNOWN)) {
                say(stderr, "limber: %s.", error->message);
                return sd_event_exit(hold->event, -ETIME);
        }
        if (error)
                return hold_fail(hold, error, 0);
        r = sd_bus_message_read(m, "o", &path);
        if (r >= 0 && hold->leaving) /* stopped before there was a session */
                return stop_session(hold->client, path) < 0 ? 0 : 1;
        if (r >= 0)
                r = hold_show(hold);
        if (r >= 0)
                r = watch_attach(hold->watch, path);
        if (r < 0)
                return hold_fail(hold, NULL, r);
        hold->holding = true;
        return 0;
}

static struct view *new_view(const struct hold *hold, bool json) {
        if (json)
                return view_json_new(hold->watch, &hold->face);
        return hold->screen ? view_live_new(hold->watch, &hold->face)
                            : view_plain_new(hold->watch, &hold->face);
}

/* limber-sim simulates a runner, who then gives all answers. */
static bool somebody_feels(sd_bus *bus) {
        return sd_bus_get_name_creds(bus, LIMBER_SIMULATED_RUNNER_NAME, 0, NULL) >= 0;
}

/* Watching another program's session just ends; holding one stops it first. */
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

/* Zero before we are suspended: until then nobody can read a key or draw. */
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
                (void) stop_by_allstop(client_options(hold->client), "limberd does not answer.");
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
        /* Resumed. Missed signals are in the queue of the bus; only the person resumes the session. */
        if (entered && terminal_present())
                (void) terminal_enter(hold->screen);
        if (hold->view->ops->redraw)
                hold->view->ops->redraw(hold->view);
        hold_touch(hold);
        return 0;
}

/* Suspended and continued from outside, or resized: the screen is no longer what we drew. */
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

static int begin_signals(struct hold *hold) {
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

/* Sets up all handlers before the first call. */
static int prepare(struct hold *hold) {
        const struct options *options = client_options(hold->client);
        int r, status;

        r = sd_event_new(&hold->event);
        if (r >= 0)
                r = begin_signals(hold);
        if (r >= 0)
                r = sd_bus_attach_event(client_bus(hold->client), hold->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return failure_report(NULL, r);
        status = watch_new(hold->client, hold->event, hold_on_event, hold, &hold->watch);
        if (status != LIMBER_EXIT_OK)
                return status;
        hold->face.simulated = watch_objects(hold->watch)->manager.simulated;
        hold->felt = hold->face.simulated && somebody_feels(client_bus(hold->client));
        hold->view = new_view(hold, options->json);
        return hold->view ? LIMBER_EXIT_OK : failure_no_memory();
}

/* Before anything more is switched on: what may be on from before matters more. */
static void warn_of_output(struct hold *hold) {
        const struct objects *objects = watch_objects(hold->watch);

        for (size_t i = 0; i < objects->n_devices; i++) {
                const struct device_info *device = &objects->devices[i];
                bool is_bad = false;
                const char *certainty = words_certainty(device->certainty, &is_bad);

                if (!device->output_active || !is_bad)
                        continue;
                snprintf(hold->face.message, sizeof(hold->face.message), "%s is %s. %s",
                        device_label(device), certainty, words_hands);
                hold->face.message_style = STYLE_BAD;
                say(stderr, "limber: %s", hold->face.message);
        }
}

static int begin(struct hold *hold, sd_bus_message *start, const char *path) {
        int r = path ? watch_attach(hold->watch, path) : 0;

        if (r < 0)
                return r;
        hold->wanted = hold->mode != HOLD_FOLLOW;
        switch (hold->mode) {
        case HOLD_START:
                return hold_ask(hold, start, on_started);
        case HOLD_RESUME:
                return hold_resume(hold);
        default:
                return hold_show(hold);
        }
}

static void say_end(struct hold *hold) {
        const struct session_info *s = watch_session(hold->watch);
        struct view_summary summary = {
                .routine = strnull(s->routine),
                .reason = hold->reason,
                .usec = hold->begun_usec > 0 ? watch_now(hold->watch) - hold->begun_usec : 0,
                .steps = s->steps,
                .steps_done = streq(hold->reason, "completed") ? s->steps : hold->steps_done,
                .highest_discomfort = hold->highest_discomfort,
        };

        if (!hold->reason[0] || !watch_loaded(hold->watch))
                return;
        hold->view->ops->summary(hold->view, &summary);
        if (hold->screen && hold->alert[0] && !streq(hold->reason, "completed"))
                say(stderr, "limber: %s", hold->alert);
}

int hold_run(struct client *client, enum hold_mode mode, sd_bus_message *start, const char *path) {
        const struct options *options = client_options(client);
        _cleanup_(hold_done) struct hold hold = {
                .client = client,
                .mode = mode,
                .highest_discomfort = DISCOMFORT_NONE,
                .face = {
                        .holder = mode != HOLD_FOLLOW,
                        .terminal = !options->json && terminal_present(),
                        .colour = output_colour(options),
                },
        };
        int r, status;

        hold.screen = hold.face.terminal && terminal_has_screen();
        status = prepare(&hold);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (mode != HOLD_FOLLOW)
                warn_of_output(&hold);
        r = begin(&hold, start, path);
        if (r >= 0)
                r = sd_event_loop(hold.event);
        if (r == -ETIME)
                return r;
        if (r < 0) {
                terminal_leave();
                (void) stop_session(client, watch_path(hold.watch));
                return failure_report(NULL, r);
        }
        say_end(&hold);
        if (hold.face.terminal && hold.reason[0] && mode != HOLD_FOLLOW)
                follow_up_ask_here(options); /* the connection was closed with the loop */
        return r;
}
