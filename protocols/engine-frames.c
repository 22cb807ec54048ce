/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine for devices whose frames a definition file can describe. Frames are found by name: "stop…" and "set…" are sent,
 * "query…" after connecting; every other frame on an endpoint that notifies is matched against incoming data. A field named
 * like a feature is its level; "running" (0: all off), "battery", "version" and "contact" (0: a pad is off the skin) have fixed
 * meanings. */

#include "protocols/definition.h"

/* Wire values of one feature that were sent and may still be answered, oldest first. Eight are a quarter of a second of a
 * key held down; beyond that the oldest are dropped. */
#define TOLD_MAX 8u

struct told {
        int64_t values[TOLD_MAX];
        unsigned n; /* 0: the state of the device is unknown */
};

struct frames_private {
        const struct device_definition *definition;
        struct told told[PROTOCOL_FEATURES_MAX];
};

static bool is_decoded(const struct device_definition *d, const struct wire_template *wire) {
        return d->endpoints[wire->endpoint].notify && !startswith(wire->name, "set") &&
               !startswith(wire->name, "stop") && !startswith(wire->name, "query");
}

/* Appends the frames whose name has that prefix, with the features' wire values in their fields. */
static int add_templates(
        const struct frames_private *p, const char *prefix, const int64_t *natives, struct frames *frames) {
        const struct device_definition *d = p->definition;

        for (unsigned i = 0; i < d->n_templates; i++) {
                const struct wire_template *wire = &d->templates[i];
                int64_t values[WIRE_FIELDS_MAX] = {};
                uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX], features = 0;
                struct frame *frame;
                ssize_t n;

                if (!startswith(wire->name, prefix))
                        continue;
                for (unsigned k = 0; k < wire->n_fields; k++) {
                        int feature = definition_feature(d, wire->fields[k]);

                        values[k] = feature >= 0 ? natives[feature] : 0;
                        if (feature >= 0)
                                features |= (uint8_t) (1u << feature);
                }
                n = wire_encode(wire, values, bytes, sizeof(bytes));
                if (n < 0)
                        return (int) n;
                frame = frames_add(frames, (unsigned) wire->endpoint,
                        wire->request ? FRAME_REQUEST : FRAME_COMMAND, bytes, (size_t) n);
                if (!frame)
                        return -ENOBUFS;
                frame->features = features;
        }
        return 0;
}

static bool can_be_sent(const struct device_definition *d, const struct wire_template *wire) {
        const struct endpoint *endpoint = &d->endpoints[wire->endpoint];

        return wire->request ? endpoint->can_request : endpoint->can_command;
}

/* Each feature must be settable, and every sent frame must be encodable and have an endpoint. */
static const char *check(const struct frames_private *p) {
        const struct device_definition *d = p->definition;
        int64_t zero[PROTOCOL_FEATURES_MAX] = {}, lowest[PROTOCOL_FEATURES_MAX] = {},
                highest[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};

        for (unsigned f = 0; f < d->n_features; f++) {
                bool settable = false;

                lowest[f] = d->features[f].native_min;
                highest[f] = d->features[f].native_max;
                for (unsigned i = 0; i < d->n_templates; i++)
                        if (startswith(d->templates[i].name, "set"))
                                settable |= wire_field(&d->templates[i], d->features[f].name) >= 0;
                if (!settable)
                        return "a feature stands in no frame named \"set…\"";
        }
        for (unsigned i = 0; i < d->n_templates; i++)
                if ((startswith(d->templates[i].name, "set") || startswith(d->templates[i].name, "query")) &&
                        !can_be_sent(d, &d->templates[i]))
                        return "a \"set…\" or \"query…\" frame goes to an endpoint that cannot be written so";
        if (add_templates(p, "set", lowest, &frames) < 0)
                return "a \"set\" frame cannot be encoded at its lowest levels";
        frames.n = 0;
        if (add_templates(p, "set", highest, &frames) < 0)
                return "a \"set\" frame cannot be encoded at its highest levels";
        frames.n = 0;
        if (add_templates(p, "query", zero, &frames) < 0)
                return "the \"query…\" frames cannot be encoded: one has wildcards, or they are more than eight";
        return NULL;
}

static int frames_open(void *priv, const struct device_definition *definition, const char **ret_error) {
        struct frames_private *p = priv;
        const char *error;

        p->definition = definition;
        error = check(p);
        if (error) {
                *ret_error = error;
                return -EINVAL;
        }
        return 0;
}

static int frames_handshake(void *priv, struct frames *frames) {
        static const int64_t zero[PROTOCOL_FEATURES_MAX];

        return add_templates(priv, "query", zero, frames);
}

static void told_drop(struct told *told, unsigned n) {
        told->n -= n;
        memmove(told->values, told->values + n, told->n * sizeof(told->values[0]));
}

static bool told_last(const struct told *told, int64_t native) {
        return told->n > 0 && told->values[told->n - 1] == native;
}

static void told_add(struct told *told, int64_t native) {
        if (told_last(told, native))
                return;
        if (told->n == TOLD_MAX)
                told_drop(told, 1);
        told->values[told->n++] = native;
}

static void remember(struct frames_private *p, const int64_t *natives) {
        for (unsigned i = 0; i < p->definition->n_features; i++)
                told_add(&p->told[i], natives[i]);
}

static bool is_told(const struct frames_private *p, const int64_t *natives) {
        for (unsigned i = 0; i < p->definition->n_features; i++)
                if (!told_last(&p->told[i], natives[i]))
                        return false;
        return true;
}

static int frames_encode(void *priv, const struct setpoint *setpoints, struct frames *frames) {
        struct frames_private *p = priv;
        int64_t natives[PROTOCOL_FEATURES_MAX] = {};
        int r;

        for (unsigned i = 0; i < p->definition->n_features; i++) {
                const struct feature *feature = &p->definition->features[i];

                if (setpoints[i].level < 0 || setpoints[i].level > feature->max)
                        return -ERANGE;
                natives[i] = feature_to_native(
                        feature, setpoints[i].level * setpoints[i].envelope_permille / 1000);
        }
        if (is_told(p, natives))
                return 0;
        r = add_templates(p, "set", natives, frames);
        if (r < 0)
                return r;
        remember(p, natives);
        return 0;
}

static int frames_stop(const void *priv, struct frames *frames) {
        static const int64_t zero[PROTOCOL_FEATURES_MAX];

        return add_templates(priv, "stop", zero, frames);
}

static void frames_stopped(void *priv) {
        static const int64_t zero[PROTOCOL_FEATURES_MAX];

        remember(priv, zero);
}

/* Whether a reported value was set by hand rather than by us. The answer to the setpoint before the last may still be on its
 * way; on the way down, which is immediate, also those before it, while the way up takes half a second a step (REQ5, REQ6).
 * Once the device has reported one of them, a report of an earlier one is by hand, too. */
static bool is_by_hand(struct told *told, int64_t native) {
        if (told->n == 0)
                return false;
        for (unsigned i = 0; i < told->n; i++)
                if (told->values[i] == native && (i + 2 >= told->n || native > told->values[told->n - 1])) {
                        told_drop(told, i);
                        return false;
                }
        /* The next setpoint is compared with what the device does now: a speed turned up by hand is brought back to what is
         * allowed, one turned down stays. */
        told->n = 0;
        told_add(told, native);
        return true;
}

/* Which pad is off is not said: nothing is given by any of them (REQ11). Before all else, so that nothing else takes their place; what
 * has no pads may mean all of it. */
static void report_contact(const struct device_definition *d, const struct wire_template *wire,
        const int64_t *values, struct protocol_events *events) {
        int contact = definition_feature(d, "contact") < 0 ? wire_field(wire, "contact") : -1;

        for (unsigned i = 0; contact >= 0 && i < d->n_features; i++)
                if (d->features[i].kind == FEATURE_ESTIM || d->kind != FEATURE_ESTIM)
                        events_add(events, PROTOCOL_CONTACT, i, values[contact] != 0);
}

/* Every field has one, but for contact, which has one for each feature. */
_Static_assert(PROTOCOL_FEATURES_MAX + WIRE_FIELDS_MAX - 1 <= PROTOCOL_EVENTS_MAX, "events get lost");

static void report(struct frames_private *p, const struct wire_template *wire, const int64_t *values,
        struct protocol_events *events) {
        const struct device_definition *d = p->definition;
        int running = wire_field(wire, "running");

        report_contact(d, wire, values, events);
        for (unsigned k = 0; k < wire->n_fields; k++) {
                const char *name = wire->fields[k];
                int feature = definition_feature(d, name);

                if (feature >= 0) {
                        int64_t native = running >= 0 && values[running] == 0 ? 0 : values[k];

                        events_add(events,
                                is_by_hand(&p->told[feature], native) ? PROTOCOL_KNOB : PROTOCOL_LEVEL,
                                (unsigned) feature, feature_from_native(&d->features[feature], native));
                } else if (streq(name, "battery"))
                        events_add(events, PROTOCOL_BATTERY, 0, MIN(values[k], INT64_C(100)));
                else if (streq(name, "version"))
                        events_add(events, PROTOCOL_VERSION, 0, values[k]);
        }
}

static int frames_decode(
        void *priv, unsigned endpoint, const uint8_t *bytes, size_t n, struct protocol_events *events) {
        struct frames_private *p = priv;

        for (unsigned i = 0; i < p->definition->n_templates; i++) {
                const struct wire_template *wire = &p->definition->templates[i];
                int64_t values[WIRE_FIELDS_MAX];

                if (wire->endpoint != (int) endpoint || !is_decoded(p->definition, wire))
                        continue;
                if (wire_decode(wire, bytes, n, values) < 0)
                        continue;
                report(p, wire, values, events);
                return 0;
        }
        return -EBADMSG;
}

const struct protocol_engine engine_frames = {
        .name = "frames",
        .private_size = sizeof(struct frames_private),
        .open = frames_open,
        .handshake = frames_handshake,
        .encode = frames_encode,
        .stop = frames_stop,
        .stopped = frames_stopped,
        .decode = frames_decode,
};
