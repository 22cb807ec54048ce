/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules that may limit an output, by the names and sentences that daemon and command line share. */

#include "lib/macros.h"

enum limit_rule {
        LIMIT_NONE,
        /* Nothing may flow … */
        LIMIT_NOT_ARMED, /* REQ1, REQ2, REQ9: until somebody present armed */
        LIMIT_LEASE,     /* REQ4: nobody is known to watch */
        LIMIT_CERTAINTY, /* REQ8, REQ21: what the device does is not known: stop first */
        LIMIT_CONTACT,   /* REQ11: a pad is off */
        LIMIT_BATTERY,   /* REQ15: too low to begin */
        LIMIT_ZONE,      /* that part of the body is not for this kind of output */
        LIMIT_NEAR,      /* REQ20: a gun too near live pads */
        LIMIT_SESSION,   /* REQ12: enough for one session */
        LIMIT_RECORD,    /* what is done could not be kept */
        LIMIT_INTAKE,    /* REQ22: the runner's answers, or that there are none */
        /* … or not more than … */
        LIMIT_PULSE,          /* REQ7: pulse width or rate beyond what is ever given: nothing */
        LIMIT_CEILING,        /* REQ7: compiled in */
        LIMIT_CURRENT_RMS,    /* REQ7: 50 mA rms */
        LIMIT_DENSITY,        /* REQ7: 2 mA rms per cm2 of pad */
        LIMIT_ENERGY,         /* REQ7: 300 mJ a pulse */
        LIMIT_DEVICE,         /* what the product can do */
        LIMIT_UNCALIBRATED,   /* this runner did not calibrate yet */
        LIMIT_CALIBRATED,     /* the most that this runner found bearable */
        LIMIT_FIRST_SESSIONS, /* REQ13: 60 % in the first three */
        LIMIT_PERSON,         /* a cap the runner set */
        LIMIT_ROUTINE,        /* the step's own range */
        LIMIT_KNOB,           /* the person at the device turned it lower */
        LIMIT_HELD,           /* the device stays lower than it was told to be */
        LIMIT_SLEW,           /* REQ5: still rising */
        LIMIT_PENDING,        /* REQ5: the device has not taken the last rise yet */
        LIMIT_STEP,           /* rounded down to a level that the device has */
        _LIMIT_MAX,
};

const char *limit_rule_to_string(enum limit_rule rule) _const_;
/* LIMIT_NONE when there is no such rule. */
enum limit_rule limit_rule_from_string(const char *name);
/* It lets go by itself, without anybody doing anything: the level is still rising, or was only rounded. */
bool limit_rule_passes(enum limit_rule rule) _const_;
/* A sentence for a person, and what would lift it ("" when nothing a person can do would). */
const char *limit_rule_explain(enum limit_rule rule) _const_;
const char *limit_rule_lift(enum limit_rule rule) _const_;
