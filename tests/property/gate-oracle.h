/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the gate must say, worked out a second time from the requirements' own figures and from what was seen to come out
 * before: it reads nothing that the gate keeps. */

#include "daemon/safety/gate.h"

#define ORACLE_PAST_MAX 128u

struct gate_oracle {
        const struct feature *feature;
        int64_t reached; /* what came out last */
        bool rose;
        uint64_t rose_usec;
        bool touched; /* the knob */
        int64_t knob;
        /* What the body had, newest last. */
        struct {
                uint64_t t_usec;
                int64_t level;
        } past[ORACLE_PAST_MAX];
        unsigned n_past;
};

void oracle_begin(struct gate_oracle *oracle, const struct feature *feature);
void oracle_reset(struct gate_oracle *oracle, uint64_t now);
void oracle_knob(struct gate_oracle *oracle, int64_t level, uint64_t now);
void oracle_forget_knob(struct gate_oracle *oracle);

/* Leaves by property_broken() when the verdict is not what it must be. */
void oracle_judge(struct gate_oracle *oracle, const struct gate_request *request,
        const struct gate_world *world, uint64_t now, const struct gate_verdict *verdict);
