/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/gate.h"

int64_t gate_slew_step(const struct feature *feature) {
        int64_t share = feature->max * GATE_SLEW_PERMILLE / 1000;

        if (streq(feature->unit, "mA"))
                share = MIN(share, GATE_SLEW_MAX_UA);
        return MAX(feature->step, share);
}

void gate_reset(struct gate *gate) {
        gate->intensity = 0;
}

void gate_follow_knob(struct gate *gate, int64_t level) {
        gate->knob_touched = true;
        gate->knob_max = level;
        /* Turned down: the next rise starts from there. Turned up: we did not raise it, so it does not count. */
        gate->intensity = MIN(gate->intensity, level);
}

void gate_forget_knob(struct gate *gate) {
        gate->knob_touched = false;
}

/* Whether the session may have output at all. */
static void narrow_permission(struct limit *limit, const struct gate_world *world) {
        /* REQ1, REQ2, REQ9 */
        if (!world->armed)
                limit_forbid(limit, LIMIT_NOT_ARMED, LIMIT_FROM_SESSION);
        /* REQ4 */
        if (!world->lease_alive)
                limit_forbid(limit, LIMIT_LEASE, LIMIT_FROM_SESSION);
        /* REQ19 */
        if (world->record_failed)
                limit_forbid(limit, LIMIT_RECORD, LIMIT_FROM_LIMBER);
}

/* Whether the device may have output now. */
static void narrow_device(struct limit *limit, const struct gate *gate, const struct gate_world *world) {
        /* REQ8, REQ21: stop first. */
        if (!certainty_allows_raise(world->certainty))
                limit_forbid(limit, LIMIT_CERTAINTY, LIMIT_FROM_DEVICE);
        /* REQ11 */
        if (world->contact_lost)
                limit_forbid(limit, LIMIT_CONTACT, LIMIT_FROM_DEVICE);
        /* REQ15: refuses a start, does not interrupt running output. */
        if (world->battery < MAX(world->battery_min, GATE_BATTERY_MIN) && gate->intensity == 0)
                limit_forbid(limit, LIMIT_BATTERY, LIMIT_FROM_DEVICE);
}

static bool zone_forbids(const struct gate_world *world) {
        enum zone_rule rule;

        if (!world->zone)
                return false;
        rule = world->feature->kind == FEATURE_ESTIM ? world->zone->estim : world->zone->percussion;
        return rule == ZONE_DENY || (rule == ZONE_SIGN_OFF && !world->signed_off);
}

/* Whether the body may have output: at all, at this place, beside other pads, for any longer. */
static void narrow_body(struct limit *limit, const struct gate_world *world) {
        bool estim = world->feature->kind == FEATURE_ESTIM;

        /* REQ22 */
        if (world->person.blocked)
                limit_forbid(limit, LIMIT_INTAKE, LIMIT_FROM_RUNNER);
        if (zone_forbids(world))
                limit_forbid(limit, LIMIT_ZONE, LIMIT_FROM_ZONE);
        /* REQ20 */
        if (world->near_live_pads)
                limit_forbid(limit, LIMIT_NEAR, LIMIT_FROM_LIMBER);
        /* REQ12 */
        if (world->session_usec >= (estim ? GATE_ESTIM_SESSION_USEC : GATE_MOTOR_SESSION_USEC))
                limit_forbid(limit, LIMIT_SESSION, LIMIT_FROM_LIMBER);
}

/* REQ7. Without width and rate of the pulses there is no rms, density or energy to limit: such a current is forbidden. */
static bool pulse_is_forbidden(const struct gate_world *world) {
        bool said = world->pulse_width_usec > 0 && world->rate_mhz > 0;

        return world->pulse_width_usec > GATE_PULSE_MAX_USEC || world->rate_mhz > GATE_RATE_MAX_MHZ ||
               (streq(world->feature->unit, "mA") && !said);
}

/* REQ7: limits of current, where the definition has the pulses. */
static void narrow_current(struct limit *limit, const struct gate_world *world) {
        uint32_t width = world->pulse_width_usec, rate = world->rate_mhz;

        limit_narrow(limit, GATE_CEILING_UA, LIMIT_CEILING, LIMIT_FROM_LIMBER);
        limit_narrow(limit, current_max_by_rms(width, rate), LIMIT_CURRENT_RMS, LIMIT_FROM_LIMBER);
        limit_narrow(limit, current_max_by_density(width, rate, world->pad_area_mm2), LIMIT_DENSITY,
                LIMIT_FROM_LIMBER);
        limit_narrow(limit, current_max_by_energy(width), LIMIT_ENERGY, LIMIT_FROM_LIMBER);
}

/* REQ13 takes a share of the runner's maximum: the calibrated one, or before calibration that of the definition. */
static void narrow_by_experience(struct limit *limit, const struct gate_world *world) {
        const struct feature *f = world->feature;
        const struct gate_person *person = &world->person;
        int64_t most = person->bearable > 0 ? person->bearable : f->uncalibrated_max;

        if (person->bearable > 0)
                limit_narrow(limit, most, LIMIT_CALIBRATED, LIMIT_FROM_RUNNER);
        else
                limit_narrow(limit, most, LIMIT_UNCALIBRATED, LIMIT_FROM_DEVICE);
        if (f->kind == FEATURE_ESTIM && person->sessions_done < GATE_FIRST_SESSIONS)
                limit_narrow(limit, most * GATE_FIRST_SESSIONS_PERMILLE / 1000, LIMIT_FIRST_SESSIONS,
                        LIMIT_FROM_LIMBER);
}

/* REQ7, REQ8: the lowest ceiling holds, for each channel on its own. */
static void narrow_ceilings(
        struct limit *limit, const struct gate_request *request, const struct gate_world *world) {
        const struct feature *f = world->feature;

        if (f->kind == FEATURE_ESTIM && pulse_is_forbidden(world))
                limit_forbid(limit, LIMIT_PULSE, LIMIT_FROM_ROUTINE);
        if (streq(f->unit, "mA"))
                narrow_current(limit, world);
        else if (streq(f->unit, "Hz"))
                limit_narrow(limit, GATE_CEILING_MHZ, LIMIT_CEILING, LIMIT_FROM_LIMBER);
        limit_narrow(limit, f->max, LIMIT_DEVICE, LIMIT_FROM_DEVICE);
        narrow_by_experience(limit, world);
        limit_narrow(limit, world->person.cap, LIMIT_PERSON, LIMIT_FROM_RUNNER);
        limit_narrow(limit, request->routine_max, LIMIT_ROUTINE, LIMIT_FROM_ROUTINE);
}

/* What the device itself does with its commands, and the knob on it. */
static void narrow_by_device(struct limit *limit, const struct gate *gate, const struct gate_world *world) {
        if (gate->knob_touched)
                limit_narrow(limit, gate->knob_max, LIMIT_KNOB, LIMIT_FROM_DEVICE);
        if (world->held_max > 0)
                limit_narrow(limit, world->held_max, LIMIT_HELD, LIMIT_FROM_DEVICE);
}

/* REQ5, REQ6. By wall time, so that asking more often does not rise faster; counted from when the device took the last rise,
 * so that missed rises are not made up for at once. */
static void narrow_slew(
        struct limit *limit, const struct gate *gate, const struct gate_world *world, uint64_t now) {
        const struct feature *f = world->feature;
        int64_t from = MIN(gate->intensity, world->taken);
        bool may_rise = gate->last_rise_usec == 0 || now - gate->last_rise_usec >= GATE_SLEW_PERIOD_USEC;

        if (limit->given <= from)
                return;
        if (world->pending)
                limit_narrow(limit, gate->intensity, LIMIT_PENDING, LIMIT_FROM_DEVICE);
        else if (!may_rise)
                limit_narrow(limit, from, LIMIT_SLEW, LIMIT_FROM_LIMBER);
        else if (from == 0 && f->kind != FEATURE_ESTIM)
                /* A gun has no output below its lowest running level, so it may start there. */
                limit_narrow(limit, MAX(f->min, gate_slew_step(f)), LIMIT_SLEW, LIMIT_FROM_LIMBER);
        else
                limit_narrow(limit, from + gate_slew_step(f), LIMIT_SLEW, LIMIT_FROM_LIMBER);
}

/* Last, and always downward: to a step that the device supports. */
static void narrow_step(struct limit *limit, const struct feature *f) {
        int64_t told = feature_from_native(f, feature_to_native(f, limit->given));

        if (told < limit->given)
                limit_narrow(limit, told, LIMIT_STEP, LIMIT_FROM_DEVICE);
}

int64_t gate_ceiling(const struct gate_request *request, const struct gate_world *world) {
        struct limit limit = limit_of(INT64_MAX);

        narrow_ceilings(&limit, request, world);
        return feature_from_native(world->feature, feature_to_native(world->feature, limit.given));
}

struct gate_verdict gate_decide(struct gate *gate, const struct gate_request *request,
        const struct gate_world *world, uint64_t now) {
        struct gate_verdict verdict = { .limit = limit_of(request->level) };
        struct limit *limit = &verdict.limit;

        /* Zero bypasses every clamp. */
        if (limit->asked == 0) {
                gate->intensity = 0;
                return verdict;
        }

        narrow_permission(limit, world);
        narrow_device(limit, gate, world);
        narrow_body(limit, world);
        narrow_ceilings(limit, request, world);
        narrow_by_device(limit, gate, world);
        narrow_slew(limit, gate, world, now);
        narrow_step(limit, world->feature);

        if (limit->given > gate->intensity || world->pending)
                gate->last_rise_usec = now;
        gate->intensity = limit->given;
        verdict.envelope_permille = limit->given > 0 ? MIN(request->envelope_permille, 1000u) : 0;
        return verdict;
}
