/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A definition of a device, up to the first zero byte, and then calls of its engine: what is accepted can be driven, and above all
 * stopped. */

#include "lib/conf-text.h"
#include "lib/text-door.h"
#include "protocols/definition-claim.h"
#include "tests/fuzz/drive.h"

static void check_feature(const struct feature *feature) {
        fuzz_check(feature->kind < _FEATURE_KIND_MAX && feature->basis < _SCALE_BASIS_MAX);
        fuzz_check(feature->name[0] != '\0' && feature->unit);
        fuzz_check(feature->min > 0 && feature->min <= feature->max && feature->step >= 1);
        fuzz_check(feature->native_min > 0 && feature->native_min <= feature->native_max);
        fuzz_check(feature->n_levels <= FEATURE_LEVELS_MAX);
        fuzz_check(feature->uncalibrated_max > 0 && feature->uncalibrated_max <= feature->max);
        /* REQ21: no e-stim above a tenth of what it reaches before somebody calibrated. */
        if (feature->kind == FEATURE_ESTIM && feature->basis == SCALE_UNKNOWN)
                fuzz_check(
                        feature_to_native(feature, feature->uncalibrated_max) * 10 <= feature->native_max);
        else if (feature->kind == FEATURE_ESTIM)
                fuzz_check(feature->uncalibrated_max * 10 <= feature->max);
}

static void check_definition(const struct device_definition *d) {
        fuzz_check(d->engine && d->kind < _FEATURE_KIND_MAX && d->link_loss < _LINK_LOSS_MAX);
        fuzz_check(d->evidence >= 'A' && d->evidence <= 'D');
        fuzz_check(text_is_plain(d->title) && text_is_plain(d->id));
        fuzz_check(d->n_matches >= 1 && d->n_matches <= DEFINITION_MATCHES_MAX);
        fuzz_check(d->n_endpoints >= 1 && d->n_endpoints <= PROTOCOL_ENDPOINTS_MAX);
        fuzz_check(d->n_features >= 1 && d->n_features <= PROTOCOL_FEATURES_MAX);
        fuzz_check(d->n_templates <= DEFINITION_TEMPLATES_MAX);
        for (unsigned i = 0; i < d->n_features; i++)
                check_feature(&d->features[i]);
        for (unsigned i = 0; i < d->n_templates; i++)
                fuzz_check(d->templates[i].endpoint >= 0 &&
                           (unsigned) d->templates[i].endpoint < d->n_endpoints);
        for (unsigned i = 0; i < d->n_matches; i++)
                fuzz_check(!definition_rule_claims(d, &d->matches[i]) ||
                           (definition_match(d, d->matches[i].name, NULL) > 0 &&
                                   definition_claims(d, &d->matches[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        _cleanup_(definition_unrefp) struct device_definition *definition = NULL;
        _cleanup_(findings_done) struct findings findings = {};
        const uint8_t *zero = n > 0 ? memchr(bytes, 0, n) : NULL;
        size_t n_text = zero ? (size_t) (zero - bytes) : n;
        struct fuzz_input input = { zero ? zero + 1 : bytes + n, zero ? n - n_text - 1 : 0 };
        int r = definition_parse(&conf_text, "fuzz.conf", bytes, n_text, &findings, &definition);

        fuzz_check_findings(&findings);
        fuzz_check(r >= 0 || r == -EBADMSG);
        fuzz_check((r >= 0) == (findings.n_errors == 0) && (r >= 0) == (definition != NULL));
        if (definition) {
                check_definition(definition);
                fuzz_drive(definition, &input);
        }
        return 0;
}
