/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocols/definition-check.h"

/* How near the bytes of one frame are to another, which is named "set…". */
enum likeness {
        UNLIKE,
        /* They begin like it, up to its last value, but are longer or shorter, or their checksum is another. A device that looks only at the
         * beginning takes them for it; one that looks at all does nothing. */
        NEAR,
        SAME,
};

/* What the bytes of a frame that is sent by itself mean as the frame set; values in the order of its fields. Of a value that stands in it
 * twice, the larger. */
static enum likeness compare(const struct device_definition *d, const struct wire_template *sent,
        const struct device_definition *by, const struct wire_template *set,
        int64_t values[static WIRE_FIELDS_MAX]) {
        static const int64_t zero[WIRE_FIELDS_MAX];
        uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX], exact[PROTOCOL_FRAME_SIZE_MAX];
        ssize_t n = wire_encode(sent, zero, bytes, sizeof(bytes)), m;

        if (n < 0 || !endpoint_is_same(&by->endpoints[set->endpoint], &d->endpoints[sent->endpoint]) ||
                !wire_resembles(set, bytes, (size_t) n, false, values))
                return UNLIKE;
        m = wire_encode(set, values, exact, sizeof(exact));
        return m == n && memcmp(bytes, exact, (size_t) n) == 0 ? SAME : NEAR;
}

static bool is_set(const struct wire_template *wire) {
        return startswith(wire->name, "set");
}

static bool is_stop(const struct wire_template *wire) {
        return startswith(wire->name, "stop");
}

static bool is_query(const struct wire_template *wire) {
        return startswith(wire->name, "query");
}

/* The feature that one of the values switches on, or NULL. */
static const char *feature_above_zero(
        const struct device_definition *d, const struct wire_template *set, const int64_t *values) {
        for (unsigned k = 0; k < set->n_fields; k++) {
                int f = definition_feature(d, set->fields[k]);

                if (f >= 0 && values[k] != 0)
                        return d->features[f].name;
        }
        return NULL;
}

/* A frame that is sent by itself is, or is nearly, a "set" frame with a level. */
static bool drives(const struct device_definition *d, const struct wire_template *sent,
        const struct device_definition *by, const char **ret_set, const char **ret_feature) {
        for (unsigned i = 0; i < by->n_templates; i++) {
                const struct wire_template *set = &by->templates[i];
                int64_t values[WIRE_FIELDS_MAX] = {};

                if (!is_set(set) || compare(d, sent, by, set, values) == UNLIKE)
                        continue;
                *ret_feature = feature_above_zero(by, set, values);
                *ret_set = set->name;
                /* Nobody knows what a frame does that says no level. */
                if (*ret_feature || set->n_fields == 0)
                        return true;
        }
        return false;
}

/* The nearest that the frame comes to any "set" frame. */
static enum likeness nearest(const struct device_definition *d, const struct wire_template *sent) {
        int64_t values[WIRE_FIELDS_MAX] = {};
        enum likeness nearest = UNLIKE;

        for (unsigned i = 0; i < d->n_templates; i++)
                if (is_set(&d->templates[i]))
                        nearest = MAX(nearest, compare(d, sent, d, &d->templates[i], values));
        return nearest;
}

/* That very "set" frame with all of its levels at zero. */
static bool undoes(const struct device_definition *d, const struct wire_template *stop,
        const struct wire_template *set) {
        int64_t values[WIRE_FIELDS_MAX] = {};

        return compare(d, stop, d, set, values) == SAME && !feature_above_zero(d, set, values);
}

bool definition_stop_is_known(const struct device_definition *definition) {
        for (unsigned i = 0; i < definition->n_templates; i++)
                if (is_stop(&definition->templates[i]) &&
                        nearest(definition, &definition->templates[i]) == UNLIKE)
                        return false;
        return true;
}

bool definition_drives_by(const struct device_definition *definition, const struct device_definition *known,
        const char **ret_frame, const char **ret_feature) {
        for (unsigned i = 0; i < definition->n_templates; i++) {
                const struct wire_template *wire = &definition->templates[i];
                const char *set, *feature;

                if ((is_query(wire) || is_stop(wire)) && drives(definition, wire, known, &set, &feature)) {
                        *ret_frame = wire->name;
                        *ret_feature = feature ?: set;
                        return true;
                }
        }
        return false;
}

/* The first feature that the frame sets, or NULL. */
static const char *feature_set_by(const struct device_definition *d, const struct wire_template *wire) {
        for (unsigned k = 0; k < wire->n_fields; k++)
                if (definition_feature(d, wire->fields[k]) >= 0)
                        return wire->fields[k];
        return NULL;
}

/* A level that only one frame knows of stays when the others say zero. */
static void check_is_undone(const struct device_definition *d, const struct wire_template *set,
        unsigned line, struct findings *findings) {
        unsigned stops = 0;

        for (unsigned i = 0; i < d->n_templates; i++) {
                if (!is_stop(&d->templates[i]))
                        continue;
                stops++;
                if (undoes(d, &d->templates[i], set) || nearest(d, &d->templates[i]) == UNLIKE)
                        return;
        }
        if (stops == 0) /* told of the whole file */
                return;
        if (feature_set_by(d, set))
                findings_error(findings, line, "frame-drives",
                        "no frame named \"stop…\" sets '%s' to zero: it would be the frame '%s' with zeros",
                        feature_set_by(d, set), set->name);
        else
                findings_error(findings, line, "frame-drives",
                        "frame '%s' goes out with every level, and no frame named \"stop…\" is known to undo it",
                        set->name);
}

/* The levels that "set" frames are tried with: all at zero, at their lowest, in the middle and at their highest, and each feature at its
 * highest while the others are at zero, and at zero while the others are at their highest. */
#define TRIALS (4 + 2 * PROTOCOL_FEATURES_MAX)

static int64_t level_of_trial(const struct device_definition *d, unsigned trial, unsigned feature) {
        const struct feature *f = &d->features[feature];
        const int64_t all[] = { 0, f->native_min, feature_to_native(f, f->min + (f->max - f->min) / 2),
                f->native_max };

        if (trial < ARRAY_SIZE(all))
                return all[trial];
        trial -= ARRAY_SIZE(all);
        return (trial / 2 == feature) == (trial % 2 == 0) ? f->native_max : 0;
}

/* What frame other would set to something else if a device took the bytes of frame set for it, or NULL. */
static const char *hears_another(const struct device_definition *d, const struct wire_template *set,
        const struct wire_template *other, unsigned trial) {
        int64_t sent[WIRE_FIELDS_MAX] = {}, heard[WIRE_FIELDS_MAX] = {};
        uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX];
        ssize_t n;

        for (unsigned k = 0; k < set->n_fields; k++) {
                int f = definition_feature(d, set->fields[k]);

                sent[k] = f >= 0 ? level_of_trial(d, trial, (unsigned) f) : 0;
        }
        n = wire_encode(set, sent, bytes, sizeof(bytes));
        if (n < 0 || !endpoint_is_same(&d->endpoints[set->endpoint], &d->endpoints[other->endpoint]) ||
                !wire_resembles(other, bytes, (size_t) n, true, heard))
                return NULL;
        for (unsigned k = 0; k < other->n_fields; k++) {
                int own = wire_field(set, other->fields[k]);

                if (definition_feature(d, other->fields[k]) >= 0 && (own < 0 || heard[k] != sent[own]))
                        return other->fields[k];
        }
        return NULL;
}

/* Two "set" frames go out together: what one of them sets the other may not set to something else. */
static void check_agrees(const struct device_definition *d, const struct wire_template *set,
        const struct wire_template *other, unsigned line, struct findings *findings) {
        const char *feature = NULL;

        for (unsigned i = 0; i < TRIALS && !feature; i++)
                feature = hears_another(d, set, other, i);
        if (feature)
                findings_error(findings, line, "frame-drives",
                        "frame '%s' is, or is nearly, the frame '%s', which would set '%s' to another level",
                        set->name, other->name, feature);
}

static bool check_writable(const struct device_definition *d, const struct wire_template *wire,
        unsigned line, struct findings *findings) {
        const struct endpoint *e = &d->endpoints[wire->endpoint];
        const char *code = is_stop(wire) ? "no-stop" : "endpoint";

        if (e->battery)
                findings_error(findings, line, code, "frame '%s' goes to '%s', which is a battery",
                        wire->name, e->name);
        else if (!(wire->request ? e->can_request : e->can_command))
                findings_error(findings, line, code,
                        "frame '%s' is written as a %s, but endpoint '%s' cannot be written so", wire->name,
                        wire->request ? "request" : "command", e->name);
        else
                return true;
        return false;
}

/* Every level has room in the frame. */
static void check_room(const struct device_definition *d, const struct wire_template *set, unsigned line,
        struct findings *findings) {
        for (unsigned k = 0; k < set->n_fields; k++) {
                int f = definition_feature(d, set->fields[k]);
                int64_t values[WIRE_FIELDS_MAX] = {};
                uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX];

                values[k] = f >= 0 ? d->features[f].native_max : 0;
                if (wire_encode(set, values, bytes, sizeof(bytes)) == -ERANGE)
                        findings_error(findings, line, "native",
                                "'%s' goes up to %lld, which is too much for its place in frame '%s'",
                                set->fields[k], (long long) values[k], set->name);
        }
}

static void check_set(const struct device_definition *d, unsigned i, const struct definition_lines *lines,
        struct findings *findings) {
        const struct wire_template *set = &d->templates[i];

        for (unsigned k = 0; k < set->n_fields; k++)
                if (definition_feature(d, set->fields[k]) < 0)
                        findings_error(findings, lines->templates[i], "unknown-field",
                                "frame '%s' has a value '%s', which is no feature of this file", set->name,
                                set->fields[k]);
        (void) check_writable(d, set, lines->templates[i], findings);
        check_room(d, set, lines->templates[i], findings);
        for (unsigned k = 0; k < d->n_templates; k++)
                if (k != i && is_set(&d->templates[k]))
                        check_agrees(d, set, &d->templates[k], lines->templates[i], findings);
        check_is_undone(d, set, lines->templates[i], findings);
}

/* Where all frames begin alike and carry a checksum, a constant in its place is a sum that somebody wrote out wrongly. */
static void check_sum(
        const struct device_definition *d, unsigned i, unsigned line, struct findings *findings) {
        static const int64_t zero[WIRE_FIELDS_MAX];
        const struct wire_template *wire = &d->templates[i];
        uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX], right;
        ssize_t n = wire_encode(wire, zero, bytes, sizeof(bytes));
        size_t at;

        for (unsigned k = 0; n >= 0 && k < d->n_templates; k++) {
                const struct wire_template *set = &d->templates[k];

                if (!is_set(set) || set->endpoint != wire->endpoint ||
                        !wire_sum_of_head(set, bytes, (size_t) n, &at, &right) || bytes[at] == right)
                        continue;
                findings_error(findings, line, "checksum",
                        "byte %zu of frame '%s' is %02X; where '%s' has its checksum it would be %02X", at,
                        wire->name, bytes[at], set->name, right);
                return;
        }
}

/* Without wildcards, so that it can be sent. */
static bool is_constant(const struct wire_template *wire) {
        for (unsigned i = 0; i < wire->n_items; i++)
                if (wire->items[i].kind == WIRE_ANY || wire->items[i].kind == WIRE_REST)
                        return false;
        return true;
}

/* What asks and what stops are not the same. */
static void check_is_no_query(const struct device_definition *d, const struct wire_template *stop,
        unsigned line, struct findings *findings) {
        int64_t none[WIRE_FIELDS_MAX] = {};

        for (unsigned i = 0; i < d->n_templates; i++)
                if (is_query(&d->templates[i]) && compare(d, stop, d, &d->templates[i], none) == SAME)
                        findings_error(findings, line, "frame-drives",
                                "frame '%s' is the frame '%s': what asks does not stop", stop->name,
                                d->templates[i].name);
}

/* Some frame that is received tells whether anything is on. */
static bool reports_output(const struct device_definition *d) {
        unsigned told = 0;

        for (unsigned i = 0; i < d->n_templates; i++) {
                const struct wire_template *wire = &d->templates[i];

                if (is_set(wire) || is_stop(wire) || is_query(wire))
                        continue;
                if (wire_field(wire, "running") >= 0)
                        return true;
                for (unsigned f = 0; f < d->n_features; f++)
                        if (wire_field(wire, d->features[f].name) >= 0)
                                told |= 1u << f;
        }
        return told == (1u << d->n_features) - 1;
}

/* A question must ask and a stop must stop. */
static void check_sent(
        const struct device_definition *d, unsigned i, unsigned line, struct findings *findings) {
        const struct wire_template *wire = &d->templates[i];
        const char *set, *feature;

        if (wire->n_fields > 0)
                findings_error(findings, line, "unknown-field",
                        "frame '%s' has a value '%s', but is always the same; write bytes, such as 00",
                        wire->name, wire->fields[0]);
        /* What cannot be sent at all the engine refuses. */
        if (!check_writable(d, wire, line, findings) || !is_constant(wire))
                return;
        if (is_stop(wire))
                check_is_no_query(d, wire, line, findings);
        if (drives(d, wire, d, &set, &feature) && !feature)
                findings_error(findings, line, "frame-drives",
                        "frame '%s' is, or is nearly, the frame '%s', which goes out with every level",
                        wire->name, set);
        else if (drives(d, wire, d, &set, &feature))
                findings_error(findings, line, "frame-drives",
                        "frame '%s' is, or is nearly, the frame '%s' with '%s' above zero: it would switch the device on",
                        wire->name, set, feature);
        else if (is_stop(wire) && nearest(d, wire) == NEAR)
                findings_error(findings, line, "frame-drives",
                        "frame '%s' is nearly a \"set\" frame with zero, but its length, its end or its checksum is another: "
                        "the device may not take it",
                        wire->name);
        else if (is_stop(wire) && nearest(d, wire) == UNLIKE && !reports_output(d))
                findings_error(findings, line, "unproven-stop",
                        "nothing shows that frame '%s' stops: it is no \"set\" frame with zero, and nobody would see that the "
                        "device goes on; say which frame of the device tells its level, or running",
                        wire->name);
        check_sum(d, i, line, findings);
}

/* Of two values that are received for one field, only one would be heard: the pad that is off, or the other. */
static void check_received(
        const struct device_definition *d, unsigned i, unsigned line, struct findings *findings) {
        const struct wire_template *wire = &d->templates[i];
        unsigned seen = 0;

        if (!d->endpoints[wire->endpoint].notify)
                findings_error(findings, line, "unused-frame",
                        "frame '%s' does nothing: names of what is sent begin with \"set\", \"stop\" or \"query\", "
                        "and what is received comes from an endpoint with notify = true",
                        wire->name);
        for (unsigned k = 0; k < wire->n_fields; k++)
                if (definition_feature(d, wire->fields[k]) < 0 &&
                        !definition_is_report_word(wire->fields[k]))
                        findings_error(findings, line, "unknown-field",
                                "frame '%s' has a value '%s', which is neither a feature nor running, battery, version or "
                                "contact; bytes that mean nothing are '*'",
                                wire->name, wire->fields[k]);
        for (unsigned k = 0; k < i; k++) {
                const struct wire_template *before = &d->templates[k];

                if (is_set(before) || is_stop(before) || is_query(before) ||
                        before->endpoint != wire->endpoint || !wire_covers(before, wire))
                        continue;
                findings_error(findings, line, "unused-frame",
                        "frame '%s' is never heard: all that it matches is taken by '%s' before it",
                        wire->name, before->name);
        }
        for (unsigned k = 0; k < wire->n_items; k++) {
                const struct wire_item *item = &wire->items[k];

                if (item->kind != WIRE_FIELD)
                        continue;
                if (seen >> item->field & 1)
                        findings_error(findings, line, "doubled-field",
                                "frame '%s' is received, and names '%s' twice; one of them is a wildcard",
                                wire->name, wire->fields[item->field]);
                seen |= 1u << item->field;
        }
}

void definition_check_frames(const struct device_definition *definition,
        const struct definition_lines *lines, struct findings *findings) {
        for (unsigned i = 0; i < definition->n_templates; i++) {
                const struct wire_template *wire = &definition->templates[i];

                if (is_set(wire))
                        check_set(definition, i, lines, findings);
                else if (is_stop(wire) || is_query(wire))
                        check_sent(definition, i, lines->templates[i], findings);
                else
                        check_received(definition, i, lines->templates[i], findings);
        }
}
