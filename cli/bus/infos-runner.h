/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What limberd knows of a runner, as returned by Runner.Read. */

#include "cli/bus/properties.h"
#include "lib/intake.h"

struct runner_block {
        char *kind, *ruling, *question, *sentence;
};

struct runner_sign_off_info {
        char *question, *by;
        uint64_t at;
};

struct runner_cap_info {
        char *name;
        double value;
};

struct calibration_info {
        char *device, *feature, *unit, *zone, *side;
        uint64_t pad_area, at, until;
        double sensation, comfort, maximum;
};

struct runner_info {
        uint32_t uid;
        uint64_t answered; /* 0: never */
        char *damaged;     /* empty: the file is valid */
        enum intake_answer answers[INTAKE_QUESTIONS];
        struct runner_block *blocks;
        size_t n_blocks;
        struct runner_sign_off_info *sign_offs;
        size_t n_sign_offs;
        struct runner_cap_info *caps;
        size_t n_caps;
        struct calibration_info *calibrations;
        size_t n_calibrations;
};

/* Reads the a{sv} of the reply. Returns negative errno. */
int runner_info_read(sd_bus_message *m, struct runner_info *info);
void runner_info_done(struct runner_info *info);
