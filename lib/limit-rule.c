/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/limit-rule.h"

static const struct {
        const char *name;
        const char *sentence;
        const char *lift;
} rules[_LIMIT_MAX] = {
        [LIMIT_NONE] = { "none", "", "" },
        [LIMIT_NOT_ARMED] = { "not-armed", "nobody present has armed yet", "press the key that is shown" },
        [LIMIT_LEASE] = { "lease", "nobody is known to be watching", "resume from a terminal" },
        [LIMIT_CERTAINTY] = { "certainty", "what the device does now is not known; it must stop first",
                "wait until it has confirmed the stop" },
        [LIMIT_CONTACT] = { "contact", "a pad is off the skin", "put the pad back and resume" },
        [LIMIT_BATTERY] = { "battery", "the battery is below 20 %", "charge it" },
        [LIMIT_ZONE] = { "zone", "no such output on this part of the body", "" },
        [LIMIT_NEAR] = { "near", "pads are live within 10 cm", "wait until they are off" },
        [LIMIT_SESSION] = { "session", "enough for one session", "start again after the routine's gap" },
        [LIMIT_RECORD] = { "record", "the record cannot be written",
                "see the journal: a full or read-only disk?" },
        [LIMIT_INTAKE] = { "intake", "your answers to the intake do not allow it",
                "'limber runner' says which, and who may lift it" },
        [LIMIT_PULSE] = { "pulse", "no pulses so wide or so fast are ever given", "change the routine" },
        [LIMIT_CEILING] = { "ceiling", "the highest limber ever gives", "" },
        [LIMIT_CURRENT_RMS] = { "current-rms", "50 mA rms is the most for anybody",
                "a shorter pulse or a lower rate" },
        [LIMIT_DENSITY] = { "density", "2 mA rms per square centimetre of pad is the most",
                "larger pads, named in the routine" },
        [LIMIT_ENERGY] = { "energy", "300 mJ a pulse is the most", "a shorter pulse" },
        [LIMIT_DEVICE] = { "device", "the device cannot do more", "" },
        [LIMIT_UNCALIBRATED] = { "uncalibrated", "low until you have calibrated this device",
                "'limber calibrate' finds what is right for you" },
        [LIMIT_CALIBRATED] = { "calibrated", "the most you found bearable there",
                "'limber calibrate' again" },
        [LIMIT_FIRST_SESSIONS] = { "first-sessions", "the first three sessions run at 60 %",
                "comes by itself" },
        [LIMIT_PERSON] = { "person", "a cap you have set", "'limber runner cap' changes it" },
        [LIMIT_ROUTINE] = { "routine", "the routine asks for no more", "" },
        [LIMIT_KNOB] = { "knob", "turned down at the device itself",
                "turn it up there, or go on to the next step" },
        [LIMIT_HELD] = { "held", "the device holds it there",
                "turn the wheel on the device, or connect it anew" },
        [LIMIT_SLEW] = { "slew", "still rising slowly", "comes by itself" },
        [LIMIT_PENDING] = { "pending", "the device has not accepted the last change yet",
                "comes by itself" },
        [LIMIT_STEP] = { "step", "rounded down to a level that the device has", "" },
};

const char *limit_rule_to_string(enum limit_rule rule) {
        return (unsigned) rule < _LIMIT_MAX ? rules[rule].name : "";
}

const char *limit_rule_explain(enum limit_rule rule) {
        return (unsigned) rule < _LIMIT_MAX ? rules[rule].sentence : "";
}

const char *limit_rule_lift(enum limit_rule rule) {
        return (unsigned) rule < _LIMIT_MAX ? rules[rule].lift : "";
}

enum limit_rule limit_rule_from_string(const char *name) {
        for (unsigned i = 0; i < _LIMIT_MAX; i++)
                if (streq(rules[i].name, name))
                        return (enum limit_rule) i;
        return LIMIT_NONE;
}

bool limit_rule_passes(enum limit_rule rule) {
        return rule == LIMIT_SLEW || rule == LIMIT_PENDING || rule == LIMIT_STEP;
}
