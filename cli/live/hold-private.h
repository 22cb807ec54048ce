/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by cli/live/hold*.c. */

#include <systemd/sd-event.h>

#include "cli/live/hold.h"
#include "cli/live/view.h"
#include "lib/bus-errors.h"

#define NONCE_MAX 128
#define KEY_MAX 16

struct hold {
        struct client *client;
        sd_event *event;
        struct watch *watch;
        struct view *view;
        struct view_face face;
        enum hold_mode mode;
        bool screen;  /* the view uses the whole terminal */
        bool holding; /* we hold the session */
        bool held;    /* the daemon confirmed it */
        bool shown;   /* the view has what happened so far */
        bool leaving; /* the stop is out; waiting for the session's end */
        bool ending;  /* the session is over; waiting for output to be off */
        int status;   /* exit status after that */
        bool felt;    /* a simulated runner answers about discomfort */
        bool wanted;  /* a person asked to begin or resume, and that was not armed yet */
        char nonce[NONCE_MAX];
        char key[KEY_MAX];
        unsigned beats_open; /* sent and not answered */
        sd_event_source *beat_source;
        sd_event_source *draw_source;
        sd_event_source *answer_source;
        sd_event_source *leave_source;
        uint64_t drawn_usec;
        uint64_t begun_usec; /* when it first ran; 0: never */
        unsigned steps_done;
        uint8_t highest_discomfort;
        char reason[64];                    /* why the session ended */
        const struct limber_error *failure; /* named error of the last alert, or NULL */
        char alert[VIEW_MESSAGE_MAX];       /* the last alert, repeated when the screen is gone */
};

/* Shows a sentence on the screen, or prints it. */
void hold_say(struct hold *hold, enum style style, const char *format, ...) _printf_(3, 4);
/* Schedules a redraw. */
void hold_touch(struct hold *hold);
/* Ends the loop with that exit status. */
void hold_leave(struct hold *hold, int status);

/* The same with hold->status, once output is off; if that is not confirmed, with another status and advice. */
void hold_leave_when_off(struct hold *hold);

/* Calls a method of the session asynchronously; reports its error. */
void hold_call(struct hold *hold, const char *member, const char *types, ...);
/* Asks to begin or resume; a Challenge follows. Returns negative errno. */
int hold_resume(struct hold *hold);
/* Answers the last Challenge. */
void hold_arm(struct hold *hold);
/* Stops output at once, waiting for the reply; then waits a short while for the session's end. */
void hold_stop(struct hold *hold);

/* Reports the error and ends the loop. Returns 0, for use at the end of a handler. */
int hold_fail(struct hold *hold, const sd_bus_error *error, int r);
/* A call that may make polkit ask a person. Returns negative errno. */
int hold_ask(struct hold *hold, sd_bus_message *m, sd_bus_message_handler_t fn);
/* Takes over the terminal and starts the beats; passwords are asked for before. Returns negative errno. */
int hold_show(struct hold *hold);

/* hold-events.c, which uses hold.c: handles the session's events. */
void hold_on_event(const struct watch_event *event, void *userdata);
/* Nobody reads the output any more, so nobody could react: stops. */
void hold_output_gone(struct hold *hold);
