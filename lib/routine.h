/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A routine: a timed list of steps for zones of the body, in physical units, independent of any device model. Immutable once
 * parsed and shared by reference; a changed file is another routine. */

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/discomfort.h"
#include "lib/findings.h"
#include "lib/quantity.h"
#include "lib/role.h"
#include "lib/zones.h"

enum step_kind {
        STEP_PERCUSSION,
        STEP_ESTIM,
        STEP_STRETCH,
        STEP_BREATHE,
        STEP_REST,
        STEP_PROMPT,
        _STEP_KIND_MAX,
};

enum side {
        SIDE_NONE,
        SIDE_LEFT,
        SIDE_RIGHT,
        SIDE_BOTH, /* both at the same time */
        SIDE_EACH, /* first left, then right; only in a routine, never in a running step */
        _SIDE_MAX,
};

/* A device that the routine needs, by its purpose. */
struct routine_role {
        char *name;
        enum role_kind kind;
};

struct routine_step {
        enum step_kind kind;
        unsigned line;           /* in its file */
        char *title;             /* what to do, in a few words; never NULL */
        char *text;              /* details, may be NULL */
        char *path, *avoid;      /* percussion: how to move, what not to touch; may be NULL */
        const struct zone *zone; /* may be NULL for rest, breathe, prompt */
        enum side sides;
        unsigned role;                       /* index into roles, for percussion and e-stim */
        uint64_t lead_in_usec;               /* per side: output idle, get in place */
        uint64_t duration_usec;              /* per side, ramp included; 0 for a prompt, which waits */
        uint64_t ramp_usec;                  /* from zero to the full intensity */
        uint64_t ramp_down_usec;             /* at the step's end */
        struct quantity_range frequency_mhz; /* percussion: range to stay in; e-stim: min == max */
        uint32_t pulse_width_usec;
        struct quantity_range intensity_permille; /* e-stim: of the runner's comfortable maximum */
        uint64_t on_usec, off_usec;               /* e-stim contraction and pause; both 0: continuous */
        int64_t pad_area_mm2;                     /* smallest pad; 0: unknown */
        bool background;                          /* e-stim: the next steps go on while this one runs */
        const char *head;                         /* percussion, static text or NULL */
        const char *pressure;
        unsigned repeats; /* stretch: number of holds in duration */
        uint64_t inhale_usec, exhale_usec;
        char **answers; /* prompt; NULL-terminated, at least one */
};

struct routine {
        unsigned n_ref;
        char *id;
        char *title;
        char *when;
        char *confidence;
        char *claims;
        char **evidence;
        char **contraindications;
        const struct discomfort_profile *profile;
        bool sign_off_required;
        uint64_t min_gap_usec;
        uint64_t max_motor_usec;
        char *path;   /* file it came from, may be NULL */
        char *source; /* "shipped", "local", "imported"; set by the loader, may be NULL */
        struct routine_role *roles;
        unsigned n_roles;
        struct routine_step *steps;
        unsigned n_steps;
};

#define ROUTINE_STEPS_MAX 64u
#define ROUTINE_ROLES_MAX 4u

struct routine *routine_ref(struct routine *routine);
struct routine *routine_unref(struct routine *routine);
DEFINE_CLEANUP(struct routine *, routine_unref);

/* Parses the text of one routine file; blocks. Every error and warning goes to findings (sorted by line on return).
 * -EBADMSG: not valid, *ret untouched; other errors as of conf_read(). */
int routine_parse(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct routine **ret);

/* How many times a step runs in a row (2 for each side), and the side of pass i. */
unsigned routine_step_passes(const struct routine_step *step);
enum side routine_step_side(const struct routine_step *step, unsigned pass);

/* Total wall time, all sides and lead-ins; prompts count 0, background steps only as far as they outlast the others. */
uint64_t routine_duration(const struct routine *routine);

/* The step's dose in words, such as "28-33Hz, ball head, light pressure". buffer is returned. */
const char *routine_step_dose(const struct routine_step *step, char *buffer, size_t size);

const char *step_kind_to_string(enum step_kind kind) _const_;
const char *side_to_string(enum side side) _const_;
/* _SIDE_MAX for an unknown word. */
enum side side_from_string(const char *s);
/* A dose on one side counts for the other: only left and right are separate, all others may be either. */
bool sides_meet(enum side a, enum side b) _const_;
