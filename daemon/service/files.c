/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/files.h"

#include <systemd/sd-daemon.h>

#include "daemon/loop/parse-child.h"
#include "daemon/loop/worker.h"
#include "lib/clock.h"

/* Routines that could not be read are read again. */
#define ROUTINES_AGAIN_USEC (2 * USEC_PER_SEC)
/* A client that ended a session goes on asking for a moment whether its devices are off. */
#define SOON_USEC (3 * USEC_PER_SEC)

struct files {
        sd_event *event;
        const struct options *options;
        const struct files_handler *handler;
        void *userdata;
        struct settings settings; /* in force */
        char *complaint;
        struct parse_child *parser; /* of a thread's while that reads */
        /* What is being read, and with what result. */
        struct library_sources sources;
        bool reads, reads_settings, ended;
        struct settings next_settings;
        bool is_whole; /* so far as it could be read */
        struct rejects settings_rejects;
        struct library *library;
        int error;
        sd_event_source *again; /* while the routines are to be read again */
        sd_event_source *soon;  /* until the handler is asked */
};

void files_log_rejects(const struct rejects *rejects) {
        for (unsigned i = 0; i < rejects->n; i++)
                fprintf(stderr, SD_WARNING "%s:%u: %s\n", rejects->items[i].path, rejects->items[i].line,
                        rejects->items[i].message);
}

static void read_routines_again(struct files *files);

static int open_parser(struct files *files) {
        return files->parser ? 0 : parse_child_new(files->options->parser, &files->parser);
}

/* The child has nothing to do until somebody reloads. */
static void close_parser(struct files *files) {
        files->parser = parse_child_free(files->parser);
}

static int read_settings(struct files *files) {
        int r;

        rejects_done(&files->settings_rejects);
        r = settings_read(files->options->config, parse_child_reader(files->parser), &files->next_settings,
                &files->settings_rejects);
        files->is_whole = r == 0;
        return r;
}

/* again: there are some in force, which hold while a file is half written. */
static void take_settings(struct files *files, bool again) {
        const struct rejects *rejects = &files->settings_rejects;
        bool hold = again && !files->is_whole;

        files_log_rejects(rejects);
        free(files->complaint);
        files->complaint = NULL;
        if (rejects->n > 0 &&
                asprintf(&files->complaint, "%s:%u: %s; %s", rejects->items[0].path, rejects->items[0].line,
                        rejects->items[0].message,
                        hold ? "the settings that were read before hold" : "the default of that holds") < 0)
                files->complaint = NULL;
        if (hold)
                fprintf(stderr, SD_WARNING
                        "a file of settings cannot be read as a whole: those that were read before hold\n");
        else
                files->settings = files->next_settings;
        rejects_done(&files->settings_rejects);
}

/* On a thread: uses nothing but the folders and the child. */
static void read_all(void *data) {
        struct files *files = data;

        files->error = open_parser(files);
        if (files->error >= 0 && files->reads_settings)
                files->error = read_settings(files);
        if (files->error >= 0)
                files->error =
                        library_read(&files->sources, parse_child_reader(files->parser), &files->library);
}

static struct library *take_library(struct files *files) {
        files->reads = false;
        if (files->error >= 0)
                files_log_rejects(&files->library->rejects);
        return TAKE_PTR(files->library);
}

static void devices_are_read(void *data) {
        struct files *files = data;
        struct library *library = NULL;

        if (files->ended)
                return;
        library = take_library(files);
        files->handler->devices(library, files->error, files->userdata);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata) {
        struct files *files = userdata;

        files->again = sd_event_source_disable_unref(files->again);
        if (files_read_routines(files) < 0)
                read_routines_again(files);
        return 0;
}

static void read_routines_again(struct files *files) {
        if (!files->again)
                (void) sd_event_add_time_relative(files->event, &files->again, CLOCK_MONOTONIC,
                        ROUTINES_AGAIN_USEC, 0, on_again, files);
}

static void routines_are_read(void *data) {
        struct files *files = data;
        struct library *library = NULL;

        if (files->ended)
                return;
        library = take_library(files);
        close_parser(files);
        if (files->error < 0) {
                fprintf(stderr, SD_ERR "cannot read the routines: %s; trying again\n",
                        strerror(-files->error));
                read_routines_again(files);
                return;
        }
        files->handler->routines(library, files->userdata);
}

static void all_is_read(void *data) {
        struct files *files = data;
        struct library *library = NULL;

        if (files->ended)
                return;
        library = take_library(files);
        close_parser(files);
        files->reads_settings = false;
        if (files->error >= 0) {
                files->again = sd_event_source_disable_unref(files->again);
                take_settings(files, true);
        } else
                fprintf(stderr, SD_ERR "cannot read the files again: %s; what was read before holds\n",
                        strerror(-files->error));
        files->handler->reloaded(library, files->error, files->userdata);
}

int files_new(sd_event *event, const struct options *options, const struct files_handler *handler,
        void *userdata, struct files **ret) {
        _cleanup_(files_freep) struct files *files = calloc(1, sizeof(*files));
        int r;

        if (!files)
                return -ENOMEM;
        *files = (struct files){
                .event = event, .options = options, .handler = handler, .userdata = userdata
        };
        r = open_parser(files);
        if (r >= 0)
                r = read_settings(files);
        if (r < 0)
                return r;
        take_settings(files, false);
        *ret = TAKE_PTR(files);
        return 0;
}

struct files *files_free(struct files *files) {
        if (!files)
                return NULL;
        (void) sd_event_source_disable_unref(files->again);
        (void) sd_event_source_disable_unref(files->soon);
        close_parser(files);
        library_free(files->library);
        rejects_done(&files->settings_rejects);
        free(files->complaint);
        free(files);
        return NULL;
}

static int on_soon(sd_event_source *source, uint64_t usec, void *userdata) {
        struct files *files = userdata;

        files->soon = sd_event_source_disable_unref(files->soon);
        if (!files->ended)
                files->handler->due(files->userdata);
        return 0;
}

void files_ask_soon(struct files *files) {
        if (!files->soon)
                (void) sd_event_add_time_relative(
                        files->event, &files->soon, CLOCK_MONOTONIC, SOON_USEC, 0, on_soon, files);
}

void files_end(struct files *files) {
        if (files)
                files->ended = true;
}

const struct settings *files_settings(const struct files *files) {
        return &files->settings;
}

const char *files_settings_complaint(const struct files *files) {
        return files->complaint;
}

struct conf_reader *files_reader(struct files *files) {
        return parse_child_reader(files->parser);
}

static int begin(struct files *files, void (*done)(void *data)) {
        int r = worker_run(files->event, read_all, done, files);

        files->reads = r >= 0;
        return r;
}

int files_read_devices(struct files *files, const char *store_directory) {
        files->sources = (struct library_sources){
                .device_folders = files->options->device_folders,
                .store_directory = store_directory,
        };
        return begin(files, devices_are_read);
}

int files_read_routines(struct files *files) {
        if (files->reads)
                return -EBUSY;
        files->sources = (struct library_sources){ .routine_folders = files->options->routine_folders };
        return begin(files, routines_are_read);
}

int files_reload(struct files *files) {
        int r;

        if (files->parser)
                return -EBUSY;
        r = open_parser(files);
        if (r < 0)
                return r;
        files->reads_settings = true;
        files->sources = (struct library_sources){
                .device_folders = files->options->device_folders,
                .routine_folders = files->options->routine_folders,
        };
        r = begin(files, all_is_read);
        if (r < 0)
                close_parser(files);
        return r;
}
