/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocols/definition-claim.h"

/* Serial ports of bought radio modules, under the numbers that their makers ship them with. The first six are numbers that nobody
 * was given, or that belong to the maker of the module. */
static const char *const generic_services[] = {
        SHORT_UUID("ffe0"), SHORT_UUID("fff0"), SHORT_UUID("ff00"), SHORT_UUID("fcc0"), SHORT_UUID("fee9"),
        SHORT_UUID("fe60"), "6e400001-b5a3-f393-e0a9-e50e24dcca9e", /* Nordic UART */
};

/* Standard services that any product may have. */
static const char *const common_services[] = {
        SHORT_UUID("180a"), /* device information */
        SHORT_UUID("180f"), /* battery */
};

static bool is_among(const char *uuid, const char *const *list, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (streq(list[i], uuid))
                        return true;
        return false;
}

/* Only the product has it, as far as anybody knows. */
static bool is_own_service(const char *uuid) {
        return !is_among(uuid, generic_services, ARRAY_SIZE(generic_services)) &&
               !is_among(uuid, common_services, ARRAY_SIZE(common_services));
}

bool definition_is_generic(const struct device_definition *definition) {
        for (unsigned i = 0; i < definition->n_endpoints; i++)
                if (is_own_service(definition->endpoints[i].service))
                        return false;
        return true;
}

int definition_distrust(struct device_definition *definition) {
        char *text = NULL;

        if (asprintf(&text,
                    "It is described by a file of this machine, %s, which nobody has checked. The file says: %s",
                    definition->path, strnull(definition->evidence_text)) < 0)
                return -ENOMEM;
        free(definition->evidence_text);
        definition->evidence_text = text;
        definition->evidence = 'D';
        definition->local = true;
        definition_find_reasons(definition);
        return 0;
}

int definition_distrust_link_loss(struct device_definition *definition) {
        char *text = NULL;

        if (definition->link_loss != LINK_LOSS_STOPS)
                return 0;
        if (asprintf(&text, "Only its file says that output ends then, which nobody has checked. %s",
                    strnull(definition->link_loss_text)) < 0)
                return -ENOMEM;
        free(definition->link_loss_text);
        definition->link_loss_text = text;
        definition->link_loss = LINK_LOSS_UNKNOWN;
        definition_find_reasons(definition);
        return 0;
}

bool definition_rule_claims(const struct device_definition *definition, const struct match_rule *rule) {
        return !rule->prefix || !definition->generic;
}

/* A product may be meant by both rules. */
static bool rules_overlap(const struct match_rule *a, const struct match_rule *b) {
        return streq(a->name, b->name) || (a->prefix && startswith(b->name, a->name)) ||
               (b->prefix && startswith(a->name, b->name));
}

bool definition_overlaps(
        const struct device_definition *a, const struct device_definition *b, const char **ret_what) {
        for (unsigned i = 0; i < a->n_matches; i++)
                for (unsigned k = 0; k < b->n_matches; k++)
                        if (rules_overlap(&a->matches[i], &b->matches[k])) {
                                *ret_what = b->matches[k].name;
                                return true;
                        }
        for (unsigned i = 0; i < a->n_endpoints; i++)
                for (unsigned k = 0; k < b->n_endpoints; k++)
                        if (is_own_service(b->endpoints[k].service) &&
                                streq(a->endpoints[i].service, b->endpoints[k].service)) {
                                *ret_what = b->endpoints[k].service;
                                return true;
                        }
        return false;
}

static bool same_protocol(const struct device_definition *narrow, const struct device_definition *wide) {
        return narrow->engine == wide->engine && narrow->kind == wide->kind;
}

static bool same_endpoints(const struct device_definition *narrow, const struct device_definition *wide) {
        if (narrow->n_endpoints != wide->n_endpoints)
                return false;
        for (unsigned i = 0; i < wide->n_endpoints; i++) {
                const struct endpoint *n = &narrow->endpoints[i], *w = &wide->endpoints[i];

                if (!streq(n->name, w->name) || !streq(n->service, w->service) ||
                        !streq(n->characteristic, w->characteristic) || n->can_request != w->can_request ||
                        n->can_command != w->can_command || n->notify != w->notify ||
                        n->optional != w->optional || n->battery != w->battery)
                        return false;
        }
        return true;
}

static bool same_template(const struct wire_template *a, const struct wire_template *b) {
        if (!streq(a->name, b->name) || a->endpoint != b->endpoint || a->request != b->request ||
                a->n_fields != b->n_fields || a->n_items != b->n_items || a->open_ended != b->open_ended)
                return false;
        for (unsigned i = 0; i < a->n_fields; i++)
                if (!streq(a->fields[i], b->fields[i]))
                        return false;
        for (unsigned i = 0; i < a->n_items; i++)
                if (!wire_item_is_same(&a->items[i], &b->items[i]))
                        return false;
        return true;
}

static bool same_frames(const struct device_definition *narrow, const struct device_definition *wide) {
        if (narrow->n_templates != wide->n_templates || narrow->min_gap_usec < wide->min_gap_usec)
                return false;
        for (unsigned i = 0; i < wide->n_templates; i++)
                if (!same_template(&narrow->templates[i], &wide->templates[i]))
                        return false;
        return true;
}

static bool same_constants(const struct device_definition *narrow, const struct device_definition *wide) {
        if (narrow->n_constants != wide->n_constants)
                return false;
        for (unsigned i = 0; i < wide->n_constants; i++) {
                int64_t value;

                if (!definition_constant(narrow, wide->constant_names[i], &value) ||
                        value != wide->constants[i])
                        return false;
        }
        return true;
}

static bool same_link_loss(const struct device_definition *narrow, const struct device_definition *wide) {
        return narrow->link_loss == wide->link_loss;
}

static bool same_scale(const struct feature *narrow, const struct feature *wide) {
        if (!streq(narrow->name, wide->name) || narrow->kind != wide->kind || narrow->basis != wide->basis ||
                !streq(narrow->unit, wide->unit) || (narrow->n_levels > 0) != (wide->n_levels > 0))
                return false;
        /* Levels are counted from the lowest. */
        for (unsigned i = 0; i < narrow->n_levels; i++)
                if (i >= wide->n_levels || narrow->levels[i] != wide->levels[i])
                        return false;
        /* Both scales are straight lines: what is not understated at its ends is so nowhere. */
        return narrow->native_min >= wide->native_min && narrow->native_max <= wide->native_max &&
               feature_from_native(wide, narrow->native_min) <= narrow->min &&
               feature_from_native(wide, narrow->native_max) <= narrow->max;
}

static bool same_scales(const struct device_definition *narrow, const struct device_definition *wide) {
        if (narrow->n_features != wide->n_features)
                return false;
        for (unsigned i = 0; i < wide->n_features; i++)
                if (!same_scale(&narrow->features[i], &wide->features[i]))
                        return false;
        return true;
}

static bool within_range(const struct device_definition *narrow, const struct device_definition *wide) {
        for (unsigned i = 0; i < wide->n_features; i++) {
                const struct feature *n = &narrow->features[i], *w = &wide->features[i];

                if (n->max > w->max || n->min < w->min || n->uncalibrated_max > w->uncalibrated_max)
                        return false;
        }
        return true;
}

bool definition_narrows(
        const struct device_definition *narrow, const struct device_definition *wide, const char **ret_why) {
        static const struct {
                bool (*holds)(const struct device_definition *narrow, const struct device_definition *wide);
                const char *otherwise;
        } rules[] = {
                { same_protocol, "its engine or kind is another" },
                { same_endpoints, "its endpoints are others" },
                { same_frames, "its frames are others, or closer together" },
                { same_constants, "its constants are others" },
                { same_link_loss, "its link_loss is another" },
                { same_scales, "its features, or what their levels mean, are others" },
                { within_range, "a feature begins lower or goes higher, before or after calibration" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                if (!rules[i].holds(narrow, wide)) {
                        *ret_why = rules[i].otherwise;
                        return false;
                }
        return true;
}
