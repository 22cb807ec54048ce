/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A device definition: all data about a model (or a family of models with one wire format). Read from protocols/devices/ and
 * from an administrator's folder, immutable afterwards. A definition that cannot stop its device is rejected. */

#include "lib/conf.h"
#include "protocols/protocol.h"
#include "protocols/wire.h"

enum feature_kind {
        FEATURE_PERCUSSION,
        FEATURE_VIBRATION,
        FEATURE_ESTIM,
        _FEATURE_KIND_MAX,
};

enum link_loss {
        LINK_LOSS_STOPS,
        LINK_LOSS_CONTINUES,
        LINK_LOSS_UNKNOWN,
        _LINK_LOSS_MAX,
};

enum scale_basis {
        SCALE_MEASURED, /* the physical value per level was measured */
        SCALE_NOMINAL,  /* according to the maker, unverified */
        SCALE_UNKNOWN,  /* levels without a physical meaning */
        _SCALE_BASIS_MAX,
};

#define FEATURE_LEVELS_MAX 16u
/* A UUID of the Bluetooth SIG's range, by its four digits. */
#define SHORT_UUID(digits) "0000" digits "-0000-1000-8000-00805f9b34fb"

struct feature {
        char name[16];
        enum feature_kind kind;
        enum scale_basis basis;
        const char *unit;         /* "Hz", "mA" or "step" */
        int64_t min, max;         /* running levels, in thousandths of the unit; 0 is always allowed */
        int64_t step;             /* smallest step of the device, at least 1 */
        int64_t uncalibrated_max; /* e-stim: maximum until this runner has calibrated */
        /* Wire integer: native_min at min … native_max at max, linear; or one of levels[] when n_levels > 0. */
        int64_t native_min, native_max;
        int64_t levels[FEATURE_LEVELS_MAX];
        unsigned n_levels;
};

struct endpoint {
        char name[16];
        char service[37];
        char characteristic[37];
        bool can_request, can_command; /* how it can be written; neither: only read or notified */
        bool notify;
        bool optional; /* the device is usable without it */
        bool battery;  /* one byte, per cent */
};

struct match_rule {
        char name[32];
        bool prefix;
        char title[64]; /* model; empty: the definition's title */
};

#define DEFINITION_MATCHES_MAX 8u
#define DEFINITION_TEMPLATES_MAX 12u
#define DEFINITION_CONSTANTS_MAX 8u

/* Why a person has to accept a definition. */
enum experimental_reason {
        EXPERIMENTAL_EVIDENCE,  /* evidence D */
        EXPERIMENTAL_LINK_LOSS, /* e-stim that may go on after link loss (REQ21) */
        EXPERIMENTAL_STOP,      /* nothing shows that what it calls a stop is one */
        _EXPERIMENTAL_REASON_MAX,
};

struct device_definition {
        unsigned n_ref;
        char id[65];
        char title[100];
        char path[256];
        enum feature_kind kind;
        const struct protocol_engine *engine;
        char evidence; /* 'A' … 'D' */
        char *evidence_text;
        char *source;
        enum link_loss link_loss;
        char *link_loss_text; /* for a person: consequences and what to do; may be NULL */
        bool experimental;    /* for any of these reasons */
        bool experimental_for[_EXPERIMENTAL_REASON_MAX];
        bool local;   /* from a folder of this machine's owner, not limber's own */
        bool generic; /* its services are those of bought radio modules (protocols/definition-claim.h) */
        uint64_t min_gap_usec;
        struct match_rule matches[DEFINITION_MATCHES_MAX];
        unsigned n_matches;
        struct endpoint endpoints[PROTOCOL_ENDPOINTS_MAX];
        unsigned n_endpoints;
        struct feature features[PROTOCOL_FEATURES_MAX];
        unsigned n_features;
        /* The frames engine's wire format, and constants that an engine looks up by name. */
        struct wire_template templates[DEFINITION_TEMPLATES_MAX];
        unsigned n_templates;
        int64_t constants[DEFINITION_CONSTANTS_MAX];
        char constant_names[DEFINITION_CONSTANTS_MAX][32];
        unsigned n_constants;
};

/* Parses one file's text; path is kept for messages. -EBADMSG with findings; other errors as of conf_read(). */
int definition_parse(struct conf_reader *reader, const char *path, const void *bytes, size_t n,
        struct findings *findings, struct device_definition **ret);
/* Why a person has to accept it, from what it says now. Before anybody else has the definition. */
void definition_find_reasons(struct device_definition *definition);
/* Takes a const pointer: a definition is immutable, except for its reference count. */
struct device_definition *definition_ref(const struct device_definition *definition);
/* Returns NULL. Takes NULL. */
struct device_definition *definition_unref(const struct device_definition *definition);
DEFINE_CLEANUP(struct device_definition *, definition_unref);

/* Score of an advertised name: 0 no match, more is better (exact before prefix). *ret_rule is the matching rule. The beginning of a
 * name matches nothing by itself where the services are generic. */
unsigned definition_match(
        const struct device_definition *definition, const char *name, const struct match_rule **ret_rule);

/* Whether a definition claims products by that very rule, for a whole name or for a prefix. */
bool definition_claims(const struct device_definition *definition, const struct match_rule *rule);

/* Both are the same characteristic of the same service, whatever they are called. */
bool endpoint_is_same(const struct endpoint *a, const struct endpoint *b);

/* Words with a fixed meaning in what a device reports; no feature is called so. */
bool definition_is_report_word(const char *name);

/* Index of an endpoint or feature by name, or -1. */
int definition_endpoint(const struct device_definition *definition, const char *name);
int definition_feature(const struct device_definition *definition, const char *name);
bool definition_constant(const struct device_definition *definition, const char *name, int64_t *ret);

/* Level (thousandths of the unit) to wire integer, always downward; 0 stays 0. */
int64_t feature_to_native(const struct feature *feature, int64_t level);
/* The inverse. The level is never understated: what is not zero is at least the lowest, and what is beyond the range is above it. */
int64_t feature_from_native(const struct feature *feature, int64_t native);

/* A sentence for a person. */
const char *experimental_reason_text(enum experimental_reason reason) _const_;
const char *feature_kind_to_string(enum feature_kind kind) _const_;
const char *link_loss_to_string(enum link_loss link_loss) _const_;
const char *scale_basis_to_string(enum scale_basis basis) _const_;
