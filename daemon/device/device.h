/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One product, in sight or added: its link, codec and writer, and per channel the gate and the certainty. A device drives
 * nothing by itself: a session that holds it requests, the gate decides, the codec encodes, the writer sends. */

#include "daemon/device/link.h"
#include "daemon/device/writer.h"
#include "daemon/safety/channel.h"
#include "daemon/safety/record.h"
#include "lib/jobs.h"

enum device_state {
        DEVICE_ABSENT, /* added, but not in sight */
        DEVICE_SEEN,
        DEVICE_CONNECTING,
        DEVICE_RESOLVING,
        DEVICE_READY,
        DEVICE_CLOSING, /* stopping before disconnect, then until the link is gone */
        DEVICE_BACKOFF, /* lost while wanted; will be retried */
        _DEVICE_STATE_MAX,
};

struct device;

/* Callbacks; one manager handles all devices. */
struct device_handler {
        /* Some property changed. */
        void (*changed)(struct device *device, void *userdata);
        /* Result of a connect: 0, or an errno with a sentence that says what to do. */
        void (*connected)(struct device *device, int error, const char *sentence, void *userdata);
        /* Called once after device_disconnect(): 0 when the link is gone, else an errno with a sentence that says what is
         * uncertain. */
        void (*disconnected)(struct device *device, int error, const char *sentence, void *userdata);
        /* A link that was ready is gone. */
        void (*lost)(struct device *device, const char *why, void *userdata);
        /* Something went wrong while output was wanted; the device is being stopped. code as in Manager.Alert. */
        void (*alarm)(struct device *device, const char *code, const char *sentence, void *userdata);
        /* Somebody turned the knob on the device, or moved a pad. */
        void (*touched)(struct device *device, unsigned feature, void *userdata);
        /* Output goes on (before the first frame; a nonzero return refuses it), or is off and settled. */
        int (*output)(struct device *device, bool on, void *userdata);
        /* No output is on, or no stop is under way any more: whoever waits for that may check. */
        void (*rested)(struct device *device, void *userdata);
};

/* What the owner of the machine sets. */
struct device_tuning {
        uint64_t idle_usec;   /* a device without an owner is disconnected after it */
        unsigned battery_min; /* per cent; below it nothing rises from zero */
};

struct device_environment {
        struct clock *clock;
        const struct device_tuning *tuning; /* of whoever makes devices; may change; NULL: the defaults */
        struct radio *radio;
        struct record *record;
        const char *armed_directory; /* NULL: no armed files, in tests */
        struct jobs *armed_jobs;     /* jobs for that directory; never behind a disk */
        const struct device_handler *handler;
        void *userdata;
};

unsigned device_battery_min(const struct device *device);

/* A session's request for one channel. */
struct channel_request {
        struct gate_request gate;
        uint32_t rate_mhz;
        uint32_t pulse_width_usec;
        const struct zone *zone;
        int64_t pad_area_mm2;
        bool near_live_pads;
        struct gate_person person;
};

/* What the session knows and the device does not. */
struct drive_permit {
        bool armed;
        bool lease_alive;
        bool signed_off;
        bool recorded;         /* REQ19: the plan is on the disk; nothing rises from zero before that */
        uint64_t session_usec; /* output of this device's kind in this session so far */
};

/* rule is one of the definition's. The device keeps a reference to the definition. */
int device_new(const struct device_environment *environment, const struct device_definition *definition,
        const struct match_rule *rule, const struct radio_advert *advert, struct device **ret);
struct device *device_ref(struct device *device);
/* Returns NULL. Takes NULL. Dropping the last reference closes the device first. */
struct device *device_unref(struct device *device);
DEFINE_CLEANUP(struct device *, device_unref);
/* Called by the owner to give it up: drops the link without a stop, ends timers and callbacks. Remaining references may
 * still read it, as an absent device. */
void device_close(struct device *device);

const char *device_address(const struct device *device);
const char *device_address_type(const struct device *device);
const char *device_name(const struct device *device);
const char *device_alias(const struct device *device); /* "" when it has none */
/* Alias, else title. */
const char *device_title(const struct device *device);
const char *device_model(const struct device *device);
const struct device_definition *device_definition(const struct device *device);
enum device_state device_state(const struct device *device);
unsigned device_battery(const struct device *device);
int64_t device_firmware(const struct device *device); /* 0: unknown */
const struct channel *device_channel(const struct device *device, unsigned feature);
/* The level of the device as far as it is known: what the link took, but no more than it confirmed where it confirms. */
int64_t device_taken(const struct device *device, unsigned feature);
/* The last allowed level has not reached the link or the device yet. */
bool device_is_pending(const struct device *device, unsigned feature);
/* The certainty of its least certain channel. */
enum certainty_state device_worst_certainty(const struct device *device);
bool device_output_active(const struct device *device);

bool device_is_added(const struct device *device);
int device_set_added(struct device *device, bool added, const char *alias);
/* The definition that its file names, while it is added; its own may be a narrower one. */
void device_set_stored_as(struct device *device, const char *definition);
const char *device_stored_as(const struct device *device);

/* The session that uses it; NULL: free. Opaque to the device. A device without an owner is disconnected, or no longer
 * searched for, after a while. */
/* session: the owner's number, for the record; 0 with no owner. */
void device_set_owner(struct device *device, void *owner, unsigned session);
/* The session that uses it; without one, the last that did, as long as the device may still be on; 0: none. What is recorded of the
 * device is about that session. */
unsigned device_session(const struct device *device);
void *device_owner(const struct device *device);

/* From the radio. */
void device_seen(struct device *device, const struct radio_advert *advert);
/* When it was last seen; a linked device counts as seen now. */
uint64_t device_seen_usec(const struct device *device);
void device_vanished(struct device *device);

/* Asks for a link. connected() follows, also when there already is one. Negative errno when it could not be started. */
int device_connect(struct device *device);
/* Zero first, then drops the link and does not reconnect. disconnected() follows, possibly from within the call. */
void device_disconnect(struct device *device);
bool device_is_wanted(const struct device *device);

/* Zero, in this loop iteration, whatever else is going on. 0: handed over, next behind the one request that waits for its
 * answer, or nothing to stop. Negative errno: the link did not take it and it is being retried, or there is no link. */
int device_stop(struct device *device);
/* Stops several devices at once (NULL entries are skipped): first the frames of those that may be on, then of the others,
 * then the bookkeeping. Returns how many have a link. */
unsigned device_stop_all(struct device *const *devices, size_t n);

/* Output may be on without a link to stop it, or the stop is not out yet. Given up after the device was gone for a while:
 * its battery is empty, or it was switched off by hand. */
bool device_may_run_unseen(const struct device *device);
/* Forgets the device although it was never seen off: stops are no longer tried and its armed file is removed. */
void device_give_up(struct device *device);
/* A stop is under way. */
bool device_is_stopping(const struct device *device);
/* An earlier daemon may have left it on: assumes its worst level and retries until a stop got through. */
void device_recover(struct device *device);

/* One round of requests, one per feature: gate, codec, writer. *ret_verdicts (one per feature) says what was allowed. 1:
 * output cannot begin yet, since the record or the armed file is not written; changed() follows when the file is. Negative
 * errno: nothing was sent and the device is being stopped. */
int device_drive(struct device *device, const struct channel_request *requests,
        const struct drive_permit *permit, struct gate_verdict *ret_verdicts);
/* When the next round is due: with the next frame of a stream, else otherwise_usec from now. */
uint64_t device_due(const struct device *device, uint64_t now, uint64_t otherwise_usec);
/* Restarts one channel at zero with the next request; the others go on. */
void device_zero_channel(struct device *device, unsigned feature);
/* A new step: the knob position no longer limits. */
void device_forget_knob(struct device *device);

const char *device_state_to_string(enum device_state state) _const_;
