/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Display of a running session: on a screen, as lines of text, or as lines of JSON. A view only reads. */

#include "cli/live/watch.h"
#include "cli/term/style.h"

#define VIEW_MESSAGE_MAX 512

/* State of the program that a view shows beside the session. */
struct view_face {
        bool holder;    /* keys control the session; else they only pause and stop it */
        bool terminal;  /* keys can be read */
        bool simulated; /* no body is reached */
        bool colour;
        const char *key;    /* to be pressed to begin, NULL for none */
        uint64_t key_until; /* on the loop's clock */
        char message[VIEW_MESSAGE_MAX];
        enum style message_style;
};

/* Printed at the end. */
struct view_summary {
        const char *routine;
        const char *reason;
        uint64_t usec; /* from the first output to the end */
        unsigned steps_done, steps;
        uint8_t highest_discomfort; /* DISCOMFORT_NONE for none */
};

struct view;
struct view_ops {
        void (*event)(struct view *view, const struct watch_event *event);
        void (*draw)(struct view *view);   /* NULL for a view that only prints events */
        void (*redraw)(struct view *view); /* the screen was lost: draw everything; may be NULL */
        void (*summary)(struct view *view, const struct view_summary *summary);
        void (*free)(struct view *view);
};
struct view {
        const struct view_ops *ops;
        const struct watch *watch;
        const struct view_face *face;
};

struct view *view_live_new(const struct watch *watch, const struct view_face *face);
struct view *view_plain_new(const struct watch *watch, const struct view_face *face);
struct view *view_json_new(const struct watch *watch, const struct view_face *face);

/* Prints the summary on stdout. */
void view_say_summary(const struct view_summary *summary);

static inline struct view *view_free(struct view *view) {
        if (view)
                view->ops->free(view);
        return NULL;
}
DEFINE_CLEANUP(struct view *, view_free);
