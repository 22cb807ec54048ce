/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The requests to the devices, and what is known of the runner. Doses and calibrations are looked up when output begins and
 * hold until the end, so that a change (a dose that counts now, a calibration made anew or expired) cannot raise a level in
 * between (REQ1, REQ13). A cap of the runner's own, or a no in the intake, applies at once. */

#include "daemon/session/session-private.h"
#include "lib/dose.h"

/* --- the runner --- */

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
                /* The levels are not known yet; every rise is a press by a person. */
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

static struct gate_person person_of(
        const struct session *session, const struct stage *stage, unsigned feature) {
        struct gate_person person = session->people[stage - session->plan.stages][feature];
        struct gate_person now = person_now(session, stage, feature);

        person.cap = now.cap;
        person.blocked = now.blocked;
        return person;
}

/* --- requests --- */

/* One press of + or -: half a hertz for a gun, a twentieth of the range for pads [D]. */
#define ADJUST_MHZ 500
#define ADJUST_ESTIM_SHARE 20
/* One level of the discomfort loop [D]: a tenth of the output, of a current at least 2 mA. */
#define DISCOMFORT_SHARE 10
#define DISCOMFORT_LEVEL_UA INT64_C(2000)

static bool step_fits(const struct routine_step *step, enum feature_kind kind) {
        return step->kind == STEP_ESTIM ? kind == FEATURE_ESTIM : kind != FEATURE_ESTIM;
}

int session_common_range(const struct session *session, const struct stage *stage,
        const struct device *device, unsigned feature, struct quantity_range *ret) {
        const struct feature *f = &device_definition(device)->features[feature];
        const struct routine_step *step = stage->step;
        struct quantity_range common;

        if (step->kind == STEP_ESTIM) {
                /* Per cent of the comfortable level; before calibration, of what the definition allows. */
                int64_t comfort = person_of(session, stage, feature).comfort;

                if (comfort == 0)
                        comfort = f->uncalibrated_max;
                common.min = comfort * step->intensity_permille.min / 1000;
                common.max = comfort * step->intensity_permille.max / 1000;
                if (common.max < f->min)
                        return -ERANGE;
        } else if (f->basis == SCALE_UNKNOWN) {
                /* Unmeasured levels: the first for the low band, at most the second for the medium one [D]. */
                common.min = f->min;
                common.max = MIN(f->max, f->min + (step->frequency_mhz.max > 30000 ? f->step : 0));
        } else {
                common.min = MAX(step->frequency_mhz.min, f->min);
                common.max = MIN(step->frequency_mhz.max, f->max);
        }
        if (common.min > common.max)
                return -ERANGE;
        *ret = common;
        return 0;
}

unsigned session_stage_features(const struct stage *stage, const struct device_definition *definition) {
        unsigned mask = 0, n = 0, last = 0;

        for (unsigned i = 0; i < definition->n_features; i++) {
                if (!step_fits(stage->step, definition->features[i].kind))
                        continue;
                /* Pads: the first channel is the left one, the second the right one; a gun has one head. */
                if (stage->step->kind != STEP_ESTIM)
                        return 1u << i;
                if (stage->side == SIDE_BOTH || (stage->side == SIDE_LEFT && n == 0) ||
                        (stage->side == SIDE_RIGHT && n == 1))
                        mask |= 1u << i;
                last = i;
                n++;
        }
        /* A unit with one channel serves both sides. */
        return n == 1 ? 1u << last : mask;
}

/* The target of a step for a channel: level before + and -, and the size of one press. */
struct aim {
        struct quantity_range range;
        int64_t level, floor, unit;
};

static int find_aim(
        const struct session *session, const struct stage *stage, unsigned index, struct aim *ret) {
        const struct device *device = session->devices[stage->step->role];
        const struct feature *feature = &device_definition(device)->features[index];
        int r;

        r = session_common_range(session, stage, device, index, &ret->range);
        if (r < 0)
                return r;
        if (session->calibrates) {
                ret->unit = feature->step;
                ret->level = ret->floor = 0;
        } else if (stage->step->kind == STEP_ESTIM) {
                ret->unit = MAX(feature->step, ret->range.max / ADJUST_ESTIM_SHARE);
                ret->level = ret->range.min;
                ret->floor = 0;
        } else {
                ret->unit = MAX(
                        feature->step, streq(feature->unit, "Hz") ? (int64_t) ADJUST_MHZ : feature->step);
                /* A gun targets the middle of the band; with unmeasured levels, its lower end. */
                ret->level = feature->basis == SCALE_UNKNOWN ? ret->range.min
                                                             : (ret->range.min + ret->range.max) / 2;
                /* Less than the routine asks for is always allowed: a gun goes down to its lowest level. */
                ret->floor = feature->min;
        }
        return 0;
}

static int64_t presses(int64_t distance, int64_t unit) {
        return (distance + unit - 1) / unit;
}

/* Calls fn for every channel that the track drives. */
static void each_aim(const struct session *session, const struct track *track,
        void (*fn)(const struct feature *feature, const struct aim *aim, const struct track *track,
                void *userdata),
        void *userdata) {
        const struct device_definition *definition;
        unsigned mask;

        if (!track->stage || !stage_has_output(track->stage))
                return;
        definition = device_definition(session->devices[track->stage->step->role]);
        mask = session_stage_features(track->stage, definition);
        for (unsigned i = 0; i < definition->n_features; i++) {
                struct aim aim;

                if (mask & (1u << i) && find_aim(session, track->stage, i, &aim) >= 0)
                        fn(&definition->features[i], &aim, track, userdata);
        }
}

/* How many presses of + and - still have an effect, on any channel. */
static void find_room(
        const struct feature *feature, const struct aim *aim, const struct track *track, void *userdata) {
        int64_t *room = userdata;

        room[0] = MAX(room[0], presses(aim->level - aim->floor, aim->unit));
        room[1] = MAX(room[1], presses(aim->range.max - aim->level, aim->unit));
}

void session_adjust_track(struct session *session, struct track *track, int steps) {
        int64_t room[2] = {};

        each_aim(session, track, find_room, room);
        track->adjusted = (int) MIN(MAX((int64_t) track->adjusted + steps, -room[0]), room[1]);
}

bool session_track_has_room(const struct session *session, const struct track *track) {
        int64_t room[2] = {};

        each_aim(session, track, find_room, room);
        return track->adjusted < room[1];
}

static int64_t level_of(const struct aim *aim, const struct track *track) {
        return MIN(MAX(aim->level + track->adjusted * aim->unit, aim->floor), aim->range.max);
}

/* The discomfort loop's level, in presses: the largest of all channels. */
static void find_level(
        const struct feature *feature, const struct aim *aim, const struct track *track, void *userdata) {
        int64_t *n = userdata, level = MAX(feature->step, level_of(aim, track) / DISCOMFORT_SHARE);

        if (streq(feature->unit, "mA"))
                level = MAX(level, DISCOMFORT_LEVEL_UA);
        *n = MAX(*n, presses(level, aim->unit));
}

bool session_ease_track(struct session *session, struct track *track, int levels) {
        int before = track->adjusted;
        int64_t level = 0;

        each_aim(session, track, find_level, &level);
        session_adjust_track(session, track, (int) (-levels * MIN(level, INT64_C(1000))));
        return track->adjusted != before;
}

bool session_track_rises(const struct session *session, const struct track *track) {
        unsigned role = track->stage->step->role;
        const struct device_definition *definition = device_definition(session->devices[role]);
        unsigned mask = session_stage_features(track->stage, definition);

        for (unsigned i = 0; i < definition->n_features; i++) {
                enum limit_rule rule = session->verdicts[role][i].limit.tightest.rule;

                if (mask & (1u << i) && (rule == LIMIT_SLEW || rule == LIMIT_PENDING))
                        return true;
        }
        return false;
}

/* The target level of a channel at t into the run. */
static int64_t wanted_level(const struct session *session, const struct track *track, unsigned feature,
        struct quantity_range *ret_range) {
        uint64_t t = track_elapsed(session, track);
        unsigned ramp = stage_ramp_permille(track->stage, t, track->risen_usec);
        struct aim aim;
        int64_t level;

        if (find_aim(session, track->stage, feature, &aim) < 0)
                return 0;
        *ret_range = aim.range;
        level = level_of(&aim, track);
        return aim.floor + (level - aim.floor) * ramp / 1000;
}

/* REQ20: the other track has live pads within 10 cm of this one. */
static bool is_near_live_pads(const struct session *session, const struct track *track) {
        const struct track *other =
                track == &session->foreground ? &session->background : &session->foreground;

        return track->stage->step->kind == STEP_PERCUSSION && other->stage && other->phase == PHASE_RUN &&
               other->stage->step->kind == STEP_ESTIM &&
               !steps_are_apart(
                       track->stage->step, track->stage->side, other->stage->step, other->stage->side);
}

static void add_requests(const struct session *session, const struct track *track, struct device *device,
        struct channel_request *requests) {
        const struct device_definition *definition = device_definition(device);
        unsigned mask = session_stage_features(track->stage, definition);

        for (unsigned i = 0; i < definition->n_features; i++) {
                struct quantity_range range = {};

                if (!(mask & (1u << i)))
                        continue;
                requests[i].gate.level = wanted_level(session, track, i, &range);
                requests[i].gate.envelope_permille =
                        stage_envelope_permille(track->stage, track_elapsed(session, track));
                requests[i].gate.routine_max = range.max;
                requests[i].rate_mhz = (uint32_t) track->stage->step->frequency_mhz.min;
                requests[i].pulse_width_usec = track->stage->step->pulse_width_usec;
                requests[i].zone = track->stage->step->zone;
                requests[i].pad_area_mm2 = track->stage->step->pad_area_mm2;
                requests[i].near_live_pads = is_near_live_pads(session, track);
                requests[i].person = person_of(session, track->stage, i);
        }
}

static bool verdicts_differ(const struct gate_verdict *a, const struct gate_verdict *b) {
        return a->limit.asked != b->limit.asked || a->limit.given != b->limit.given ||
               a->limit.tightest.rule != b->limit.tightest.rule;
}

int64_t session_level(const struct session *session, unsigned role, unsigned feature) {
        return MIN(
                session->verdicts[role][feature].limit.given, device_taken(session->devices[role], feature));
}

/* Stores the verdicts and records what changed. */
static void take_verdicts(struct session *session, unsigned role, const struct gate_verdict *verdicts) {
        const struct device_definition *definition = device_definition(session->devices[role]);
        bool different = false;

        for (unsigned i = 0; i < definition->n_features; i++) {
                const struct limit *limit = &verdicts[i].limit;

                if (!verdicts_differ(&session->verdicts[role][i], &verdicts[i]))
                        continue;
                different = true;
                record_put(session->environment.record,
                        &(struct record_entry){ RECORD_SETPOINT, .session = session->id,
                                .routine = session->routine->id,
                                .device = device_address(session->devices[role]),
                                .feature = definition->features[i].name, .asked = limit->asked,
                                .given = limit->given, .unit = definition->features[i].unit,
                                .reason = limit_rule_to_string(limit->tightest.rule) });
                session->verdicts[role][i] = verdicts[i];
        }
        /* The device takes a level after the round that allowed it. */
        for (unsigned i = 0; i < definition->n_features; i++) {
                int64_t level = session_level(session, role, i);

                different |= session->shown[role][i] != level;
                session->shown[role][i] = level;
        }
        if (different)
                session_changed(session);
}

/* Rules after which only a person can continue. A knob at zero is a stop (REQ3): nothing may begin again by itself with the
 * next step. */
static bool rule_ends_output(enum limit_rule rule) {
        return rule == LIMIT_NOT_ARMED || rule == LIMIT_LEASE || rule == LIMIT_BATTERY ||
               rule == LIMIT_CONTACT || rule == LIMIT_KNOB || rule == LIMIT_RECORD ||
               rule == LIMIT_SESSION || rule == LIMIT_ZONE || rule == LIMIT_NEAR || rule == LIMIT_PULSE;
}

/* REQ12: a muscle is trained by its first whole contraction at half of the level that was set or above. */
static void note_contraction(const struct session *session, const struct track *track, unsigned role,
        struct stage_result *result) {
        const struct stage *stage = track->stage;
        const struct device_definition *definition = device_definition(session->devices[role]);
        unsigned mask = session_stage_features(stage, definition);
        unsigned envelope = stage_envelope_permille(stage, track_elapsed(session, track));

        if (envelope == 0 && result->contracts) {
                result->contracts = false;
                result->contractions++;
        }
        for (unsigned i = 0; envelope == 1000 && i < definition->n_features; i++) {
                struct aim aim;

                if (mask & (1u << i) && find_aim(session, stage, i, &aim) >= 0 &&
                        session->verdicts[role][i].limit.given * 2 >= level_of(&aim, track))
                        result->contracts |= session->verdicts[role][i].limit.given > 0;
        }
}

/* What was sent to the device for each stage, or the limit that prevented it. */
static void note_results(struct session *session, unsigned role, const struct track *const *tracks) {
        const struct device *device = session->devices[role];

        for (; *tracks; tracks++) {
                const struct stage *stage = (*tracks)->stage;
                struct stage_result *result = &session->results[stage - session->plan.stages];
                unsigned mask;

                if ((*tracks)->phase != PHASE_RUN || !stage_has_output(stage) || stage->step->role != role)
                        continue;
                if (step_is_strength(stage->step))
                        note_contraction(session, *tracks, role, result);
                mask = session_stage_features(stage, device_definition(device));
                for (unsigned i = 0; i < device_definition(device)->n_features; i++) {
                        if (!(mask & (1u << i)))
                                continue;
                        result->given |= device_taken(device, i) > 0 ? 1u << i : 0;
                        result->held = session->verdicts[role][i].limit.tightest.rule;
                }
        }
}

static enum limit_rule drive_device(
        struct session *session, unsigned role, const struct track *const *tracks) {
        struct device *device = session->devices[role];
        const struct device_definition *definition = device_definition(device);
        struct channel_request requests[PROTOCOL_FEATURES_MAX] = {};
        struct gate_verdict verdicts[PROTOCOL_FEATURES_MAX] = {};
        struct drive_permit permit = {
                .armed = session->armed,
                .lease_alive = session_is_watched(session),
                .signed_off = session->routine->sign_off_required, /* checked at start */
                .recorded = session_is_recorded(session),
                .session_usec = session->output_usec[role],
        };
        bool wanted = false, on = false;
        int r;

        for (unsigned i = 0; tracks[i]; i++)
                if (tracks[i]->phase == PHASE_RUN && stage_has_output(tracks[i]->stage) &&
                        tracks[i]->stage->step->role == role) {
                        add_requests(session, tracks[i], device, requests);
                        wanted = true;
                }
        if (!wanted && !device_output_active(device))
                return LIMIT_NONE;

        r = device_drive(device, requests, &permit, verdicts);
        /* An alarm on the way may have paused it, which accounted for what was on. */
        if (session->state != SESSION_RUNNING)
                return LIMIT_NONE;
        session->held |= r > 0;
        for (unsigned i = 0; i < definition->n_features; i++)
                on |= verdicts[i].limit.given > 0;
        if (!on) /* stopped by a limit, or silent: perhaps it goes on */
                session_not_driven(session, role, session_stage_of_role(session, role));
        session_count_output(session, role, tracks, on);
        take_verdicts(session, role, verdicts);
        note_results(session, role, tracks);
        /* A lost link is reported separately. */
        if (r < 0 && r != -ENOTCONN && session->state == SESSION_RUNNING) {
                session->environment.handler->failed(session, -r,
                        "output could not be switched on or changed; paused", session->environment.userdata);
                session_pause(session, REASON_FAILED);
                return LIMIT_NONE;
        }
        for (unsigned i = 0; i < definition->n_features; i++)
                if (rule_ends_output(verdicts[i].limit.tightest.rule) && verdicts[i].limit.given == 0)
                        return verdicts[i].limit.tightest.rule;
        return LIMIT_NONE;
}

enum limit_rule session_drive(struct session *session, const struct device **ret_device) {
        const struct track *tracks[3] = {};
        unsigned n = 0;

        if (session->foreground.stage)
                tracks[n++] = &session->foreground;
        if (session->background.stage)
                tracks[n++] = &session->background;
        session->held = false;

        for (unsigned role = 0; role < session->routine->n_roles && session->state == SESSION_RUNNING;
                role++) {
                enum limit_rule rule;

                if (!session->devices[role])
                        continue;
                rule = drive_device(session, role, tracks);
                if (rule != LIMIT_NONE) {
                        *ret_device = session->devices[role];
                        return rule;
                }
        }
        return LIMIT_NONE;
}

void session_stop_devices(struct session *session) {
        if (session->owns_devices)
                (void) device_stop_all(session->devices, session->routine->n_roles);
        session_forget_drive(session);
}
