/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocols/definition-claim.h"

static const char *const feature_kinds[] = {
        [FEATURE_PERCUSSION] = "percussion",
        [FEATURE_VIBRATION] = "vibration",
        [FEATURE_ESTIM] = "estim",
};
static const char *const link_losses[] = {
        [LINK_LOSS_STOPS] = "stops",
        [LINK_LOSS_CONTINUES] = "continues",
        [LINK_LOSS_UNKNOWN] = "unknown",
};
static const char *const scale_bases[] = {
        [SCALE_MEASURED] = "measured",
        [SCALE_NOMINAL] = "nominal",
        [SCALE_UNKNOWN] = "unknown",
};

const char *experimental_reason_text(enum experimental_reason reason) {
        static const char *const texts[] = {
                [EXPERIMENTAL_EVIDENCE] = "nobody has shown that it works (evidence D)",
                [EXPERIMENTAL_LINK_LOSS] = "its current may go on when the radio link is lost",
                [EXPERIMENTAL_STOP] = "nothing shows that what it calls a stop is one",
        };

        return (unsigned) reason < _EXPERIMENTAL_REASON_MAX ? texts[reason] : "";
}

const char *feature_kind_to_string(enum feature_kind kind) {
        return (unsigned) kind < _FEATURE_KIND_MAX ? feature_kinds[kind] : "";
}

const char *link_loss_to_string(enum link_loss link_loss) {
        return (unsigned) link_loss < _LINK_LOSS_MAX ? link_losses[link_loss] : "";
}

const char *scale_basis_to_string(enum scale_basis basis) {
        return (unsigned) basis < _SCALE_BASIS_MAX ? scale_bases[basis] : "";
}

struct device_definition *definition_ref(const struct device_definition *definition) {
        struct device_definition *counted = (struct device_definition *) definition;

        if (counted)
                __atomic_add_fetch(&counted->n_ref, 1, __ATOMIC_RELAXED);
        return counted;
}

struct device_definition *definition_unref(const struct device_definition *immutable) {
        struct device_definition *definition = (struct device_definition *) immutable;

        /* Parsed on a worker thread, used on the loop: the count is atomic. */
        if (!definition || __atomic_sub_fetch(&definition->n_ref, 1, __ATOMIC_ACQ_REL) > 0)
                return NULL;
        free(definition->evidence_text);
        free(definition->source);
        free(definition->link_loss_text);
        free(definition);
        return NULL;
}

unsigned definition_match(
        const struct device_definition *definition, const char *name, const struct match_rule **ret_rule) {
        unsigned best = 0;

        for (unsigned i = 0; i < definition->n_matches; i++) {
                const struct match_rule *rule = &definition->matches[i];
                unsigned score = 0;

                if (!definition_rule_claims(definition, rule))
                        continue;
                if (streq(rule->name, name))
                        score = 1000;
                else if (rule->prefix && startswith(name, rule->name))
                        score = (unsigned) strlen(rule->name); /* the longer prefix is more specific */
                if (score > best) {
                        best = score;
                        if (ret_rule)
                                *ret_rule = rule;
                }
        }
        return best;
}

bool definition_claims(const struct device_definition *definition, const struct match_rule *rule) {
        for (unsigned i = 0; i < definition->n_matches; i++)
                if (definition_rule_claims(definition, &definition->matches[i]) &&
                        definition->matches[i].prefix == rule->prefix &&
                        streq(definition->matches[i].name, rule->name))
                        return true;
        return false;
}

bool endpoint_is_same(const struct endpoint *a, const struct endpoint *b) {
        return streq(a->service, b->service) && streq(a->characteristic, b->characteristic);
}

bool definition_is_report_word(const char *name) {
        return streq(name, "running") || streq(name, "battery") || streq(name, "version") ||
               streq(name, "contact");
}

int definition_endpoint(const struct device_definition *definition, const char *name) {
        for (unsigned i = 0; i < definition->n_endpoints; i++)
                if (streq(definition->endpoints[i].name, name))
                        return (int) i;
        return -1;
}

int definition_feature(const struct device_definition *definition, const char *name) {
        for (unsigned i = 0; i < definition->n_features; i++)
                if (streq(definition->features[i].name, name))
                        return (int) i;
        return -1;
}

bool definition_constant(const struct device_definition *definition, const char *name, int64_t *ret) {
        for (unsigned i = 0; i < definition->n_constants; i++)
                if (streq(definition->constant_names[i], name)) {
                        *ret = definition->constants[i];
                        return true;
                }
        return false;
}

int64_t feature_to_native(const struct feature *feature, int64_t level) {
        int64_t d_native = feature->native_max - feature->native_min, d_level = feature->max - feature->min;

        if (level < feature->min)
                return 0;
        level = MIN(level, feature->max);
        if (feature->n_levels > 0)
                return feature->levels[level / 1000 - 1];
        if (d_level == 0)
                return feature->native_min;
        /* The largest wire value whose level, truncated to a whole thousandth, is not above the wanted one. */
        return MIN(feature->native_max,
                feature->native_min +
                        (int64_t) (((__int128) (level - feature->min + 1) * d_native - 1) / d_level));
}

int64_t feature_from_native(const struct feature *feature, int64_t native) {
        int64_t d_native = feature->native_max - feature->native_min, d_level = feature->max - feature->min;
        __int128 above;

        if (native == 0)
                return 0;
        if (feature->n_levels > 0) {
                /* Between two levels: the upper one. */
                for (unsigned i = 0; i < feature->n_levels; i++)
                        if (native <= feature->levels[i])
                                return (int64_t) (i + 1) * 1000;
                return (int64_t) feature->n_levels * 1000;
        }
        if (native <= feature->native_min || d_native == 0)
                return feature->min;
        above = ((__int128) native - feature->native_min) * d_level / d_native;
        return feature->min + (int64_t) MIN(above, (__int128) (INT64_MAX - feature->min));
}
