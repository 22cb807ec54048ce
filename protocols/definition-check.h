/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A definition file is a claim, not the truth: it is held against itself and against what is known, before anything is driven by
 * it. Findings are errors with the line of what is wrong. */

#include "protocols/definition.h"

/* Where the parts of a definition stand in its file; 0: nowhere. */
struct definition_lines {
        unsigned engine, matches[DEFINITION_MATCHES_MAX], endpoints[PROTOCOL_ENDPOINTS_MAX],
                features[PROTOCOL_FEATURES_MAX], templates[DEFINITION_TEMPLATES_MAX],
                constants[DEFINITION_CONSTANTS_MAX];
};

/* Each frame that the definition calls a stop is known to be one: by its own "set" frames, or because the engine made it. Of a definition
 * without errors. */
bool definition_stop_is_known(const struct device_definition *definition);

/* A frame that the definition calls a question or a stop would, by the "set" frames of another definition on the same characteristic,
 * switch something on: which frame, and what of the other. */
bool definition_drives_by(const struct device_definition *definition, const struct device_definition *known,
        const char **ret_frame, const char **ret_feature);

/* What definition_check() does for the frames. Those that are sent by themselves must not set a level, and those that stop must be what
 * the device takes for a stop, as far as the "set" frames tell. */
void definition_check_frames(const struct device_definition *definition,
        const struct definition_lines *lines, struct findings *findings);

/* The definition has an engine, and was read without an error. */
void definition_check(const struct device_definition *definition, const struct definition_lines *lines,
        struct findings *findings);
