/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to device.c (lifetime and link), device-greet.c (a new link), device-drive.c (output), device-stop.c (stopping) and
 * device-hear.c (reports). */

#include "daemon/device/armed-file.h"
#include "daemon/device/device.h"

/* How far a new link is. */
enum greeting {
        GREETING_OVER,   /* or there is no link */
        GREETING_ARMING, /* nothing but the stop was sent; the armed file is being written */
        GREETING_ASKING, /* limits and questions are on their way, and the stop behind them */
};

struct device {
        unsigned n_ref;
        bool closed;
        struct device_environment environment;
        const struct device_definition *definition;
        const struct match_rule *rule;
        char address[18], address_type[8], name[64];
        char *alias;
        char stored_as[65]; /* "": its own definition */
        bool added, in_sight;
        void *owner;
        unsigned session; /* device_session() */

        enum device_state state;
        bool wanted;
        bool asked;             /* somebody other than an owner waits for connected() */
        bool disconnect_wanted; /* somebody waits for disconnected() */
        bool leaving;       /* the link was asked to disconnect; requests since then wait until it is gone */
        uint64_t seen_usec; /* its last advertisement, or the end of its link */
        unsigned attempts;
        struct link *link;
        struct clock_timer *backoff_timer;
        struct clock_timer *idle_timer;
        struct clock_timer *disconnect_timer;
        struct clock_timer *again_timer; /* the next stop of a device that is still on after one */

        enum greeting greeting;
        bool stop_again; /* the greeting ends in a stop */
        void *engine;    /* the codec's private state */
        struct writer *writer;
        struct channel channels[PROTOCOL_FEATURES_MAX];
        int64_t maxima[PROTOCOL_FEATURES_MAX]; /* the device's own limits, as last queued */
        uint64_t limits_usec;                  /* when they were queued */
        const char *
                relink_reason; /* why the link is dropped and re-established although it stands; static. NULL: it is not */
        bool doubted;          /* the link stands, but nothing can be written over it */
        uint64_t refused_usec; /* since when it has not taken the stop; 0: it takes it */
        bool output_on;        /* last value reported to the environment */
        struct armed_file *armed_file;
        int armed_error; /* errno of writing the armed file; returned by the next round */
        uint64_t next_stream_usec;
        uint64_t
                alarm_usec; /* last alarm that it may be on and cannot be stopped; 0: none since the last stop */
        uint64_t malformed_usec;  /* last time that malformed bytes were logged */
        unsigned malformed;       /* malformed messages since */
        uint64_t stop_tried_usec; /* since when stops were followed by reports of output; 0: they are not */
        struct {
                bool was_on;
                bool again;    /* the one before it is under way */
                bool recorded; /* its answer is recorded, too */
                int result;
                unsigned n;     /* so far */
        } stop;                 /* state between the two halves of device_stop() */
        uint64_t stopped_usec;  /* when the last stop was done */
        uint64_t still_on_usec; /* the first report of output after a stop that the device took; 0: none */
        uint64_t contradicted_usec; /* the last one */
        unsigned battery;
        int64_t firmware;
};

extern const struct writer_handler device_writer_handler;

static inline uint64_t device_now(const struct device *device) {
        return clock_now(device->environment.clock);
}

/* Notifies the environment that a property changed. */
static inline void device_changed(struct device *device) {
        if (!device->closed)
                device->environment.handler->changed(device, device->environment.userdata);
}

/* Tells a device on a new link what there is to tell; again where that waited for the armed file. Negative errno: the file could not be
 * written, which the environment was told. */
int device_greet(struct device *device);
/* The last frame of the greeting is with the device. */
void device_greeted(struct device *device);
/* A stop is done. */
void device_greeting_stopped(struct device *device);
/* Requests the armed file. 1: it is there. 0: it is being written. */
int device_prepare_output(struct device *device);
int device_open_codec(struct device *device);
/* The armed file is written, or could not be. */
void device_armed_written(void *userdata, int result);
/* A notification of the link, decoded and applied. */
void device_notified(void *userdata, unsigned endpoint, const uint8_t *bytes, size_t n);
/* Per cent; any other value means unknown. */
void device_battery_said(void *userdata, unsigned percent);
/* The device's own limits that apply when no session sets others. */
void device_default_maxima(const struct device *device, int64_t maxima[static PROTOCOL_FEATURES_MAX]);
/* For all channels: the link is gone (lost; relinked: we dropped it, because the device did not do as it was told), may carry nothing
 * (doubted), or is back. */
void device_output_lost(struct device *device, const char *why, bool relinked);
void device_output_doubted(struct device *device);
void device_output_regained(struct device *device);
/* Drops and re-establishes the link, from the loop rather than from within the caller. why is static, for the record and for
 * people. */
void device_relink(struct device *device, const char *why);
/* Outcome of a stop, as reported by the writer. */
void device_stopped(struct device *device, bool acknowledged);
void device_stop_unconfirmed(struct device *device, int error);
/* Tells the environment once nothing can be on any more. */
void device_check_settled(struct device *device);
/* The device says that it is on, after a stop that it took. */
void device_output_goes_on(struct device *device);
/* It said so a moment ago: that a stop was answered proves nothing. */
bool device_contradicts_stop(const struct device *device) _pure_;
void device_stop_again(struct clock_timer *timer, void *userdata);
/* Records a fact of this device and of the session that holds it. */
void device_put(const struct device *device, struct record_entry entry);
void device_alarm(struct device *device, const char *code, const char *format, ...) _printf_(3, 4);
/* The device may be on and cannot be stopped now. True when a person should be alerted (again); reconnects in between do not
 * start a new alarm. */
bool device_may_alarm(struct device *device);
