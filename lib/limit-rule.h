/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules that may limit an output, with the names and sentences shared by daemon and command line. */

#include "lib/macros.h"

enum limit_rule {
        LIMIT_NONE,
        /* No output at all … */
        LIMIT_NOT_ARMED, /* REQ1, REQ2, REQ9: until a person at the terminal armed */
        LIMIT_LEASE,     /* REQ4: no holder is known to watch */
        LIMIT_CERTAINTY, /* REQ8, REQ21: the state of the device is uncertain: stop first */
        LIMIT_CONTACT,   /* REQ11: a pad is off the skin */
        LIMIT_BATTERY,   /* REQ15: too low to start */
        LIMIT_ZONE,      /* this kind of output is not allowed on that part of the body */
        LIMIT_NEAR,      /* REQ20: a gun too near live pads */
        LIMIT_SESSION,   /* REQ12: the maximum for one session is reached */
        LIMIT_RECORD,    /* the record cannot be written */
        LIMIT_INTAKE,    /* REQ22: the runner's answers, or missing answers */
        /* … or a maximum … */
        LIMIT_PULSE,          /* REQ7: pulse width or rate out of range: no output */
        LIMIT_CEILING,        /* REQ7: compiled in */
        LIMIT_CURRENT_RMS,    /* REQ7: 50 mA rms */
        LIMIT_DENSITY,        /* REQ7: 2 mA rms per cm2 of pad */
        LIMIT_ENERGY,         /* REQ7: 300 mJ a pulse */
        LIMIT_DEVICE,         /* the product's maximum */
        LIMIT_UNCALIBRATED,   /* this runner has not calibrated yet */
        LIMIT_CALIBRATED,     /* the highest that this runner found bearable */
        LIMIT_FIRST_SESSIONS, /* REQ13: 60 % in the first three */
        LIMIT_PERSON,         /* a cap the runner set */
        LIMIT_ROUTINE,        /* the step's own range */
        LIMIT_KNOB,           /* turned down at the device */
        LIMIT_HELD,           /* the device stays below its command */
        LIMIT_SLEW,           /* REQ5: still rising */
        LIMIT_PENDING,        /* REQ5: the device has not taken the last rise yet, or is not ready for one */
        LIMIT_STEP,           /* rounded down to a level that the device has */
        _LIMIT_MAX,
};

const char *limit_rule_to_string(enum limit_rule rule) _const_;
/* LIMIT_NONE for an unknown name. */
enum limit_rule limit_rule_from_string(const char *name);
/* The limit passes by itself: the level is still rising, or was only rounded. */
bool limit_rule_passes(enum limit_rule rule) _const_;
/* A sentence for a person, and what would lift the limit ("" when a person can do nothing). */
const char *limit_rule_explain(enum limit_rule rule) _const_;
const char *limit_rule_lift(enum limit_rule rule) _const_;
