/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who it is for, as the gate sees them. What the runner was used to when output began holds until the end: a dose that counts
 * now, a calibration made anew or grown too old must not let a level rise in the middle (REQ1, REQ13). A cap of their own, or a
 * no of the intake, holds from the moment it is said. */

#include "daemon/session/session-private.h"

enum side session_channel_side(
        const struct stage *stage, const struct device_definition *definition, unsigned feature) {
        unsigned before = 0, all = 0;

        for (unsigned i = 0; i < definition->n_features; i++) {
                all += definition->features[i].kind == FEATURE_ESTIM;
                before += i < feature && definition->features[i].kind == FEATURE_ESTIM;
        }
        if (stage->side != SIDE_BOTH || all < 2)
                return stage->side;
        return before == 0 ? SIDE_LEFT : SIDE_RIGHT;
}

static struct gate_person person_now(
        const struct session *session, const struct stage *stage, unsigned feature) {
        const struct session_environment *e = &session->environment;
        const struct device *device = session->devices[stage->step->role];
        const struct device_definition *definition = device_definition(device);

        if (!e->person)
                return (struct gate_person){ .cap = GATE_NO_CAP, .sessions_done = GATE_SESSIONS_UNKNOWN };
        return e->person(session->runner, device, feature, stage,
                session_channel_side(stage, definition, feature), e->userdata);
}

void session_know_stage(struct session *session, const struct stage *stage) {
        const struct device_definition *definition;
        struct gate_person *people = session->people[stage - session->plan.stages];

        if (!stage_has_output(stage) || !session->devices[stage->step->role])
                return;
        definition = device_definition(session->devices[stage->step->role]);
        for (unsigned i = 0; i < definition->n_features; i++) {
                people[i] = person_now(session, stage, i);
                /* What is to be found is not known before; every press is a person's. */
                if (session->calibrates) {
                        people[i].comfort = people[i].bearable = definition->features[i].max;
                        people[i].sessions_done = GATE_SESSIONS_UNKNOWN;
                }
        }
}

void session_know_runner(struct session *session) {
        for (unsigned i = 0; i < session->plan.n_stages; i++)
                session_know_stage(session, &session->plan.stages[i]);
}

struct gate_person session_person(
        const struct session *session, const struct stage *stage, unsigned feature) {
        struct gate_person person = session->people[stage - session->plan.stages][feature];
        struct gate_person now = person_now(session, stage, feature);

        person.cap = now.cap;
        person.blocked = now.blocked;
        return person;
}
