/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/runner/runner.h"

/* REQ7, REQ8. Levels without a unit have no physical ceiling: more than any device has. */
int64_t cap_ceiling(enum cap cap) {
        static const int64_t ceilings[_CAP_MAX] = {
                [CAP_PERCUSSION] = GATE_CEILING_MHZ,
                [CAP_PERCUSSION_LEVELS] = CALIBRATION_LEVEL_MAX,
                [CAP_ESTIM] = GATE_CEILING_UA,
                [CAP_ESTIM_LEVELS] = CALIBRATION_LEVEL_MAX,
        };

        return ceilings[cap];
}

enum role_kind feature_role(const struct feature *feature) {
        return feature->kind == FEATURE_ESTIM ? ROLE_ESTIM : ROLE_PERCUSSION;
}

int runner_new(uid_t uid, struct runner **ret) {
        struct runner *runner = calloc(1, sizeof(*runner));

        if (!runner)
                return -ENOMEM;
        runner->uid = uid;
        for (unsigned i = 0; i < _CAP_MAX; i++)
                runner->caps[i] = GATE_NO_CAP;
        *ret = runner;
        return 0;
}

int runner_copy(const struct runner *runner, struct runner **ret) {
        _cleanup_(runner_freep) struct runner *copy = malloc(sizeof(*copy));
        size_t n = runner->n_calibrations;

        if (!copy)
                return -ENOMEM;
        *copy = *runner;
        copy->calibrations = NULL;
        if (n > 0) {
                copy->calibrations = reallocarray(NULL, n, sizeof(*copy->calibrations));
                if (!copy->calibrations)
                        return -ENOMEM;
                memcpy(copy->calibrations, runner->calibrations, n * sizeof(*copy->calibrations));
        }
        *ret = TAKE_PTR(copy);
        return 0;
}

struct runner *runner_free(struct runner *runner) {
        if (!runner)
                return NULL;
        free(runner->calibrations);
        free(runner);
        return NULL;
}

int runner_answer(struct runner *runner, const enum intake_answer answers[static INTAKE_QUESTIONS],
        uint64_t wall_usec) {
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                if (answers[i] <= INTAKE_NO_ANSWER || answers[i] >= _INTAKE_ANSWER_MAX)
                        return -EDOM;
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++) {
                /* A sign-off applies to the answer it was given for. */
                if (answers[i] != runner->answers[i])
                        runner->sign_offs[i] = (struct runner_sign_off){};
                runner->answers[i] = answers[i];
        }
        runner->answered_usec = wall_usec;
        return 0;
}

int runner_sign_off(struct runner *runner, unsigned question, const char *by, uint64_t wall_usec) {
        struct runner_sign_off *sign_off = &runner->sign_offs[question];
        struct intake intake = runner_intake(runner);

        if (!conf_text_is_good(by, RUNNER_BY_MAX))
                return -EDOM;
        if (!intake_can_be_signed_off(&intake, question))
                return -ECANCELED;
        *sign_off = (struct runner_sign_off){ .given = true, .at_usec = wall_usec };
        (void) snprintf(sign_off->by, sizeof(sign_off->by), "%s", by);
        return 0;
}

int runner_set_cap(struct runner *runner, enum cap cap, int64_t level) {
        if (level != GATE_NO_CAP && (level < CAP_MIN || level > cap_ceiling(cap)))
                return -ERANGE;
        runner->caps[cap] = level;
        return 0;
}

bool calibration_is_over(const struct calibration *calibration, uint64_t wall_usec) {
        return wall_usec >= calibration->at_usec &&
               wall_usec - calibration->at_usec >= CALIBRATION_LIFE_USEC;
}

static bool is_good(const struct calibration *c) {
        return !isempty(c->device) && !isempty(c->feature) && c->unit && c->zone && c->sensation > 0 &&
               c->sensation <= c->comfort && c->comfort <= c->maximum &&
               c->maximum <= CALIBRATION_LEVEL_MAX && c->pad_area_mm2 >= 0 &&
               c->pad_area_mm2 <= CALIBRATION_PAD_MAX_MM2;
}

static bool same_place(const struct calibration *a, const struct calibration *b) {
        return streq(a->device, b->device) && streq(a->feature, b->feature) && a->zone == b->zone &&
               a->side == b->side && a->pad_area_mm2 == b->pad_area_mm2;
}

/* Slot for a calibration: that of the same place, else a free one, else the oldest. */
static int find_slot(struct runner *runner, const struct calibration *calibration, unsigned *ret) {
        struct calibration *grown;
        unsigned oldest = 0;

        for (unsigned i = 0; i < runner->n_calibrations; i++) {
                if (same_place(&runner->calibrations[i], calibration)) {
                        *ret = i;
                        return 0;
                }
                if (runner->calibrations[i].at_usec < runner->calibrations[oldest].at_usec)
                        oldest = i;
        }
        if (runner->n_calibrations >= RUNNER_CALIBRATIONS_MAX) {
                *ret = oldest;
                return 0;
        }
        grown = reallocarray(runner->calibrations, runner->n_calibrations + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        runner->calibrations = grown;
        *ret = runner->n_calibrations++;
        return 0;
}

int runner_set_calibration(struct runner *runner, const struct calibration *calibration) {
        unsigned slot = 0;
        int r;

        if (!is_good(calibration))
                return -EDOM;
        r = find_slot(runner, calibration, &slot);
        if (r >= 0)
                runner->calibrations[slot] = *calibration;
        return r;
}

bool runner_expire(struct runner *runner, uint64_t wall_usec) {
        unsigned kept = 0, before = runner->n_calibrations;

        for (unsigned i = 0; i < before; i++)
                if (!calibration_is_over(&runner->calibrations[i], wall_usec))
                        runner->calibrations[kept++] = runner->calibrations[i];
        runner->n_calibrations = kept;
        return kept < before;
}

struct intake runner_intake(const struct runner *runner) {
        struct intake intake = {};

        for (unsigned i = 0; runner && i < INTAKE_QUESTIONS; i++) {
                intake.answers[i] = runner->answers[i];
                intake.signed_off[i] = runner->sign_offs[i].given;
        }
        return intake;
}

struct intake_verdict runner_verdict(const struct runner *runner, enum role_kind kind) {
        struct intake intake = runner_intake(runner);

        return intake_decide(&intake, kind);
}

struct gate_person runner_person(const struct runner *runner, const struct feature *feature) {
        struct gate_person person = { .cap = GATE_NO_CAP, .sessions_done = GATE_SESSIONS_UNKNOWN };
        enum role_kind kind = feature_role(feature);
        bool elsewhere = false;

        person.blocked = runner_verdict(runner, kind).ruling != INTAKE_ALLOWED;
        for (unsigned i = 0; runner && i < _CAP_MAX; i++) {
                const struct cap_kind *cap = cap_kind((enum cap) i);

                if (cap->kind != kind || runner->caps[i] == GATE_NO_CAP)
                        continue;
                if (streq(cap->unit, feature->unit))
                        person.cap = runner->caps[i];
                else
                        elsewhere = true;
        }
        if (elsewhere && person.cap == GATE_NO_CAP)
                person.cap = 0;
        return person;
}

static bool means_the_same(const struct calibration *c, const struct feature *feature) {
        return streq(c->unit, feature->unit) &&
               (c->wire_maximum == 0 || (feature_to_native(feature, c->comfort) == c->wire_comfort &&
                                                feature_to_native(feature, c->maximum) == c->wire_maximum));
}

const struct calibration *runner_calibration(const struct runner *runner, const char *device,
        const struct feature *feature, const struct zone *zone, enum side side, int64_t pad_area_mm2,
        uint64_t wall_usec) {
        struct calibration place = { .zone = zone, .side = side, .pad_area_mm2 = pad_area_mm2 };

        (void) snprintf(place.device, sizeof(place.device), "%s", device);
        (void) snprintf(place.feature, sizeof(place.feature), "%s", feature->name);
        for (unsigned i = 0; runner && i < runner->n_calibrations; i++) {
                const struct calibration *c = &runner->calibrations[i];

                if (!same_place(c, &place))
                        continue;
                /* A time in the future means that the clock was set back: the age is unknown. */
                if (!means_the_same(c, feature) || wall_usec < c->at_usec ||
                        calibration_is_over(c, wall_usec))
                        return NULL;
                return c;
        }
        return NULL;
}
