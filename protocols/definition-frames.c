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
                !wire_resembles(set, bytes, (size_t) n, values))
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
                if (*ret_feature)
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
                        *ret_feature = feature;
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
        for (unsigned i = 0; i < d->n_templates; i++)
                if (is_stop(&d->templates[i]) &&
                        (undoes(d, &d->templates[i], set) || nearest(d, &d->templates[i]) == UNLIKE))
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

/* What frame other is told for a feature by the bytes of frame set, which mean level i of three: zero, the lowest or the highest. */
static const char *hears_another(const struct device_definition *d, const struct wire_template *set,
        const struct wire_template *other, unsigned i) {
        int64_t sent[WIRE_FIELDS_MAX] = {}, heard[WIRE_FIELDS_MAX] = {};
        uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX];
        ssize_t n;

        for (unsigned k = 0; k < set->n_fields; k++) {
                int f = definition_feature(d, set->fields[k]);

                if (f >= 0 && i > 0)
                        sent[k] = i == 1 ? d->features[f].native_min : d->features[f].native_max;
        }
        n = wire_encode(set, sent, bytes, sizeof(bytes));
        if (n < 0 || !endpoint_is_same(&d->endpoints[set->endpoint], &d->endpoints[other->endpoint]) ||
                wire_decode(other, bytes, (size_t) n, heard) < 0)
                return NULL;
        for (unsigned k = 0; k < other->n_fields; k++) {
                int own = wire_field(set, other->fields[k]);

                if (definition_feature(d, other->fields[k]) >= 0 && heard[k] > 0 &&
                        (own < 0 || heard[k] != sent[own]))
                        return other->fields[k];
        }
        return NULL;
}

/* Two "set" frames go out together: what one of them sets the other may not set to something else. */
static void check_agrees(const struct device_definition *d, const struct wire_template *set,
        const struct wire_template *other, unsigned line, struct findings *findings) {
        const char *feature = NULL;

        for (unsigned i = 0; i < 3 && !feature; i++)
                feature = hears_another(d, set, other, i);
        if (feature)
                findings_error(findings, line, "frame-drives",
                        "frame '%s' is also the frame '%s', which would set '%s' to another level",
                        set->name, other->name, feature);
}

static void check_set(const struct device_definition *d, unsigned i, const struct definition_lines *lines,
        struct findings *findings) {
        const struct wire_template *set = &d->templates[i];

        for (unsigned k = 0; k < set->n_fields; k++)
                if (definition_feature(d, set->fields[k]) < 0)
                        findings_error(findings, lines->templates[i], "unknown-field",
                                "frame '%s' has a value '%s', which is no feature of this file", set->name,
                                set->fields[k]);
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

/* A question must ask and a stop must stop. */
static void check_sent(
        const struct device_definition *d, unsigned i, unsigned line, struct findings *findings) {
        const struct wire_template *wire = &d->templates[i];
        const char *set, *feature;

        if (wire->n_fields > 0)
                findings_error(findings, line, "unknown-field",
                        "frame '%s' has a value '%s', but is always the same; write bytes, such as 00",
                        wire->name, wire->fields[0]);
        if (drives(d, wire, d, &set, &feature))
                findings_error(findings, line, "frame-drives",
                        "frame '%s' is, or is nearly, the frame '%s' with '%s' above zero: it would switch the device on",
                        wire->name, set, feature);
        else if (is_stop(wire) && nearest(d, wire) == NEAR)
                findings_error(findings, line, "frame-drives",
                        "frame '%s' is nearly a \"set\" frame with zero, but its length, its end or its checksum is another: "
                        "the device may not take it",
                        wire->name);
        check_sum(d, i, line, findings);
}

static bool is_known_answer(const struct device_definition *d, const char *name) {
        return definition_feature(d, name) >= 0 || streq(name, "running") || streq(name, "battery") ||
               streq(name, "version") || streq(name, "contact");
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
                if (!is_known_answer(d, wire->fields[k]))
                        findings_error(findings, line, "unknown-field",
                                "frame '%s' has a value '%s', which is neither a feature nor running, battery, version or "
                                "contact; bytes that mean nothing are '*'",
                                wire->name, wire->fields[k]);
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
