/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One product, in sight or kept: its link, its codec, its writer, and per channel the gate and what is certain. A device
 * drives nothing by itself; a session that holds it requests, the gate decides, the codec encodes, the writer sends. */

#include "daemon/device/link.h"
#include "daemon/device/writer.h"
#include "daemon/safety/channel.h"
#include "daemon/safety/record.h"
#include "lib/jobs.h"

enum device_state {
        DEVICE_ABSENT, /* kept, not in sight */
        DEVICE_SEEN,
        DEVICE_CONNECTING,
        DEVICE_RESOLVING,
        DEVICE_READY,
        DEVICE_CLOSING, /* stopping before the link is let go, then until it is gone */
        DEVICE_BACKOFF, /* lost while wanted; tried again later */
        _DEVICE_STATE_MAX,
};

struct device;

/* Who listens; one manager for all devices. */
struct device_handler {
        /* Some property changed. */
        void (*changed)(struct device *device, void *userdata);
        /* Tried to connect: 0, or an errno with a sentence that says what to do. */
        void (*connected)(struct device *device, int error, const char *sentence, void *userdata);
        /* After device_disconnect(), once: 0 when the link is gone, else an errno with a sentence that says what is not certain. */
        void (*disconnected)(struct device *device, int error, const char *sentence, void *userdata);
        /* A link that was ready is gone. */
        void (*lost)(struct device *device, const char *why, void *userdata);
        /* Something went wrong while output was wanted: it is being stopped. code as in Manager.Alert. */
        void (*alarm)(struct device *device, const char *code, const char *sentence, void *userdata);
        /* The knob on the device, or a pad, moved. */
        void (*touched)(struct device *device, unsigned feature, void *userdata);
        /* Output went on (before the first frame; non-zero return refuses it) or is off and settled. */
        int (*output)(struct device *device, bool on, void *userdata);
        /* Nothing of it is on, or no stop is under way any more: what waits for that may look. */
        void (*rested)(struct device *device, void *userdata);
};

struct device_environment {
        struct clock *clock;
        struct radio *radio;
        struct record *record;
        const char *armed_directory; /* NULL: none, in tests */
        struct jobs *armed_jobs;     /* that write there; never behind a disk */
        const struct device_handler *handler;
        void *userdata;
};

/* What a session requests for one channel. */
struct channel_request {
        struct gate_request gate;
        uint32_t rate_mhz;
        uint32_t pulse_width_usec;
        const struct zone *zone;
        int64_t pad_area_mm2;
        bool near_live_pads;
        struct gate_person person;
};

/* What the session knows that the device does not. */
struct drive_permit {
        bool armed;
        bool lease_alive;
        bool signed_off;
        bool recorded; /* REQ19: what is going to be done is on the disk; nothing begins from zero before it is */
        uint64_t session_usec; /* output of this device's kind in this session so far */
};

/* rule is one of the definition's. The device keeps a reference to the definition. */
int device_new(const struct device_environment *environment, const struct device_definition *definition,
        const struct match_rule *rule, const struct radio_advert *advert, struct device **ret);
struct device *device_ref(struct device *device);
/* Returns NULL. Takes NULL. The last reference closes it first. */
struct device *device_unref(struct device *device);
DEFINE_CLEANUP(struct device *, device_unref);
/* Its owner gives it up: the link goes without a stop, timers end and no callback comes any more. Who still has a reference may
 * read it, as a device that is absent. */
void device_close(struct device *device);

const char *device_address(const struct device *device);
const char *device_address_type(const struct device *device);
const char *device_name(const struct device *device);
const char *device_alias(const struct device *device); /* "" for none */
/* Alias, else title. */
const char *device_title(const struct device *device);
const char *device_model(const struct device *device);
const struct device_definition *device_definition(const struct device *device);
enum device_state device_state(const struct device *device);
unsigned device_battery(const struct device *device);
int64_t device_firmware(const struct device *device); /* 0: unknown */
const struct channel *device_channel(const struct device *device, unsigned feature);
/* The level that the device has, as far as that is known: what it confirmed, where it confirms, else what the link took. */
int64_t device_taken(const struct device *device, unsigned feature);
/* Neither the link nor the device has yet what was allowed last. */
bool device_is_pending(const struct device *device, unsigned feature);
/* The least certain of its channels. */
enum certainty_state device_worst_certainty(const struct device *device);
bool device_output_active(const struct device *device);

bool device_is_added(const struct device *device);
int device_set_added(struct device *device, bool added, const char *alias);

/* Whose it is while a session uses it; NULL: free. Opaque to the device. What nobody owns any more is let go after a while, or
 * not looked for any longer. */
/* session: the owner's number, for the record; 0 with no owner. */
void device_set_owner(struct device *device, void *owner, unsigned session);
void *device_owner(const struct device *device);

/* From the radio. */
void device_seen(struct device *device, const struct radio_advert *advert);
/* When it was seen last; what is linked is seen now. */
uint64_t device_seen_usec(const struct device *device);
void device_vanished(struct device *device);

/* Wants a link; connected() tells, also when there already is one. Negative errno when not even begun. */
int device_connect(struct device *device);
/* Zero first, then lets the link go. Wants none any more. disconnected() tells, from inside the call where nothing is to be
 * waited for. */
void device_disconnect(struct device *device);
bool device_is_wanted(const struct device *device);

/* Zero, in this loop turn, whatever else is going on. 0: handed over or nothing to stop; negative errno: the link did not
 * take it and it is being retried, or there is no link. */
int device_stop(struct device *device);
/* Several at once (NULL is none): the frames of those that may be on, then of the others, and only then what follows from that.
 * Returns how many have a link to be told over. */
unsigned device_stop_all(struct device *const *devices, size_t n);

/* Output may be on without a link over which it could be stopped, or its stop is not out yet. After a while without the device
 * that is given up: its battery is empty, or it was switched off by hand. */
bool device_may_run_unseen(const struct device *device);
/* It is forgotten although nobody saw it off: no more stops are tried, and limber-allstop has nothing of it any more. */
void device_give_up(struct device *device);
/* A stop is under way. */
bool device_is_stopping(const struct device *device);
/* An earlier daemon may have left it on: it is taken as on at its worst, and tried until a stop got through. */
void device_recover(struct device *device);

/* One round of requests, one per feature: gate, codec, writer. *ret_verdicts (one per feature) says what was given. 1: output
 * cannot begin yet, since the record or the armed file is not written; changed() comes when the file is. Negative errno: nothing
 * was sent and the device is being stopped. */
int device_drive(struct device *device, const struct channel_request *requests,
        const struct drive_permit *permit, struct gate_verdict *ret_verdicts);
/* When the next round should come: with the next frame of a stream, else otherwise_usec from now. */
uint64_t device_due(const struct device *device, uint64_t now, uint64_t otherwise_usec);
/* One channel begins again at zero with the next request; the others go on. */
void device_zero_channel(struct device *device, unsigned feature);
/* A new step: the knob's last word is forgotten. */
void device_forget_knob(struct device *device);

const char *device_state_to_string(enum device_state state) _const_;
