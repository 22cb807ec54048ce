/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The files that limberd reads, in the order of need: the settings and (by the store) the runners before anything else, then what a
 * stop needs, devices and their definitions, then the routines; later all again. They are read by a child process, and after the
 * start off the event loop. Says in the log what is wrong with them. */

#include <systemd/sd-event.h>

#include "daemon/manager/library.h"
#include "daemon/service/options.h"
#include "daemon/service/settings.h"

struct files;

/* Each gets its part once it is read: error 0, and a library to take; or a negative errno. */
struct files_handler {
        void (*devices)(struct library *library, int error, void *userdata);
        /* A library without definitions. Tried again until it can be read. */
        void (*routines)(struct library *library, void *userdata);
        /* All of it again; the settings are in force. */
        void (*reloaded)(struct library *library, int error, void *userdata);
        /* Asked for by files_ask_soon(). */
        void (*due)(void *userdata);
};

/* Reads the settings; blocks. options must outlive it. Errors: of the child (daemon/loop/parse-child.h), as everywhere here. */
int files_new(sd_event *event, const struct options *options, const struct files_handler *handler,
        void *userdata, struct files **ret);
struct files *files_free(struct files *files);
DEFINE_CLEANUP(struct files *, files_free);

/* The handler is not called any more. NULL is nothing. */
void files_end(struct files *files);

const struct settings *files_settings(const struct files *files);
/* The first of what was wrong with the settings when they were last read, as a sentence with file and line; NULL: nothing. */
const char *files_settings_complaint(const struct files *files);
/* Until files_read_devices(). */
struct conf_reader *files_reader(struct files *files);

/* store_directory: of the devices that were added. */
int files_read_devices(struct files *files, const char *store_directory);
/* -EBUSY: files are being read. */
int files_read_routines(struct files *files);
/* -EBUSY: files are being read. */
int files_reload(struct files *files);

/* Calls due() after a moment. */
void files_ask_soon(struct files *files);

/* A line each. */
void files_log_rejects(const struct rejects *rejects);
