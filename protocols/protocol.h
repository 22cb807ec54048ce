/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Interface of a protocol engine: a pure codec between setpoints in physical units and frames on the wire. An engine does no
 * I/O, reads no clock and allocates nothing; it owns only its private state, whose size it declares. Data about a device
 * model is in its definition (protocols/definition.h). */

#include "lib/macros.h"

#define PROTOCOL_FEATURES_MAX 4u
#define PROTOCOL_ENDPOINTS_MAX 6u
#define PROTOCOL_FRAME_SIZE_MAX 64u
#define PROTOCOL_FRAMES_MAX 8u
#define PROTOCOL_EVENTS_MAX 10u

struct device_definition;

/* Setpoint of one channel. level is in thousandths of the feature's unit: mHz of a gun, µA of a stimulator with a known
 * scale, thousandths of a step otherwise. */
struct setpoint {
        int64_t level;              /* 0: off */
        unsigned envelope_permille; /* current share of level (e-stim contraction shape); 0…1000 */
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
        uint8_t features; /* of a setpoint: a bit for each feature whose level it carries; 0: it belongs to those of all */
};

struct frames {
        struct frame items[PROTOCOL_FRAMES_MAX];
        unsigned n;
};

enum protocol_event_kind {
        PROTOCOL_LEVEL,   /* the device reports a channel's level */
        PROTOCOL_KNOB,    /* the same, set by a person at the device */
        PROTOCOL_BATTERY, /* per cent */
        PROTOCOL_CONTACT, /* 0: pads off, 1: on */
        PROTOCOL_VERSION, /* firmware, in the device's own numbering */
};

struct protocol_event {
        enum protocol_event_kind kind;
        unsigned feature; /* of LEVEL, KNOB and CONTACT */
        int64_t value;    /* LEVEL and KNOB: in thousandths of the feature's unit */
        bool last;        /* LEVEL: it answers the last command */
};

struct protocol_events {
        struct protocol_event items[PROTOCOL_EVENTS_MAX];
        unsigned n;
};

/* An integer of a definition that an engine asks for by name. */
struct protocol_constant {
        const char *name;
        int64_t min, max;
};

struct protocol_engine {
        const char *name;
        size_t private_size;
        bool estim;                                /* it drives stimulators and nothing else */
        const struct protocol_constant *constants; /* ends with one without a name; NULL: it asks for none */
        /* Interval of frames in microseconds while output is on; 0: the device keeps its last setpoint. */
        uint64_t stream_period_usec;

        /* Opens the engine with a definition of its kind (which outlives priv). -EINVAL and a sentence in *ret_error when
         * the engine cannot use it. priv is zeroed before. Called once when a definition is loaded, to check it, and once
         * per connection. */
        int (*open)(void *priv, const struct device_definition *definition, const char **ret_error);
        /* Frames sent after every connect, behind stop and limits: queries. May be NULL. */
        int (*handshake)(void *priv, struct frames *frames);
        /* Frames that set the device's own limits, one entry of maxima per feature, in thousandths of its unit; rounded
         * down. Sent after every connect and on change. NULL: the device has no limits. */
        int (*limits)(void *priv, const int64_t *maxima, struct frames *frames);
        /* Takes the setpoints of all channels of the definition. Adds the frames to send now; none when the device streams.
         * -ERANGE: a level outside the feature (the gate never requests one). */
        int (*encode)(void *priv, const struct setpoint *setpoints, struct frames *frames);
        /* The frames for the period that begins at t_usec. unsent: these replace the previous frames, which were never sent,
         * so their contents must be repeated. NULL unless the device streams. */
        int (*stream)(void *priv, uint64_t t_usec, bool unsent, struct frames *frames);
        /* False from the encoding of a rise until the device has answered it: nothing may be raised further in between.
         * NULL: the device does not confirm its levels. */
        bool (*settled)(const void *priv);
        /* False when the device has left commands or questions without an answer for so long that what it does is unknown;
         * true again after the stop frames. NULL: it is not asked anything while output is on. */
        bool (*answers)(const void *priv);
        /* Everything to zero. Mandatory, idempotent, needs no earlier call but open, and always gives the same frames: they
         * are encoded once, at open. */
        int (*stop)(const void *priv, struct frames *frames);
        /* The stop frames went out: resets state about frames in flight. May be NULL. */
        void (*stopped)(void *priv);
        /* Decodes a notification. -EBADMSG: malformed (events untouched). */
        int (*decode)(void *priv, unsigned endpoint, const uint8_t *bytes, size_t n,
                struct protocol_events *events);
};

/* The engines of this build; made by meson from the list in protocols/meson.build. NULL-terminated. */
extern const struct protocol_engine *const protocol_engines[];
const struct protocol_engine *protocol_engine_by_name(const char *name);

/* For engines: room for one more frame of n bytes, or NULL when it does not fit. */
struct frame *frames_add(
        struct frames *frames, unsigned endpoint, enum frame_write write, const void *bytes, size_t n);
void events_add(
        struct protocol_events *events, enum protocol_event_kind kind, unsigned feature, int64_t value);
/* Adds a level; last: it answers the last command. */
void events_add_level(struct protocol_events *events, unsigned feature, int64_t value, bool last);
