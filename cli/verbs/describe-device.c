/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/describe-device.h"

/* Where an engine asks for more than a level. */
#define RATE_MHZ 50000u
#define PULSE_WIDTH_USEC 250u

enum place {
        LOWEST,
        MIDDLE,
        HIGHEST,
        _PLACE_MAX,
};
static const char *const places[] = { [LOWEST] = "lowest", [MIDDLE] = "middle", [HIGHEST] = "highest" };

static int64_t level_at(const struct feature *f, enum place place) {
        int64_t level = place == LOWEST    ? f->min
                        : place == HIGHEST ? f->max
                                           : f->min + (f->max - f->min) / 2;

        /* What the device can be told. */
        return feature_from_native(f, feature_to_native(f, level));
}

static double units(int64_t level) {
        return (double) level / 1000;
}

static void print_level(const struct feature *f, int64_t level, char *to, size_t size) {
        if (streq(f->unit, "step"))
                (void) snprintf(to, size, "level %lld", (long long) (level / 1000));
        else
                (void) snprintf(to, size, "%.1f %s", units(level), f->unit);
}

static void append(json_t *list, json_t *item) {
        (void) json_array_append_new(list, item);
}

/* level: NULL where the frame has none. */
static void append_frame(json_t *list, const struct device_definition *d, const char *name,
        const char *level, const struct frame *frame, const char *does) {
        char hex[3 * PROTOCOL_FRAME_SIZE_MAX + 1] = "";

        for (size_t i = 0; i < frame->n; i++)
                (void) snprintf(hex + 3 * i, 4, "%02X ", frame->bytes[i]);
        hex[frame->n > 0 ? 3 * frame->n - 1 : 0] = '\0';
        append(list,
                json_pack("{s:s, s:s?, s:s, s:s, s:s, s:s}", "name", name, "level", level, "endpoint",
                        d->endpoints[frame->endpoint].name, "write",
                        frame->write == FRAME_REQUEST ? "request" : "command", "bytes", hex, "does", does));
}

static void append_frames(json_t *list, const struct device_definition *d, const char *name,
        const char *level, const struct frames *frames, const char *does) {
        for (unsigned i = 0; i < frames->n; i++)
                append_frame(list, d, name, level, &frames->items[i], does);
}

/* What all features of the frame are set to at that place. */
static void say_what_it_sets(const struct device_definition *d, const struct wire_template *wire,
        enum place place, char *to, size_t size) {
        size_t used = 0;

        to[0] = '\0';
        for (unsigned i = 0; i < d->n_features; i++) {
                const struct feature *f = &d->features[i];
                char level[32];

                if (wire && wire_field(wire, f->name) < 0)
                        continue;
                print_level(f, level_at(f, place), level, sizeof(level));
                if (used < size)
                        used += (size_t) snprintf(to + used, size - used, "%s%s to %s",
                                used > 0 ? ", " : "sets ", f->name, level);
        }
}

static bool has_feature(const struct device_definition *d, const struct wire_template *wire) {
        for (unsigned i = 0; i < d->n_features; i++)
                if (wire_field(wire, d->features[i].name) >= 0)
                        return true;
        return false;
}

static void append_encoded(json_t *list, const struct device_definition *d, const struct wire_template *wire,
        const int64_t *values, const char *level, const char *does) {
        struct frame frame = { .endpoint = (uint8_t) wire->endpoint,
                .write = wire->request ? FRAME_REQUEST : FRAME_COMMAND };
        ssize_t n = wire_encode(wire, values, frame.bytes, sizeof(frame.bytes));

        if (n < 0)
                return;
        frame.n = (size_t) n;
        append_frame(list, d, wire->name, level, &frame, does);
}

static void append_set(json_t *list, const struct device_definition *d, const struct wire_template *wire) {
        for (enum place place = LOWEST; place < _PLACE_MAX; place++) {
                int64_t values[WIRE_FIELDS_MAX] = {};
                char does[200];

                for (unsigned k = 0; k < wire->n_fields; k++) {
                        int f = definition_feature(d, wire->fields[k]);

                        if (f >= 0)
                                values[k] =
                                        feature_to_native(&d->features[f], level_at(&d->features[f], place));
                }
                say_what_it_sets(d, wire, place, does, sizeof(does));
                append_encoded(list, d, wire, values, places[place], does);
        }
}

static void append_received(
        json_t *list, const struct device_definition *d, const struct wire_template *wire) {
        _cleanup_free_ char *pattern = wire_to_text(wire);
        char does[200] = "is received";
        size_t used = strlen(does);

        for (unsigned k = 0; k < wire->n_fields && used < sizeof(does); k++)
                used += (size_t) snprintf(does + used, sizeof(does) - used, "%s%s",
                        k > 0 ? ", " : "; tells ", wire->fields[k]);
        append(list, json_pack("{s:s, s:s?, s:s, s:s?, s:s, s:s}", "name", wire->name, "level", NULL,
                             "endpoint", d->endpoints[wire->endpoint].name, "write", NULL, "bytes",
                             strnull(pattern), "does", does));
}

static const char *what_a_stop_does(const struct device_definition *d) {
        return d->experimental_for[EXPERIMENTAL_STOP] ? "is to stop it; nothing shows that it does"
                                                      : "stops";
}

static void append_templates(json_t *list, const struct device_definition *d) {
        static const int64_t zero[WIRE_FIELDS_MAX];

        for (unsigned i = 0; i < d->n_templates; i++) {
                const struct wire_template *wire = &d->templates[i];

                if (startswith(wire->name, "set") && has_feature(d, wire))
                        append_set(list, d, wire);
                else if (startswith(wire->name, "set"))
                        append_encoded(list, d, wire, zero, NULL, "goes out with every level");
                else if (startswith(wire->name, "stop"))
                        append_encoded(list, d, wire, zero, NULL, what_a_stop_does(d));
                else if (startswith(wire->name, "query"))
                        append_encoded(list, d, wire, zero, NULL, "asks; changes nothing");
                else
                        append_received(list, d, wire);
        }
}

/* Of an engine whose frames are code: asked of it, each time as on a new link. */
static void append_engine(json_t *list, const struct device_definition *d, enum place place) {
        const struct protocol_engine *engine = d->engine;
        _cleanup_free_ void *priv = calloc(1, engine->private_size);
        struct setpoint setpoints[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};
        const char *error;
        char does[200];

        if (!priv || engine->open(priv, d, &error) < 0)
                return;
        for (unsigned i = 0; i < d->n_features; i++)
                setpoints[i] = (struct setpoint){ level_at(&d->features[i], place), 1000, RATE_MHZ,
                        PULSE_WIDTH_USEC };
        if (engine->encode(priv, setpoints, &frames) < 0 ||
                (engine->stream && engine->stream(priv, 0, false, &frames) < 0))
                return;
        say_what_it_sets(d, NULL, place, does, sizeof(does));
        append_frames(list, d, "set", places[place], &frames, does);
}

/* which: the stop, or what is sent on a new link. */
static void append_fixed(json_t *list, const struct device_definition *d, bool stop) {
        const struct protocol_engine *engine = d->engine;
        _cleanup_free_ void *priv = calloc(1, engine->private_size);
        struct frames frames = {}, limits = {};
        int64_t maxima[PROTOCOL_FEATURES_MAX] = {};
        const char *error;

        if (!priv || engine->open(priv, d, &error) < 0)
                return;
        for (unsigned i = 0; i < d->n_features; i++)
                maxima[i] = d->features[i].uncalibrated_max;
        if (stop) {
                if (engine->stop(priv, &frames) >= 0)
                        append_frames(list, d, "stop", NULL, &frames, what_a_stop_does(d));
                return;
        }
        if (engine->limits && engine->limits(priv, maxima, &limits) >= 0)
                append_frames(list, d, "limits", NULL, &limits,
                        "holds it below what is allowed before calibration");
        if (engine->handshake && engine->handshake(priv, &frames) >= 0)
                append_frames(list, d, "query", NULL, &frames, "asks; changes nothing");
}

static json_t *frames_of(const struct device_definition *d) {
        json_t *list = json_array();

        if (d->n_templates > 0) {
                append_templates(list, d);
                return list;
        }
        for (enum place place = LOWEST; place < _PLACE_MAX; place++)
                append_engine(list, d, place);
        append_fixed(list, d, true);
        append_fixed(list, d, false);
        return list;
}

static json_t *features_of(const struct device_definition *d) {
        json_t *list = json_array();

        for (unsigned i = 0; i < d->n_features; i++) {
                const struct feature *f = &d->features[i];
                /* Levels that the device can be told. */
                int64_t steps = f->n_levels > 0 ? f->n_levels : f->native_max - f->native_min + 1;

                append(list,
                        json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:I, s:f}", "name", f->name, "kind",
                                feature_kind_to_string(f->kind), "basis", scale_basis_to_string(f->basis),
                                "unit", f->unit, "min", units(f->min), "max", units(f->max), "steps",
                                (json_int_t) steps, "uncalibrated_max", units(f->uncalibrated_max)));
        }
        return list;
}

static json_t *products_of(const struct device_definition *d) {
        json_t *list = json_array();

        for (unsigned i = 0; i < d->n_matches; i++) {
                const struct match_rule *rule = &d->matches[i];

                append(list, json_pack("{s:s, s:s, s:b, s:b}", "title",
                                     isempty(rule->title) ? d->title : rule->title, "name", rule->name,
                                     "prefix", rule->prefix, "by_model_only", rule->prefix && d->generic));
        }
        return list;
}

static json_t *reasons_of(const struct device_definition *d) {
        json_t *list = json_array();

        for (enum experimental_reason i = 0; i < _EXPERIMENTAL_REASON_MAX; i++)
                if (d->experimental_for[i])
                        append(list, json_string(experimental_reason_text(i)));
        return list;
}

json_t *describe_device(const struct device_definition *d) {
        const char evidence[] = { d->evidence, '\0' };
        json_t *stop = json_array(), *hello = json_array();

        append_fixed(stop, d, true);
        append_fixed(hello, d, false);
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s?, s:o, s:o, s:o, s:o, s:o}", "id",
                d->id, "title", d->title, "kind", feature_kind_to_string(d->kind), "engine", d->engine->name,
                "evidence", evidence, "evidence_text", strnull(d->evidence_text), "experimental",
                reasons_of(d), "link_loss", link_loss_to_string(d->link_loss), "link_loss_text",
                d->link_loss_text, "products", products_of(d), "features", features_of(d), "frames",
                frames_of(d), "stop", stop, "on_connect", hello);
}
