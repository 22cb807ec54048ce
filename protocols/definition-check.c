/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocols/definition-check.h"
#include "protocols/definition-claim.h"

/* The largest step of a stimulator that may be driven at all: of its range, and of current (design [D]; the gate rises by 2 % or
 * 2 mA per half second where the device has such steps). */
#define ESTIM_STEP_SHARE 10
#define ESTIM_STEP_UA INT64_C(6000)
/* The same of a motor, of which the first step, from rest to its slowest, is none [D]: more would be a jump, however slowly it is asked
 * to rise. Of an unknown scale the wire's numbers may be mere names of levels. */
#define MOTOR_STEP_SHARE 2
#define MOTOR_SLOWEST_MHZ INT64_C(1000)
/* Highest level before calibration, as a share of what it reaches [D]. Where the scale is known, too: a file only claims that, and a
 * current that was measured says nothing of the body that gets it for the first time. No shipped definition needs more. */
#define UNCALIBRATED_SHARE 10

/* Services and characteristics that make a device something else. */
static const struct {
        const char *uuid, *what;
} forbidden[] = {
        { SHORT_UUID("1800"), "the name and the link parameters of the device (GAP)" },
        { SHORT_UUID("1801"), "GATT itself" },
        { SHORT_UUID("1812"), "a keyboard or mouse (HID)" },
        { SHORT_UUID("fe59"), "firmware update (Nordic)" },
        { "00001530-1212-efde-1523-785feabcd123", "firmware update (Nordic)" },
        { "8e400001-f315-4f60-9fb8-838830daea50", "firmware update (Nordic)" },
        { "8ec90001-f315-4f60-9fb8-838830daea50", "firmware update (Nordic)" },
        { "8ec90003-f315-4f60-9fb8-838830daea50", "firmware update (Nordic)" },
        { "8d53dc1d-1db7-4cd3-868b-8a527460aa84", "firmware update (MCUmgr)" },
        { "f000ffc0-0451-4000-b000-000000000000", "firmware update (Texas Instruments)" },
        { "1d14d6ee-fd63-4fa1-bfa4-8f47b42119f0", "firmware update (Silicon Labs)" },
        { "00060000-f8ce-11e4-abf4-0002a5d5c51b", "firmware update (Cypress)" },
        { "00010203-0405-0607-0809-0a0b0c0d2b12", "firmware update (Telink)" },
        { "0000fe20-cc7a-482a-984a-7f2ed5b3e58f", "firmware update (STMicroelectronics)" },
        { "00001531-1212-efde-1523-785feabcd123", "firmware update (Nordic)" },
        { "00001532-1212-efde-1523-785feabcd123", "firmware update (Nordic)" },
        { "f000ffc1-0451-4000-b000-000000000000", "firmware update (Texas Instruments)" },
        { "f000ffc2-0451-4000-b000-000000000000", "firmware update (Texas Instruments)" },
        { SHORT_UUID("1808"), "a medical device (glucose)" },
        { SHORT_UUID("181f"), "a medical device (glucose)" },
        { SHORT_UUID("183a"), "a medical device (insulin)" },
        { SHORT_UUID("1826"), "a training machine" },
        { SHORT_UUID("fef5"), "firmware update (Dialog)" },
        { SHORT_UUID("8018"), "firmware update (Espressif)" },
};

/* Services and characteristics that only stimulators have. */
static const struct {
        const char *uuid, *product;
} stimulators[] = {
        { SHORT_UUID("180c"), "DG-LAB Coyote 3" },
        { SHORT_UUID("150a"), "DG-LAB Coyote 3" },
        { "955a180b-0fe2-f5aa-a094-84b8d4f3e8ad", "DG-LAB Coyote 2" },
        { SHORT_UUID("ff30"), "YOKONEX EMS" },
        { "64668730-033f-9393-6ca2-0e9401adeb32", "Beurer EM70" },
        { "ac7744c0-0bad-11ef-a9cd-0800200c9b00", "ZC95" },
        { "454d532d-5365-7276-6963-652d424c4531", "openEMSstim" },
        { "156e1000-a300-4fea-897b-86f698d74461", "Pavlok" },
};

/* Fewer letters are the beginning of other makers' products, too [D]. */
#define MATCH_PREFIX_MIN 3u

struct check {
        const struct device_definition *definition;
        const struct definition_lines *lines;
        struct findings *findings;
};

/* A prefix that chooses nothing by itself may be of any length. */
static void check_match(const struct check *c, unsigned i) {
        const struct match_rule *rule = &c->definition->matches[i];

        if (rule->prefix && definition_rule_claims(c->definition, rule) &&
                strlen(rule->name) < MATCH_PREFIX_MIN)
                findings_error(c->findings, c->lines->matches[i], "prefix",
                        "'%s' is the beginning of too many names; a prefix has at least %u letters",
                        rule->name, MATCH_PREFIX_MIN);
}

static void check_endpoint(const struct check *c, unsigned i) {
        const struct endpoint *e = &c->definition->endpoints[i];

        /* What the characteristic notifies would be delivered to the first of the two alone. */
        for (unsigned k = 0; k < i; k++)
                if (endpoint_is_same(e, &c->definition->endpoints[k]))
                        findings_error(c->findings, c->lines->endpoints[i], "doubled-characteristic",
                                "endpoint '%s' is the characteristic of '%s'; use one endpoint with write and notify",
                                e->name, c->definition->endpoints[k].name);

        for (size_t k = 0; k < ARRAY_SIZE(forbidden); k++)
                if (streq(forbidden[k].uuid, e->service) || streq(forbidden[k].uuid, e->characteristic))
                        findings_error(c->findings, c->lines->endpoints[i], "forbidden-service",
                                "endpoint '%s' is on %s, which limber never touches", e->name,
                                forbidden[k].what);
}

static const char *stimulator_of(const struct device_definition *d) {
        for (unsigned i = 0; i < d->n_endpoints; i++)
                for (size_t k = 0; k < ARRAY_SIZE(stimulators); k++)
                        if (streq(stimulators[k].uuid, d->endpoints[i].service) ||
                                streq(stimulators[k].uuid, d->endpoints[i].characteristic))
                                return stimulators[k].product;
        return NULL;
}

/* What is known to be e-stim is never driven as anything else: it would rise as fast as a motor, without a key press. */
static void check_kind(const struct check *c, unsigned i) {
        const struct device_definition *d = c->definition;
        const struct feature *f = &d->features[i];
        const char *product = stimulator_of(d);

        if (f->kind == FEATURE_ESTIM)
                return;
        if (d->engine->estim)
                findings_error(c->findings, c->lines->engine, "not-estim",
                        "engine '%s' drives e-stim, and '%s' is called %s; kind must be \"estim\"",
                        d->engine->name, f->name, feature_kind_to_string(f->kind));
        else if (product)
                findings_error(c->findings, c->lines->features[i], "not-estim",
                        "'%s' is called %s, but the endpoints are those of %s, which is e-stim; kind must be \"estim\"",
                        f->name, feature_kind_to_string(f->kind), product);
}

/* The largest step on the wire, the first one from zero included. */
static int64_t largest_native_step(const struct feature *f) {
        int64_t step = f->native_min;

        for (unsigned i = 1; i < f->n_levels; i++)
                step = MAX(step, f->levels[i] - f->levels[i - 1]);
        return step;
}

static void check_motor_steps(const struct check *c, unsigned i) {
        const struct feature *f = &c->definition->features[i];

        if (f->basis != SCALE_UNKNOWN && f->native_max > f->native_min &&
                f->step * MOTOR_STEP_SHARE > f->max)
                findings_error(c->findings, c->lines->features[i], "coarse",
                        "a step of '%s' is more than half of what it reaches (%lld of %lld mHz): it would jump, and is not driven",
                        f->name, (long long) f->step, (long long) f->max);
}

/* As current where the file claims a scale, and on the wire whatever it claims: a scale that begins high is only a claim. */
static void check_steps(const struct check *c, unsigned i) {
        const struct feature *f = &c->definition->features[i];
        int64_t native = largest_native_step(f), step = MAX(f->min, f->step);

        if (f->kind != FEATURE_ESTIM)
                check_motor_steps(c, i);
        else if (native * ESTIM_STEP_SHARE > f->native_max)
                findings_error(c->findings, c->lines->features[i], "coarse",
                        "a step of '%s' is more than a tenth of its range (%lld of %lld): it cannot rise gently, and is not driven",
                        f->name, (long long) native, (long long) f->native_max);
        else if (f->basis != SCALE_UNKNOWN && step * ESTIM_STEP_SHARE > f->max)
                findings_error(c->findings, c->lines->features[i], "coarse",
                        "a step of '%s' is more than a tenth of its range (%lld of %lld uA): it cannot rise gently, and is not driven",
                        f->name, (long long) step, (long long) f->max);
        else if (f->basis != SCALE_UNKNOWN && step > ESTIM_STEP_UA)
                findings_error(c->findings, c->lines->features[i], "coarse",
                        "a step of '%s' is more than 6 mA: it cannot rise gently, and is not driven",
                        f->name);
}

static void check_uncalibrated(const struct check *c, unsigned i) {
        const struct feature *f = &c->definition->features[i];
        int64_t native = feature_to_native(f, f->uncalibrated_max);

        if (f->kind == FEATURE_ESTIM &&
                (native * UNCALIBRATED_SHARE > f->native_max ||
                        (f->basis != SCALE_UNKNOWN && f->uncalibrated_max * UNCALIBRATED_SHARE > f->max)))
                findings_error(c->findings, c->lines->features[i], "uncalibrated-max",
                        "'uncalibrated_max' of '%s' is more than a tenth of its range; beyond that a runner calibrates first",
                        f->name);
}

/* A session takes a device for what its file is called, and each feature for what it is. */
static void check_is_what_it_is_called(const struct check *c) {
        const struct device_definition *d = c->definition;

        for (unsigned i = 0; i < d->n_features; i++)
                if (d->features[i].kind == d->kind)
                        return;
        findings_error(c->findings, c->lines->features[0], "kind",
                "the file is called %s, and none of its features is", feature_kind_to_string(d->kind));
}

/* A scale that says less than any motor has is a slip of its unit, and limber would say a speed that nobody can believe [D]. */
static void check_slowest(const struct check *c, unsigned i) {
        const struct feature *f = &c->definition->features[i];

        if (f->kind != FEATURE_ESTIM && f->basis != SCALE_UNKNOWN && f->min < MOTOR_SLOWEST_MHZ)
                findings_error(c->findings, c->lines->features[i], "range",
                        "'%s' begins at less than one beat a second; 'range' is its speed while it runs, such as \"1750-2400/min\"",
                        f->name);
}

/* A constant that the engine does not ask for would do nothing. */
static void check_constant(const struct check *c, unsigned i) {
        const struct device_definition *d = c->definition;
        const struct protocol_constant *known = d->engine->constants;

        while (known && known->name && !streq(known->name, d->constant_names[i]))
                known++;
        if (!known || !known->name)
                findings_error(c->findings, c->lines->constants[i], "constant",
                        "engine '%s' has no constant '%s'", d->engine->name, d->constant_names[i]);
        else if (d->constants[i] < known->min || d->constants[i] > known->max)
                findings_error(c->findings, c->lines->constants[i], "out-of-range",
                        "'%s' must be %lld to %lld", known->name, (long long) known->min,
                        (long long) known->max);
}

void definition_check(const struct device_definition *definition, const struct definition_lines *lines,
        struct findings *findings) {
        const struct check c = { definition, lines, findings };

        for (unsigned i = 0; i < definition->n_matches; i++)
                check_match(&c, i);
        for (unsigned i = 0; i < definition->n_endpoints; i++)
                check_endpoint(&c, i);
        check_is_what_it_is_called(&c);
        for (unsigned i = 0; i < definition->n_features; i++) {
                check_kind(&c, i);
                check_steps(&c, i);
                check_slowest(&c, i);
                check_uncalibrated(&c, i);
        }
        for (unsigned i = 0; i < definition->n_constants; i++)
                check_constant(&c, i);
        definition_check_frames(definition, lines, findings);
}
