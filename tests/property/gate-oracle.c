/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/property/gate-oracle.h"

#include <math.h>

#include "tests/property/property.h"

#define HALF_A_SECOND 500000u

/* A rule that holds. */
struct expected {
        enum limit_rule rule;
        int64_t max;
};

struct expectation {
        const struct limit *said;
        struct expected rules[LIMIT_REASONS_MAX];
        unsigned n;
        int64_t asked, given;
};

static void hold(struct expectation *e, bool holds, enum limit_rule rule, int64_t max) {
        max = MAX(max, INT64_C(0));
        if (!holds || max >= e->asked)
                return;
        e->rules[e->n++] = (struct expected){ rule, max };
        e->given = MIN(e->given, max);
}

/* A root may be rounded either way at a whole number: what the gate says is taken when it is that near. */
static void hold_root(struct expectation *e, enum limit_rule rule, double max) {
        int64_t whole = (int64_t) max;

        for (unsigned i = 0; i < e->said->n_reasons; i++)
                if (e->said->reasons[i].rule == rule && llabs(e->said->reasons[i].max - whole) <= 1)
                        whole = e->said->reasons[i].max;
        hold(e, true, rule, whole);
}

static bool is_estim(const struct feature *f) {
        return f->kind == FEATURE_ESTIM;
}

static void expect_nothing_at_all(struct expectation *e, const struct gate_oracle *o,
        const struct gate_request *request, const struct gate_world *w, uint64_t now) {
        const struct feature *f = o->feature;
        enum zone_rule zone = !w->zone ? ZONE_ALLOW : is_estim(f) ? w->zone->estim : w->zone->percussion;
        bool too_wide = w->pulse_width_usec > 400 || w->rate_mhz > 120000;
        bool unsaid = streq(f->unit, "mA") && (w->pulse_width_usec == 0 || w->rate_mhz == 0);

        hold(e, !w->armed, LIMIT_NOT_ARMED, 0);
        hold(e, !w->lease_alive, LIMIT_LEASE, 0);
        hold(e, w->record_failed, LIMIT_RECORD, 0);
        hold(e, w->certainty->state == CERTAINTY_UNCERTAIN || w->certainty->state == CERTAINTY_UNREACHABLE,
                LIMIT_CERTAINTY, 0);
        hold(e, w->contact_lost, LIMIT_CONTACT, 0);
        hold(e, w->battery < 20 && o->reached == 0, LIMIT_BATTERY, 0);
        hold(e, zone == ZONE_DENY || (zone == ZONE_SIGN_OFF && !w->signed_off), LIMIT_ZONE, 0);
        hold(e, w->person.blocked, LIMIT_INTAKE, 0);
        hold(e, w->near_live_pads, LIMIT_NEAR, 0);
        hold(e, w->session_usec >= (is_estim(f) ? 1800000000u : 900000000u), LIMIT_SESSION, 0);
        hold(e, is_estim(f) && (too_wide || unsaid), LIMIT_PULSE, 0);
}

/* Peak = rms / sqrt(2 * width * rate); joule = peak^2 * 500 ohm * 2 * width. */
static void expect_current(struct expectation *e, const struct gate_world *w) {
        double width = w->pulse_width_usec * 1e-6, duty = 2 * width * (w->rate_mhz * 1e-3);
        double cm2 = w->pad_area_mm2 > 0 ? (double) w->pad_area_mm2 / 100 : 4;

        hold(e, true, LIMIT_CEILING, 60000);
        if (duty > 0) {
                hold_root(e, LIMIT_CURRENT_RMS, 50000 / sqrt(duty));
                hold_root(e, LIMIT_DENSITY, 2000 * cm2 / sqrt(duty));
        }
        if (width > 0)
                hold_root(e, LIMIT_ENERGY, 1e6 * sqrt(0.3 / (1000 * width)));
}

static void expect_ceilings(struct expectation *e, const struct gate_oracle *o,
        const struct gate_request *request, const struct gate_world *w) {
        const struct feature *f = o->feature;

        if (streq(f->unit, "mA"))
                expect_current(e, w);
        if (streq(f->unit, "Hz"))
                hold(e, true, LIMIT_CEILING, 40000);
        hold(e, true, LIMIT_DEVICE, f->max);
        hold(e, w->person.bearable <= 0, LIMIT_UNCALIBRATED, f->uncalibrated_max);
        hold(e, w->person.bearable > 0, LIMIT_CALIBRATED, w->person.bearable);
        hold(e, is_estim(f) && w->person.sessions_done < 3, LIMIT_FIRST_SESSIONS,
                (w->person.bearable > 0 ? w->person.bearable : f->uncalibrated_max) * 6 / 10);
        hold(e, true, LIMIT_PERSON, w->person.cap);
        hold(e, true, LIMIT_ROUTINE, request->routine_max);
        hold(e, o->touched, LIMIT_KNOB, o->knob);
        hold(e, w->held_max > 0, LIMIT_HELD, w->held_max);
}

static int64_t rise_of(const struct feature *f, int64_t from) {
        int64_t share = f->max / 50, rise;

        if (streq(f->unit, "mA") && share > 2000)
                share = 2000;
        rise = share > f->step ? share : f->step;
        return from == 0 && !is_estim(f) && f->min > rise ? f->min : rise;
}

/* Every level that the device knows, by trying them all from above. */
static int64_t next_level_below(const struct feature *f, int64_t level) {
        int64_t steps = f->native_max - f->native_min;

        if (level < f->min)
                return 0;
        if (f->n_levels > 0)
                return MIN(level / 1000, (int64_t) f->n_levels) * 1000;
        for (int64_t i = steps; i > 0; i--)
                if (f->min + i * (f->max - f->min) / steps <= level)
                        return f->min + i * (f->max - f->min) / steps;
        return f->min;
}

static void expect_rise_and_step(
        struct expectation *e, const struct gate_oracle *o, const struct gate_world *w, uint64_t now) {
        int64_t from = MIN(o->reached, w->taken), risen = from + rise_of(o->feature, from), told;
        bool rises = e->given > from;
        bool due = !o->rose || now - o->rose_usec >= HALF_A_SECOND;

        /* Like any other rule it is named when it is below what was asked, also where another is tighter. */
        hold(e, rises && w->pending, LIMIT_PENDING, o->reached);
        hold(e, rises && !w->pending, LIMIT_SLEW, due ? risen : from);
        told = next_level_below(o->feature, e->given);
        hold(e, told < e->given, LIMIT_STEP, told);
}

static void judge_reasons(const struct expectation *e, const struct limit *limit) {
        for (unsigned i = 0; i < e->n; i++) {
                unsigned k = 0;

                while (k < limit->n_reasons && limit->reasons[k].rule != e->rules[i].rule)
                        k++;
                if (k == limit->n_reasons)
                        property_broken("%s held at %lld and is not named",
                                limit_rule_to_string(e->rules[i].rule), (long long) e->rules[i].max);
                if (limit->reasons[k].max != e->rules[i].max)
                        property_broken("%s is said to be %lld, and is %lld",
                                limit_rule_to_string(e->rules[i].rule), (long long) limit->reasons[k].max,
                                (long long) e->rules[i].max);
                if ((unsigned) limit->reasons[k].source >= _LIMIT_SOURCE_MAX)
                        property_broken("%s is nobody's", limit_rule_to_string(e->rules[i].rule));
        }
        for (unsigned k = 0; k < limit->n_reasons; k++) {
                unsigned i = 0;

                while (i < e->n && e->rules[i].rule != limit->reasons[k].rule)
                        i++;
                if (i == e->n)
                        property_broken("%s is named (%lld) and did not hold",
                                limit_rule_to_string(limit->reasons[k].rule),
                                (long long) limit->reasons[k].max);
        }
        if (limit->n_reasons != e->n)
                property_broken("%u reasons for %u rules", limit->n_reasons, e->n);
}

/* given < asked, and only then, for a reason that says as much. */
static void judge_tightest(const struct limit *limit) {
        bool narrowed = limit->given < limit->asked;

        if (narrowed != (limit->tightest.rule != LIMIT_NONE))
                property_broken("%lld of %lld is given, for the reason '%s'", (long long) limit->given,
                        (long long) limit->asked, limit_rule_to_string(limit->tightest.rule));
        if (narrowed && limit->tightest.max != limit->given)
                property_broken("%lld is given, and '%s' allows %lld", (long long) limit->given,
                        limit_rule_to_string(limit->tightest.rule), (long long) limit->tightest.max);
        for (unsigned k = 0; k < limit->n_reasons; k++)
                if (limit->reasons[k].max < limit->given)
                        property_broken("%s allows %lld, and %lld is given",
                                limit_rule_to_string(limit->reasons[k].rule),
                                (long long) limit->reasons[k].max, (long long) limit->given);
}

static void remember(struct gate_oracle *o, int64_t level, uint64_t now) {
        if (o->n_past == ORACLE_PAST_MAX)
                memmove(o->past, o->past + 1, --o->n_past * sizeof(*o->past));
        o->past[o->n_past].t_usec = now;
        o->past[o->n_past++].level = level;
}

/* REQ5 by its words: in no half second more than one rise above the lowest that was there. What stood when the half second
 * began counts as being there. */
static void judge_window(const struct gate_oracle *o, int64_t level, uint64_t now) {
        for (unsigned i = o->n_past; i > 0; i--) {
                int64_t from = o->past[i - 1].level;

                if (i < o->n_past && o->past[i].t_usec + HALF_A_SECOND <= now)
                        return;
                if (level > from + rise_of(o->feature, from))
                        property_broken("a rise from %lld to %lld within half a second", (long long) from,
                                (long long) level);
        }
        if (level > rise_of(o->feature, 0) && o->n_past == 0)
                property_broken("a rise from nothing to %lld", (long long) level);
}

void oracle_judge(struct gate_oracle *o, const struct gate_request *request, const struct gate_world *world,
        uint64_t now, const struct gate_verdict *verdict) {
        const struct limit *limit = &verdict->limit;
        struct expectation e = { .said = limit, .asked = MAX(request->level, INT64_C(0)) };
        unsigned envelope;

        e.given = e.asked;
        if (e.asked > 0) {
                expect_nothing_at_all(&e, o, request, world, now);
                expect_ceilings(&e, o, request, world);
                expect_rise_and_step(&e, o, world, now);
        }
        judge_tightest(limit);
        judge_reasons(&e, limit);
        judge_window(o, limit->given, now);
        if (limit->asked != e.asked || limit->given != e.given)
                property_broken("%lld of %lld is given instead of %lld of %lld", (long long) limit->given,
                        (long long) limit->asked, (long long) e.given, (long long) e.asked);
        envelope = limit->given > 0 ? MIN(request->envelope_permille, 1000u) : 0;
        if (verdict->envelope_permille != envelope)
                property_broken("the envelope is %u, not %u", verdict->envelope_permille, envelope);

        if (limit->given > o->reached || (e.asked > 0 && world->pending)) {
                o->rose = true;
                o->rose_usec = now;
        }
        o->reached = limit->given;
        remember(o, o->reached, now);
}

void oracle_begin(struct gate_oracle *oracle, const struct feature *feature) {
        *oracle = (struct gate_oracle){ .feature = feature };
}

void oracle_reset(struct gate_oracle *oracle, uint64_t now) {
        oracle->reached = 0;
        remember(oracle, 0, now);
}

void oracle_knob(struct gate_oracle *oracle, int64_t level, uint64_t now) {
        oracle->touched = true;
        oracle->knob = level;
        if (level < oracle->reached) {
                oracle->reached = level;
                remember(oracle, level, now);
        }
}

void oracle_forget_knob(struct gate_oracle *oracle) {
        oracle->touched = false;
}
