/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocols/definition-check.h"
#include "protocols/definition-claim.h"

#include <ctype.h>

struct parser {
        struct findings *findings;
        struct device_definition *definition;
        struct definition_lines lines;
};

static const char *const kind_names[] = { "percussion", "vibration", "estim", NULL };
static const char *const evidence_names[] = { "A", "B", "C", "D", NULL };
static const char *const link_loss_names[] = { "stops", "continues", "unknown", NULL };
static const char *const basis_names[] = { "measured", "nominal", "unknown", NULL };
static const char *const write_names[] = { "request", "command", NULL };

/* Copies a text into a fixed field of the definition. */
static bool read_text(
        struct parser *p, const struct conf_setting *group, const char *key, char *to, size_t size) {
        const char *value;

        if (!conf_string(group, key, size - 1, p->findings, &value))
                return false;
        memcpy(to, value, strlen(value) + 1);
        return true;
}

static char *copy_text(struct parser *p, const struct conf_setting *group, const char *key) {
        const char *value;

        return conf_string(group, key, 500, p->findings, &value) ? strdup(value) : NULL;
}

/* "ffe0" or a whole 128-bit UUID. */
static bool read_uuid(
        struct parser *p, const struct conf_setting *group, const char *key, char to[static 37]) {
        const char *value;
        size_t n;

        if (!conf_string(group, key, 36, p->findings, &value))
                return false;
        n = strlen(value);
        for (size_t i = 0; i < n; i++) {
                bool dash = n == 36 && (i == 8 || i == 13 || i == 18 || i == 23);

                if (dash ? value[i] != '-' : !isxdigit((unsigned char) value[i]))
                        n = 0;
        }
        if (n == 4)
                (void) snprintf(to, 37, "0000%s-0000-1000-8000-00805f9b34fb", value);
        else if (n == 36)
                memcpy(to, value, 37);
        else {
                findings_error(p->findings, conf_line(conf_member(group, key)), "uuid",
                        "'%s' must be a UUID: four hexadecimal digits, or 36 characters", key);
                return false;
        }
        for (char *c = to; *c; c++)
                *c = (char) tolower((unsigned char) *c);
        return true;
}

/* A duplicate name is always a mistake. */
static void complain_doubled(struct parser *p, const struct conf_setting *group, const char *name) {
        findings_error(p->findings, conf_line(group), "doubled-name", "the name '%s' is given twice", name);
}

static void read_match(struct parser *p, const struct conf_setting *group, unsigned i) {
        static const struct conf_key keys[] = { { "name", true }, { "prefix", false }, { "title", false },
                {} };
        struct match_rule *rule = &p->definition->matches[i];

        p->lines.matches[i] = conf_line(group);
        conf_check_keys(group, keys, "a match rule", p->findings);
        if (read_text(p, group, "name", rule->name, sizeof(rule->name)))
                for (unsigned k = 0; k < i; k++)
                        if (streq(rule->name, p->definition->matches[k].name))
                                complain_doubled(p, group, rule->name);
        (void) conf_bool(group, "prefix", p->findings, &rule->prefix);
        (void) read_text(p, group, "title", rule->title, sizeof(rule->title));
        p->definition->n_matches = i + 1;
}

static void read_endpoint(struct parser *p, const struct conf_setting *group, unsigned i) {
        static const struct conf_key keys[] = {
                { "name", true },
                { "service", true },
                { "characteristic", true },
                { "write", false },
                { "notify", false },
                { "battery", false },
                { "optional", false },
                {},
        };
        struct endpoint *endpoint = &p->definition->endpoints[i];
        _cleanup_(strv_freep) char **writes = NULL;

        p->lines.endpoints[i] = conf_line(group);
        conf_check_keys(group, keys, "an endpoint", p->findings);
        if (read_text(p, group, "name", endpoint->name, sizeof(endpoint->name)) &&
                definition_endpoint(p->definition, endpoint->name) >= 0)
                complain_doubled(p, group, endpoint->name);
        (void) read_uuid(p, group, "service", endpoint->service);
        (void) read_uuid(p, group, "characteristic", endpoint->characteristic);
        (void) conf_bool(group, "notify", p->findings, &endpoint->notify);
        (void) conf_bool(group, "battery", p->findings, &endpoint->battery);
        (void) conf_bool(group, "optional", p->findings, &endpoint->optional);
        if (conf_strings(group, "write", 2, 16, p->findings, &writes))
                for (char **w = writes; *w; w++) {
                        if (streq(*w, "request"))
                                endpoint->can_request = true;
                        else if (streq(*w, "command"))
                                endpoint->can_command = true;
                        else
                                findings_error(p->findings, conf_line(group), "write",
                                        "'write' may hold \"request\" and \"command\"");
                }
        p->definition->n_endpoints = i + 1;
}

/* Two wire integers: [ lowest, highest ]. */
static bool read_native(struct parser *p, const struct conf_setting *group, struct feature *feature) {
        const struct conf_setting *s = conf_member(group, "native");
        bool good = s && conf_type(s) == CONF_ARRAY && conf_length(s) == 2 &&
                    conf_type(conf_element(s, 0)) == CONF_INTEGER;

        if (good) {
                feature->native_min = conf_integer_value(conf_element(s, 0));
                feature->native_max = conf_integer_value(conf_element(s, 1));
                good = feature->native_min > 0 && feature->native_max >= feature->native_min;
        }
        if (!good)
                findings_error(p->findings, conf_line(s ?: group), "native",
                        "a feature needs 'native' = [ lowest, highest ]: the wire's integers while it runs");
        return good;
}

static void read_levels(struct parser *p, const struct conf_setting *s, struct feature *feature) {
        unsigned n = conf_length(s);

        if (feature->basis != SCALE_UNKNOWN) {
                findings_error(p->findings, conf_line(s), "levels",
                        "'levels' have no physical scale yet; say basis = \"unknown\"");
                return;
        }
        if (conf_type(s) != CONF_ARRAY || n < 1 || n > FEATURE_LEVELS_MAX) {
                findings_error(p->findings, conf_line(s), "levels",
                        "'levels' must be an array of 1 to %u wire integers", FEATURE_LEVELS_MAX);
                return;
        }
        for (unsigned i = 0; i < n; i++) {
                feature->levels[i] = conf_integer_value(conf_element(s, i));
                if (feature->levels[i] <= (i > 0 ? feature->levels[i - 1] : 0)) {
                        findings_error(
                                p->findings, conf_line(s), "levels", "'levels' must rise, from above zero");
                        return;
                }
        }
        feature->n_levels = n;
        feature->min = feature->step = 1000;
        feature->max = n * INT64_C(1000);
        feature->native_min = feature->levels[0];
        feature->native_max = feature->levels[n - 1];
}

/* Physical range and wire range, or wire steps without a physical meaning. */
static void read_scale(struct parser *p, const struct conf_setting *group, struct feature *feature) {
        enum dimension dimension = feature->kind == FEATURE_ESTIM ? DIMENSION_CURRENT : DIMENSION_FREQUENCY;
        const struct conf_setting *levels = conf_member(group, "levels");
        struct quantity_range range;

        feature->unit = "step";
        if (levels)
                read_levels(p, levels, feature);
        else if (!read_native(p, group, feature))
                return;
        else if (feature->basis == SCALE_UNKNOWN) {
                feature->min = feature->native_min * 1000;
                feature->max = feature->native_max * 1000;
                feature->step = 1000;
        } else if (conf_range(group, "range", dimension, 1, feature->kind == FEATURE_ESTIM ? 120000 : 100000,
                           p->findings, &range)) {
                int64_t natives = MAX(feature->native_max - feature->native_min, INT64_C(1));

                feature->unit = feature->kind == FEATURE_ESTIM ? "mA" : "Hz";
                feature->min = range.min;
                feature->max = range.max;
                feature->step = MAX((range.max - range.min + natives - 1) / natives, INT64_C(1));
        } else if (!conf_member(group, "range"))
                findings_error(p->findings, conf_line(group), "range",
                        "a feature with a scale needs 'range' with its unit; say basis = \"unknown\" if there is none");
}

static void read_uncalibrated(struct parser *p, const struct conf_setting *group, struct feature *feature) {
        const struct conf_setting *s = conf_member(group, "uncalibrated_max");
        int64_t value;

        if (!s) {
                if (feature->kind == FEATURE_ESTIM)
                        findings_error(p->findings, conf_line(group), "uncalibrated-max",
                                "an e-stim feature needs 'uncalibrated_max': what may be reached before calibration");
                else
                        feature->uncalibrated_max = feature->max;
                return;
        }
        if (feature->basis == SCALE_UNKNOWN) {
                if (conf_integer(group, "uncalibrated_max", feature->min / 1000, feature->max / 1000,
                            p->findings, &value))
                        feature->uncalibrated_max = value * 1000;
        } else
                (void) conf_quantity(group, "uncalibrated_max",
                        feature->kind == FEATURE_ESTIM ? DIMENSION_CURRENT : DIMENSION_FREQUENCY,
                        feature->min, feature->max, p->findings, &feature->uncalibrated_max);
}

static void read_feature(struct parser *p, const struct conf_setting *group, unsigned i) {
        static const struct conf_key keys[] = {
                { "name", true },
                { "kind", false },
                { "basis", true },
                { "range", false },
                { "native", false },
                { "levels", false },
                { "uncalibrated_max", false },
                {},
        };
        struct feature *feature = &p->definition->features[i];
        unsigned value = 0;

        p->lines.features[i] = conf_line(group);
        conf_check_keys(group, keys, "a feature", p->findings);
        if (read_text(p, group, "name", feature->name, sizeof(feature->name)) &&
                definition_feature(p->definition, feature->name) >= 0)
                complain_doubled(p, group, feature->name);
        if (definition_is_report_word(feature->name))
                findings_error(p->findings, conf_line(group), "reserved-name",
                        "'%s' means something else in what a device reports; give the feature another name",
                        feature->name);
        feature->kind = p->definition->kind;
        if (conf_enum(group, "kind", kind_names, p->findings, &value))
                feature->kind = (enum feature_kind) value;
        if (!conf_enum(group, "basis", basis_names, p->findings, &value))
                return;
        feature->basis = (enum scale_basis) value;
        read_scale(p, group, feature);
        read_uncalibrated(p, group, feature);
        p->definition->n_features = i + 1;
}

static void read_template(struct parser *p, const struct conf_setting *group, unsigned i) {
        static const struct conf_key keys[] = {
                { "name", true },
                { "endpoint", true },
                { "write", false },
                { "bytes", true },
                {},
        };
        struct wire_template *wire = &p->definition->templates[i];
        const char *text, *error;
        unsigned write;

        p->lines.templates[i] = conf_line(group);
        conf_check_keys(group, keys, "a frame", p->findings);
        if (read_text(p, group, "name", wire->name, sizeof(wire->name)))
                for (unsigned k = 0; k < i; k++)
                        if (streq(wire->name, p->definition->templates[k].name))
                                complain_doubled(p, group, wire->name);
        wire->endpoint = -1;
        if (conf_string(group, "endpoint", 15, p->findings, &text)) {
                wire->endpoint = definition_endpoint(p->definition, text);
                if (wire->endpoint < 0)
                        findings_error(p->findings, conf_line(group), "endpoint",
                                "there is no endpoint '%s'", text);
        }
        if (conf_enum(group, "write", write_names, p->findings, &write))
                wire->request = write == 0;
        if (conf_string(group, "bytes", 300, p->findings, &text) && wire_compile(text, wire, &error) < 0)
                findings_error(
                        p->findings, conf_line(conf_member(group, "bytes")), "bytes", "'bytes': %s", error);
        p->definition->n_templates = i + 1;
}

static void read_constants(struct parser *p, const struct conf_setting *root) {
        const struct conf_setting *group = conf_group(root, "constants", p->findings);
        struct device_definition *d = p->definition;

        for (unsigned i = 0; group && i < conf_length(group); i++) {
                const struct conf_setting *s = conf_element(group, i);
                const char *name = conf_name(s);

                if (d->n_constants >= ARRAY_SIZE(d->constants) ||
                        strlen(name) >= sizeof(d->constant_names[0]) || conf_type(s) != CONF_INTEGER) {
                        findings_error(p->findings, conf_line(s), "constant",
                                "'%s' must be one of at most %zu integers, with a name of at most 31 letters",
                                name, ARRAY_SIZE(d->constants));
                        return;
                }
                p->lines.constants[d->n_constants] = conf_line(s);
                memcpy(d->constant_names[d->n_constants], name, strlen(name) + 1);
                d->constants[d->n_constants++] = conf_integer_value(s);
        }
}

static void read_all(struct parser *p, const struct conf_setting *root, const char *key, unsigned min,
        unsigned max, void (*read)(struct parser *p, const struct conf_setting *group, unsigned i)) {
        const struct conf_setting *list = conf_list(root, key, max, p->findings);

        if (list && conf_length(list) < min)
                findings_error(p->findings, conf_line(list), "empty",
                        "'%s' is empty; a device needs at least one", key);
        for (unsigned i = 0; list && i < conf_length(list); i++) {
                const struct conf_setting *group = conf_list_group(list, i, p->findings);

                if (group)
                        read(p, group, i);
        }
}

static void read_header(struct parser *p, const struct conf_setting *root) {
        struct device_definition *d = p->definition;
        const char *text;
        int64_t value;
        unsigned i;

        (void) conf_integer(root, "format", 1, 1, p->findings, &value);
        if (read_text(p, root, "id", d->id, sizeof(d->id)) && !conf_id_is_good(d->id))
                findings_error(p->findings, conf_line(conf_member(root, "id")), "id",
                        "'id' may hold a-z, 0-9 and single '-' between them");
        (void) read_text(p, root, "title", d->title, sizeof(d->title));
        if (conf_enum(root, "kind", kind_names, p->findings, &i))
                d->kind = (enum feature_kind) i;
        if (conf_enum(root, "evidence", evidence_names, p->findings, &i))
                d->evidence = evidence_names[i][0];
        d->evidence_text = copy_text(p, root, "evidence_text");
        d->source = copy_text(p, root, "source");
        if (conf_enum(root, "link_loss", link_loss_names, p->findings, &i))
                d->link_loss = (enum link_loss) i;
        d->link_loss_text = copy_text(p, root, "link_loss_text");
        if (conf_quantity(root, "min_gap", DIMENSION_TIME, 0, 5000000, p->findings, &value))
                d->min_gap_usec = (uint64_t) value;
        if (conf_string(root, "engine", 31, p->findings, &text)) {
                p->lines.engine = conf_line(conf_member(root, "engine"));
                d->engine = protocol_engine_by_name(text);
                if (!d->engine)
                        findings_error(p->findings, p->lines.engine, "engine",
                                "there is no engine '%s' in this build", text);
        }
}

/* REQ21: a single channel of e-stim is enough. */
void definition_find_reasons(struct device_definition *d) {
        bool estim = d->kind == FEATURE_ESTIM;

        for (unsigned i = 0; i < d->n_features; i++)
                estim |= d->features[i].kind == FEATURE_ESTIM;
        d->experimental_for[EXPERIMENTAL_EVIDENCE] = d->evidence == 'D';
        d->experimental_for[EXPERIMENTAL_LINK_LOSS] = estim && d->link_loss != LINK_LOSS_STOPS;
        d->experimental_for[EXPERIMENTAL_STOP] = !definition_stop_is_known(d);
        d->experimental = false;
        for (unsigned i = 0; i < _EXPERIMENTAL_REASON_MAX; i++)
                d->experimental |= d->experimental_for[i];
}

/* Opens the engine with the definition and asks for the stop frames: a device that cannot be stopped is not driven. */
static void check_stop(struct parser *p) {
        const struct device_definition *d = p->definition;
        _cleanup_free_ void *priv = calloc(1, d->engine->private_size);
        const char *error = "the engine cannot use it";
        struct frames frames = {};

        if (!priv) {
                findings_error(p->findings, 0, "memory", "out of memory");
                return;
        }
        if (d->engine->open(priv, d, &error) < 0) {
                findings_error(p->findings, 0, "engine", "%s: %s", d->engine->name, error);
                return;
        }
        if (d->engine->stop(priv, &frames) < 0 || frames.n == 0) {
                findings_error(p->findings, 0, "no-stop",
                        "no stop sequence: a device that cannot be stopped is not driven; add a frame named \"stop\"");
                return;
        }
        for (unsigned i = 0; i < frames.n; i++) {
                const struct endpoint *e = &d->endpoints[frames.items[i].endpoint];

                if (!(frames.items[i].write == FRAME_REQUEST ? e->can_request : e->can_command))
                        findings_error(p->findings, 0, "no-stop",
                                "the stop frame goes to '%s', which cannot be written so", e->name);
                if (e->optional)
                        findings_error(p->findings, 0, "no-stop",
                                "the stop frame goes to '%s', which is optional", e->name);
        }
}

int definition_parse(struct conf_reader *reader, const char *path, const void *bytes, size_t n,
        struct findings *findings, struct device_definition **ret) {
        static const struct conf_key keys[] = {
                { "format", true },
                { "id", true },
                { "title", true },
                { "kind", true },
                { "engine", true },
                { "evidence", true },
                { "evidence_text", true },
                { "source", true },
                { "link_loss", true },
                { "link_loss_text", false },
                { "min_gap", false },
                { "match", true },
                { "endpoints", true },
                { "features", true },
                { "frames", false },
                { "constants", false },
                {},
        };
        _cleanup_(definition_unrefp) struct device_definition *definition = NULL;
        _cleanup_(conf_freep) struct conf *conf = NULL;
        size_t errors_before = findings->n_errors;
        const struct conf_setting *root;
        struct parser p;
        int r;

        r = conf_read(reader, bytes, n, findings, &conf);
        if (r < 0)
                return r;
        definition = calloc(1, sizeof(*definition));
        if (!definition)
                return -ENOMEM;
        definition->n_ref = 1;
        (void) snprintf(definition->path, sizeof(definition->path), "%s", path);

        p = (struct parser){ .findings = findings, .definition = definition };
        root = conf_root(conf);
        conf_check_keys(root, keys, "a device definition", findings);
        read_header(&p, root);
        read_all(&p, root, "match", 1, DEFINITION_MATCHES_MAX, read_match);
        read_all(&p, root, "endpoints", 1, PROTOCOL_ENDPOINTS_MAX, read_endpoint);
        read_all(&p, root, "features", 1, PROTOCOL_FEATURES_MAX, read_feature);
        read_all(&p, root, "frames", 0, DEFINITION_TEMPLATES_MAX, read_template);
        read_constants(&p, root);
        definition->generic = definition_is_generic(definition);
        if (findings->n_errors == errors_before)
                definition_check(definition, &p.lines, findings);
        if (findings->n_errors == errors_before)
                check_stop(&p);
        if (findings->n_errors == errors_before)
                definition_find_reasons(definition);

        findings_sort(findings);
        if (findings->n_errors > errors_before)
                return -EBADMSG;
        *ret = TAKE_PTR(definition);
        return 0;
}
