/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* limberd's end of the stop line (lib/stop-line.h): whoever connects has stopped everything. It is done before the connection
 * is so much as taken, needs neither the bus nor memory, and reads nothing. */

#include <systemd/sd-event.h>

#include "lib/clock.h"
#include "lib/macros.h"

struct stop_line_settings {
        sd_event *event;
        int64_t priority;
        struct clock *clock;
        const char *directory;
        unsigned (*stop)(void *userdata); /* returns how many devices it told */
        bool (*is_off)(void *userdata);   /* no device may still be on */
        void *userdata;
};

struct stop_line;

/* Listens at <directory>/stop, for everybody. What an earlier daemon left there is replaced. */
int stop_line_new(const struct stop_line_settings *settings, struct stop_line **ret);
/* is_off() may have changed. line may be NULL. */
void stop_line_look(struct stop_line *line);
struct stop_line *stop_line_free(struct stop_line *line);
DEFINE_CLEANUP(struct stop_line *, stop_line_free);
