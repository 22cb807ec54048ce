/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The gate alone, in worlds that no session would make. */

#include "tests/property/gate-oracle.h"
#include "tests/property/property.h"

/* Features of every sort: fine and coarse, linear and in a table, with and without a unit. */
static const struct feature features[] = {
        { "a", FEATURE_ESTIM, SCALE_UNKNOWN, "step", 1000, 200000, 1000, 50000, 1, 200, {}, 0 },
        { "a", FEATURE_ESTIM, SCALE_MEASURED, "mA", 1000, 100000, 500, 80000, 2, 200, {}, 0 },
        { "b", FEATURE_ESTIM, SCALE_MEASURED, "mA", 7, 130001, 901, 130001, 3, 147, {}, 0 },
        { "motor", FEATURE_PERCUSSION, SCALE_NOMINAL, "Hz", 20000, 50000, 100, 50000, 200, 500, {}, 0 },
        { "motor", FEATURE_PERCUSSION, SCALE_NOMINAL, "Hz", 29166, 40000, 17, 40000, 1750, 2400, {}, 0 },
        { "head", FEATURE_VIBRATION, SCALE_UNKNOWN, "step", 1000, 5000, 1000, 5000, 150, 470,
                { 150, 275, 350, 415, 470 }, 5 },
};

enum {
        FEATURE,
        REQUEST,
        AGAIN,
        WAIT,
        WAIT_SHORT,
        ARMED,
        LEASE,
        RECORD,
        BATTERY,
        CONTACT,
        CERTAINTY,
        ZONE,
        NEAR,
        SESSION,
        SIGNED,
        PULSE,
        RATE,
        PADS,
        CAP,
        SESSIONS_DONE,
        ROUTINE,
        ENVELOPE,
        TAKEN,
        HELD,
        PENDING,
        KNOB,
        FORGET_KNOB,
        RESET,
        _VERB_MAX,
};

static const struct verb verbs[_VERB_MAX] = {
        [FEATURE] = { "feature", 1, ARRAY_SIZE(features) - 1, 0 },
        [REQUEST] = { "request", 40, 9, 1000 },
        [AGAIN] = { "again", 30, 0, 0 },
        [WAIT] = { "wait", 25, 1000, 999 },
        [WAIT_SHORT] = { "wait-half-second", 20, 2, 0 },
        [ARMED] = { "armed", 2, 15, 0 },
        [LEASE] = { "lease", 2, 15, 0 },
        [RECORD] = { "record", 2, 15, 0 },
        [BATTERY] = { "battery", 3, 3, 100 },
        [CONTACT] = { "contact", 2, 15, 0 },
        [CERTAINTY] = { "certainty", 3, 9, 0 },
        [ZONE] = { "zone", 2, 40, 3 },
        [NEAR] = { "near", 2, 15, 0 },
        [SESSION] = { "session", 3, 4, 15 },
        [SIGNED] = { "signed", 1, 1, 0 },
        [PULSE] = { "pulse", 3, 420, 0 },
        [RATE] = { "rate", 3, 125, 1 },
        [PADS] = { "pads", 3, 60, 0 },
        [CAP] = { "cap", 4, 9, 1000 },
        [SESSIONS_DONE] = { "sessions-done", 3, 5, 0 },
        [ROUTINE] = { "routine", 4, 9, 1000 },
        [ENVELOPE] = { "envelope", 4, 1200, 0 },
        [TAKEN] = { "taken", 3, 9, 1000 },
        [HELD] = { "held", 3, 9, 1000 },
        [PENDING] = { "pending", 4, 3, 0 },
        [KNOB] = { "knob", 4, 9, 1000 },
        [FORGET_KNOB] = { "forget-knob", 3, 0, 0 },
        [RESET] = { "reset", 3, 0, 0 },
};

struct trial {
        struct gate gate;
        struct gate_request request;
        struct gate_world world;
        struct certainty certainty;
        struct gate_oracle oracle;
        uint64_t now;
};

/* Levels where something happens, and some between. */
static int64_t pick_level(const struct trial *t, int a, int b) {
        const struct feature *f = t->world.feature;

        switch (a) {
        case 0:
                return 0;
        case 1:
                return b * f->step;
        case 2:
                return t->oracle.reached + b - 500;
        case 3:
                return f->max + b - 500;
        case 4:
                return f->uncalibrated_max - b;
        case 5:
                return f->min + b - 500;
        case 6:
                return b == 0 ? INT64_MIN : -(int64_t) b;
        case 7:
                return INT64_MAX - b;
        default:
                return f->max * b / 800;
        }
}

static void use_feature(struct trial *t, const struct feature *feature) {
        *t = (struct trial){
                .request = { .level = feature->max, .envelope_permille = 1000, .routine_max = INT64_MAX },
                .world = { .feature = feature,
                        .zone = zone_by_id("calf"),
                        .pulse_width_usec = 250,
                        .rate_mhz = 8000,
                        .armed = true,
                        .lease_alive = true,
                        .battery = GATE_BATTERY_UNKNOWN,
                        .taken = INT64_MAX,
                        .person = { GATE_NO_CAP, GATE_SESSIONS_UNKNOWN, false } },
                .now = 1000000000,
        };
        oracle_begin(&t->oracle, feature);
}

static void decide(struct trial *t) {
        struct gate_verdict verdict;

        t->world.certainty = &t->certainty;
        verdict = gate_decide(&t->gate, &t->request, &t->world, t->now);
        oracle_judge(&t->oracle, &t->request, &t->world, t->now, &verdict);
        if (t->gate.intensity != verdict.limit.given)
                property_broken("the next rise begins at %lld, and %lld was given",
                        (long long) t->gate.intensity, (long long) verdict.limit.given);
}

/* What is around the channel. */
static void change_world(struct trial *t, unsigned verb, int a, int b) {
        static const enum certainty_state states[] = { CERTAINTY_OFF, CERTAINTY_COMMANDED,
                CERTAINTY_CONFIRMED, CERTAINTY_UNCERTAIN, CERTAINTY_UNREACHABLE };
        struct gate_world *w = &t->world;

        switch (verb) {
        case ARMED:
                w->armed = a > 0;
                break;
        case LEASE:
                w->lease_alive = a > 0;
                break;
        case RECORD:
                w->record_failed = a == 1;
                break;
        case BATTERY:
                w->battery = a == 0 ? GATE_BATTERY_UNKNOWN : a == 1 ? 18 + (unsigned) b % 4 : (unsigned) b;
                break;
        case CONTACT:
                w->contact_lost = a == 1;
                break;
        case CERTAINTY:
                t->certainty.state = states[a < 5 ? a : a % 3];
                break;
        case ZONE:
                w->zone = b > 0 ? zone_by_id("calf") : zone_at((unsigned) a);
                break;
        case NEAR:
                w->near_live_pads = a == 1;
                break;
        case SESSION:
                w->session_usec = a == 0   ? 0
                                  : a == 1 ? 900000000u + (unsigned) b - 7
                                  : a == 2 ? 1800000000u + (unsigned) b - 7
                                           : (unsigned) (a * b) * 1000000u;
                break;
        case SIGNED:
                w->signed_off = a == 1;
                break;
        case PULSE:
                w->pulse_width_usec = (uint32_t) a;
                break;
        case RATE:
                w->rate_mhz = (uint32_t) (a * 1000 + b);
                break;
        case PADS:
                w->pad_area_mm2 = (a - 5) * 100;
                break;
        case CAP:
                w->person.cap = b < 200 ? GATE_NO_CAP : pick_level(t, a, b);
                w->person.blocked = b % 50 == 7;
                w->person.bearable = b % 3 == 1 ? MIN(pick_level(t, a, b), t->world.feature->max) : 0;
                break;
        default:
                w->person.sessions_done = a == 5 ? GATE_SESSIONS_UNKNOWN : (unsigned) a;
                break;
        }
}

static void apply(struct trial *t, unsigned verb, int a, int b) {
        switch (verb) {
        case FEATURE:
                use_feature(t, &features[a]);
                break;
        case REQUEST:
                t->request.level = pick_level(t, a, b);
                break;
        case AGAIN:
        case RESET:
        case FORGET_KNOB:
                break;
        case WAIT:
                t->now += (uint64_t) (a * 1000 + b);
                return;
        case WAIT_SHORT: /* about as long as what has a length here */
                t->now += 499999 + (unsigned) a;
                return;
        case ROUTINE:
                t->request.routine_max = b < 200 ? INT64_MAX : pick_level(t, a, b);
                return;
        case ENVELOPE:
                t->request.envelope_permille = (unsigned) a;
                return;
        case TAKEN: /* mostly all of it */
                t->world.taken = a < 7 ? INT64_MAX : pick_level(t, a, b);
                return;
        case HELD:
                t->world.held_max = a < 6 ? 0 : MAX(pick_level(t, a - 4, b), INT64_C(0));
                return;
        case PENDING:
                t->world.pending = a == 1;
                return;
        case KNOB: {
                const struct feature *f = t->world.feature;
                int64_t level = MAX(pick_level(t, a, b), INT64_C(0));

                level = feature_from_native(f, feature_to_native(f, level)); /* what a device can say */

                gate_follow_knob(&t->gate, level);
                oracle_knob(&t->oracle, level, t->now);
                return;
        }
        default:
                change_world(t, verb, a, b);
                return;
        }
        if (verb == RESET) {
                gate_reset(&t->gate);
                oracle_reset(&t->oracle, t->now);
        } else if (verb == FORGET_KNOB) {
                gate_forget_knob(&t->gate);
                oracle_forget_knob(&t->oracle);
        }
        decide(t);
}

static void run(const struct action *actions, unsigned n) {
        struct trial t;

        use_feature(&t, &features[0]);
        for (unsigned i = 0; i < n; i++) {
                property_at(i);
                apply(&t, actions[i].verb, actions[i].a, actions[i].b);
        }
}

const struct subject gate_subject = {
        .name = "gate",
        .verbs = verbs,
        .n_verbs = _VERB_MAX,
        .length = 200,
        .run = run,
};
