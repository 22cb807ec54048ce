/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of a device, shared by device.c (its life and link), device-drive.c (its output), device-stop.c (the end of it) and
 * device-hear.c (what it says). */

#include "daemon/device/armed-file.h"
#include "daemon/device/device.h"

struct device {
        unsigned n_ref;
        bool closed;
        struct device_environment environment;
        const struct device_definition *definition;
        const struct match_rule *rule;
        char address[18], address_type[8], name[64];
        char *alias;
        bool added, in_sight;
        void *owner;
        unsigned session; /* number of the owner, for the record; 0: none */

        enum device_state state;
        bool wanted;
        bool asked;         /* somebody waits for connected(), besides an owner */
        bool parting;       /* somebody waits for disconnected() */
        bool leaving;       /* its link was asked to go; what is wanted since waits until it has gone */
        uint64_t seen_usec; /* its last advertisement, or when its link went */
        unsigned attempts;
        struct link *link;
        struct clock_timer *backoff_timer;
        struct clock_timer *idle_timer;
        struct clock_timer *parting_timer;

        void *engine; /* the codec's private state */
        struct writer *writer;
        struct channel channels[PROTOCOL_FEATURES_MAX];
        int64_t maxima[PROTOCOL_FEATURES_MAX]; /* the device's own limits, as last queued */
        uint64_t limits_usec;                  /* when that was */
        const char
                *unfit; /* why the link is cut and made anew, although it stands; static. NULL: it is not */
        bool doubted;   /* the link stands, and nothing can be written over it */
        uint64_t refused_usec; /* since when it does not take the stop; 0: it does */
        bool output_on;        /* told to the environment */
        struct armed_file *armed_file;
        int armed_error; /* it could not be written; told by the next round */
        uint64_t next_stream_usec;
        uint64_t
                alarm_usec; /* last alarm that it may be on and cannot be stopped; 0: none since it was stopped */
        uint64_t nonsense_usec; /* last time that bytes without meaning were told of */
        unsigned nonsense;      /* how many came since */
        unsigned stop_tries;
        struct {
                bool was_on;
                int result;
        } stop;                /* between the halves of device_stop() */
        uint64_t stopped_usec; /* when the last stop was done */
        unsigned still_on;     /* reports of output since */
        unsigned battery;
        int64_t firmware;
};

extern const struct writer_handler device_writer_handler;

static inline uint64_t device_now(const struct device *device) {
        return clock_now(device->environment.clock);
}

/* Tells the environment that a property is another one. */
static inline void device_changed(struct device *device) {
        if (!device->closed)
                device->environment.handler->changed(device, device->environment.userdata);
}

int device_open_codec(struct device *device);
/* Of the armed file: it is there, or cannot be written. */
void device_armed_written(void *userdata, int result);
/* A notification of the link, decoded and applied. */
void device_notified(void *userdata, unsigned endpoint, const uint8_t *bytes, size_t n);
/* Per cent; anything else is unknown. */
void device_battery_said(void *userdata, unsigned percent);
/* The device's own limits that hold when no session says otherwise. */
void device_default_maxima(const struct device *device, int64_t maxima[static PROTOCOL_FEATURES_MAX]);
/* All channels: the link went away, or came back. */
void device_output_lost(struct device *device, const char *why);
void device_output_doubted(struct device *device);
void device_output_regained(struct device *device);
/* The link is cut and made anew, soon, not from within the caller. why is static, for the record and for people. */
void device_link_unfit(struct device *device, const char *why);
/* What became of a stop, as its writer says. */
void device_stopped(struct device *device, bool acknowledged);
void device_stop_unconfirmed(struct device *device, int error);
/* Tells the environment when nothing can be on any more. */
void device_check_settled(struct device *device);
/* A fact of this device, and of the session that holds it. */
void device_put(const struct device *device, struct record_entry entry);
void device_alarm(struct device *device, const char *code, const char *format, ...) _printf_(3, 4);
/* It may be on and cannot be stopped now: true when a person should be told (again). However often its link is made anew
 * meanwhile, it is the same alarm. */
bool device_may_alarm(struct device *device);
