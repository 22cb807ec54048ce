/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The contract of a protocol engine: a pure codec between setpoints in physical units and frames on the wire. An
 * engine does no I/O, asks no clock and allocates nothing; it owns only its private state, whose size it declares.
 * Everything about one model of device that is not logic stands in a device definition (protocols/definition.h). */

#include "lib/macros.h"

#define PROTOCOL_FEATURES_MAX 4u
#define PROTOCOL_ENDPOINTS_MAX 6u
#define PROTOCOL_FRAME_SIZE_MAX 64u
#define PROTOCOL_FRAMES_MAX 8u
#define PROTOCOL_EVENTS_MAX 8u

struct device_definition;

/* What one channel is to do. level is in thousandths of the feature's unit: mHz of a gun, µA of a stimulator with a
 * known scale, thousandths of a step otherwise. */
struct setpoint {
        int64_t level;              /* 0: off */
        unsigned envelope_permille; /* momentary share of level (e-stim contraction shape); 0…1000 */
        uint32_t rate_mhz;          /* e-stim pulse rate */
        uint32_t pulse_width_usec;  /* e-stim, where the device can set it */
};

enum frame_write {
        FRAME_COMMAND, /* write without response */
        FRAME_REQUEST, /* write with response */
};

struct frame {
        uint8_t endpoint; /* index into the definition's endpoints */
        enum frame_write write;
        uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX];
        size_t n;
};

struct frames {
        struct frame items[PROTOCOL_FRAMES_MAX];
        unsigned n;
};

enum protocol_event_kind {
        PROTOCOL_LEVEL,   /* the device says a channel's level is now `value` */
        PROTOCOL_KNOB,    /* the same, and a person at the device did it */
        PROTOCOL_BATTERY, /* per cent */
        PROTOCOL_CONTACT, /* 0: pads off, 1: on */
        PROTOCOL_VERSION, /* firmware, as the device counts it */
};

struct protocol_event {
        enum protocol_event_kind kind;
        unsigned feature; /* of LEVEL, KNOB and CONTACT */
        int64_t value;    /* LEVEL and KNOB: in thousandths of the feature's unit */
        bool last;        /* LEVEL: it answers what the device was told last */
};

struct protocol_events {
        struct protocol_event items[PROTOCOL_EVENTS_MAX];
        unsigned n;
};

struct protocol_engine {
        const char *name;
        size_t private_size;
        /* Frames every this many microseconds while output is on; 0: the device keeps what it was told. */
        uint64_t stream_period_usec;

        /* Takes a definition of this engine (which outlives priv). -EINVAL and a sentence in *ret_error when the
         * engine cannot work with it. priv is zeroed before. Called once when a definition is loaded, to check it, and
         * once per connection. */
        int (*open)(void *priv, const struct device_definition *definition, const char **ret_error);
        /* Frames after every connect, behind stop and limits: queries. May be NULL. */
        int (*handshake)(void *priv, struct frames *frames);
        /* Frames that set the device's own limits, one of maxima a feature, in thousandths of its unit; rounded down. Sent after
         * every connect and whenever they change. NULL: it has none. */
        int (*limits)(void *priv, const int64_t *maxima, struct frames *frames);
        /* Takes the setpoints of all channels of the definition. Adds the frames that must go out now; none when the
         * device streams. -ERANGE: a level outside the feature (the gate never asks for one). */
        int (*encode)(void *priv, const struct setpoint *setpoints, struct frames *frames);
        /* The frames for the period that begins at t_usec. unsent: these replace the last ones, which never went out, so
         * what only those said must be said again. NULL unless the device streams. */
        int (*stream)(void *priv, uint64_t t_usec, bool unsent, struct frames *frames);
        /* False from a rise that was encoded until the device has answered it: before that nothing may be raised further. NULL: the
         * device does not confirm its levels. */
        bool (*settled)(const void *priv);
        /* Everything to zero. Mandatory, idempotent, needs no earlier call but open, and always gives the same frames:
         * they are encoded once, at open. */
        int (*stop)(const void *priv, struct frames *frames);
        /* Tells the codec that the stop frames went out: what it had in flight or remembered is void. May be NULL. */
        void (*stopped)(void *priv);
        /* Reads a notification. -EBADMSG: not a message of this device (events untouched). */
        int (*decode)(void *priv, unsigned endpoint, const uint8_t *bytes, size_t n,
                struct protocol_events *events);
};

/* The engines of this build; made by meson from the list in protocols/meson.build. NULL ends it. */
extern const struct protocol_engine *const protocol_engines[];
const struct protocol_engine *protocol_engine_by_name(const char *name);

/* For engines: room for one more frame with n bytes, or NULL when it does not fit. */
struct frame *frames_add(
        struct frames *frames, unsigned endpoint, enum frame_write write, const void *bytes, size_t n);
void events_add(
        struct protocol_events *events, enum protocol_event_kind kind, unsigned feature, int64_t value);
/* A level that answers what the device was told last (last), or another one. */
void events_add_level(struct protocol_events *events, unsigned feature, int64_t value, bool last);
