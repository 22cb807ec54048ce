/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* THE place that limits output. Whatever a session wishes for a channel passes here, and only what comes out goes to a
 * codec. Down at once, up slowly; zero passes outside every clamp; a refused wish resets the slew, so that the next
 * rise begins at zero. */

#include "daemon/certainty.h"
#include "daemon/limit.h"
#include "protocols/definition.h"

/* REQ5: intensity rises by at most one device step or 2 % of the range, whichever is more, per half second [D]. */
#define GATE_SLEW_PERIOD_USEC UINT64_C(500000)
#define GATE_SLEW_PERMILLE 20
/* A wish older than this is for a world that has moved on [D]. */
#define GATE_AGE_MAX_USEC UINT64_C(500000)
/* REQ7 [D]: peak current that a person may be given without a signed unlock. */
#define GATE_CEILING_UA INT64_C(60000)
/* Domain facts, percussion: the high band (above 40 Hz) needs an opt-in that does not exist yet [D]. */
#define GATE_CEILING_MHZ INT64_C(40000)
/* REQ15, PowerDot PD-01 manual: no start below 20 % battery. */
#define GATE_BATTERY_MIN 20u
#define GATE_BATTERY_UNKNOWN 255u

/* A wish for one channel. */
struct gate_wish {
        int64_t level;              /* thousandths of the feature's unit */
        unsigned envelope_permille; /* 0…1000 */
        int64_t routine_max;        /* the step's own upper end */
        uint64_t made_usec;         /* when it was computed … */
        uint64_t generation;        /* … and from which state of the channel */
};

/* What surrounds the channel. */
struct gate_world {
        const struct feature *feature;
        const char *device_name;
        const char *routine_name;
        bool armed;
        bool lease_alive;
        unsigned battery; /* per cent, or GATE_BATTERY_UNKNOWN */
        bool contact_lost;
        const struct certainty *certainty;
};

/* One per channel. Zero-initialised is a channel at zero. */
struct gate {
        int64_t intensity;       /* what was let through last; the slew rises from here */
        uint64_t last_rise_usec; /* 0: none yet */
        uint64_t generation;     /* counts stops and everything else that voids a wish */
        int64_t knob_max;        /* where the person at the device left it; INT64_MAX: untouched */
        bool knob_touched;
};

struct gate_verdict {
        struct limit limit;         /* intensity: asked, given, why */
        unsigned envelope_permille;
};

/* Decides. Never fails: what it cannot allow becomes zero with a reason. */
struct gate_verdict gate_decide(struct gate *gate, const struct gate_wish *wish, const struct gate_world *world, uint64_t now);

/* Everything wished so far is void and the next rise begins at zero. */
void gate_reset(struct gate *gate);

/* A person turned the knob on the device: follow, and never fight upward. */
void gate_follow_knob(struct gate *gate, int64_t level);
/* A new step or session: the knob's last word no longer holds. */
void gate_forget_knob(struct gate *gate);

/* The most the feature may rise within GATE_SLEW_PERIOD_USEC. */
int64_t gate_slew_step(const struct feature *feature);
