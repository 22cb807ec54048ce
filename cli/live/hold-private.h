/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of cli/live/hold*.c share. */

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
        bool screen;  /* the view draws on the whole terminal */
        bool holding; /* the daemon knows us as the holder */
        bool held;    /* the daemon said so, too */
        bool leaving; /* the stop is out; only the end is waited for */
        bool ending;  /* the session is over; only the output is waited for */
        int status;   /* to leave with then */
        bool felt;    /* a simulated runner says how it feels */
        bool wanted;  /* a person asked to begin or go on, and that was not armed yet */
        char nonce[NONCE_MAX];
        char key[KEY_MAX];
        unsigned beats_open; /* sent and not answered */
        sd_event_source *beat_source;
        sd_event_source *draw_source;
        sd_event_source *answer_source;
        sd_event_source *leave_source;
        uint64_t drawn_usec;
        uint64_t begun_usec; /* first time that it ran, 0 for never */
        unsigned steps_done;
        uint8_t highest_discomfort;
        char reason[64];                    /* why it ended */
        const struct limber_error *failure; /* that the last alert had a name of, or NULL */
        char alert[VIEW_MESSAGE_MAX];       /* the last, to be said again when the screen is gone */
};

/* Shows a sentence: on the screen, or as a line. */
void hold_say(struct hold *hold, enum style style, const char *format, ...) _printf_(3, 4);
/* Draws soon. */
void hold_touch(struct hold *hold);
/* Makes the loop end with that exit status. */
void hold_leave(struct hold *hold, int status);

/* The same with hold->status, as soon as output is off; with another one and what to do, when that is not confirmed. */
void hold_leave_when_off(struct hold *hold);

/* Calls a method of the session without waiting; what it refuses is said. */
void hold_call(struct hold *hold, const char *member, const char *types, ...);
/* Asks to begin or go on; a Challenge follows. Returns negative errno. */
int hold_resume(struct hold *hold);
/* Answers the last Challenge. */
void hold_arm(struct hold *hold);
/* Output off at once, waiting for the answer; then the session's end is waited for a little while. */
void hold_stop(struct hold *hold);

/* Says why and makes the loop end. Returns 0, for the end of a handler. */
int hold_fail(struct hold *hold, const sd_bus_error *error, int r);
/* A call that polkit may ask a person about. Returns negative errno. */
int hold_ask(struct hold *hold, sd_bus_message *m, sd_bus_message_handler_t fn);
/* Takes the terminal and beats from now on; before that, a password may be asked for there. Returns negative errno. */
int hold_show(struct hold *hold);

/* hold-events.c, which uses hold.c: what the session tells. */
void hold_on_event(const struct watch_event *event, void *userdata);
/* Nobody reads the output any more, so nobody could say no to what happens: stops. */
void hold_output_gone(struct hold *hold);
