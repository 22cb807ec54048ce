/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where output is limited. Every request of a session for a channel, which is within its step already, passes here, and only
 * the result goes to a codec. Levels fall at once and rise slowly; zero bypasses every clamp; a refused request resets the slew, so that the next
 * rise begins at zero. */

#include "daemon/safety/certainty.h"
#include "daemon/safety/current.h"
#include "daemon/safety/limit.h"
#include "lib/zones.h"
#include "protocols/definition.h"

#include <limits.h>

/* REQ5: intensity rises by at most one device step or 2 % of the range, whichever is more, per half second [D]. */
#define GATE_SLEW_PERIOD_USEC UINT64_C(500000)
#define GATE_SLEW_PERMILLE 20
#define GATE_SLEW_MAX_UA INT64_C(2000)
/* REQ7 [D]: peak current without a signed unlock, longest pulse, fastest rate. */
#define GATE_CEILING_UA INT64_C(60000)
#define GATE_PULSE_MAX_USEC 400u
#define GATE_RATE_MAX_MHZ 120000u
/* Percussion: the high band (above 40 Hz) needs an opt-in that does not exist yet [D]. */
#define GATE_CEILING_MHZ INT64_C(40000)
/* REQ15, PowerDot PD-01 manual: no start below 20 % battery. */
#define GATE_BATTERY_MIN 20u
/* REQ12 [D]: e-stim in one session. Motor on in one session: the 10 to 15 min that makers and clinics name. */
#define GATE_ESTIM_SESSION_USEC UINT64_C(1800000000)
#define GATE_MOTOR_SESSION_USEC UINT64_C(900000000)
/* REQ13: Compex manuals run the first three sessions at a reduced programme; 60 % is ours [D]. */
#define GATE_FIRST_SESSIONS 3u
#define GATE_FIRST_SESSIONS_PERMILLE 600
#define GATE_BATTERY_UNKNOWN 255u /* not low */

/* A request for one channel. */
struct gate_request {
        int64_t level;              /* thousandths of the feature's unit */
        unsigned envelope_permille; /* 0…1000 */
        int64_t routine_max;        /* the step's own upper end */
};

/* What is known of the runner. */
struct gate_person {
        int64_t cap; /* own cap on this feature, in thousandths of its unit; GATE_NO_CAP: none set */
        unsigned sessions_done; /* GATE_SESSIONS_UNKNOWN: not counted */
        bool blocked;           /* the intake forbids this kind of output */
        /* Calibrated levels of this channel of pads at this place, capped at the feature's maximum; 0: not calibrated. */
        int64_t comfort;  /* strong and comfortable */
        int64_t bearable; /* highest bearable */
};
#define GATE_NO_CAP INT64_MAX
#define GATE_SESSIONS_UNKNOWN UINT_MAX

/* The state around the channel. */
struct gate_world {
        const struct feature *feature;
        const struct zone *zone;             /* NULL: the step names none */
        uint32_t pulse_width_usec, rate_mhz; /* of e-stim */
        int64_t pad_area_mm2;                /* 0: unknown */
        uint64_t session_usec;               /* output of this kind in this session so far */
        bool near_live_pads;                 /* pads of another device are live within 10 cm */
        bool signed_off;                     /* a therapist signed the routine */
        bool armed;
        bool lease_alive;
        bool record_failed;   /* the record cannot be written */
        unsigned battery;     /* per cent, or GATE_BATTERY_UNKNOWN */
        unsigned battery_min; /* less is too little to begin with; never less than GATE_BATTERY_MIN */
        bool contact_lost;
        bool pending;     /* the device has not taken the last command yet */
        int64_t taken;    /* level the device has: a rise starts from there */
        int64_t held_max; /* the device stays at this level although it was sent a higher one; 0: it does not */
        const struct certainty *certainty;
        struct gate_person person;
};

/* One per channel. Zero-initialised: a channel at zero. */
struct gate {
        int64_t intensity;       /* last level let through; the slew rises from here */
        uint64_t last_rise_usec; /* when the device was last seen to take a rise; 0: never */
        int64_t knob_max;        /* where a person left the knob on the device; INT64_MAX: untouched */
        bool knob_touched;
};

struct gate_verdict {
        struct limit limit; /* intensity: asked, given, why */
        unsigned envelope_permille;
};

/* Decides on a request. Never fails: what is not allowed becomes zero with a reason. */
struct gate_verdict gate_decide(
        struct gate *gate, const struct gate_request *request, const struct gate_world *world, uint64_t now);

/* The most that could be allowed on this channel, regardless of slew: the limit to set on the device itself. */
int64_t gate_ceiling(const struct gate_request *request, const struct gate_world *world);

/* The next rise begins at zero. */
void gate_reset(struct gate *gate);

/* A person turned the knob on the device: follow it, and never raise above it. */
void gate_follow_knob(struct gate *gate, int64_t level);
/* A new step or session: the knob position no longer limits. */
void gate_forget_knob(struct gate *gate);

/* The most the feature may rise within GATE_SLEW_PERIOD_USEC. */
int64_t gate_slew_step(const struct feature *feature);
