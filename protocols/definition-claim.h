/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which products a definition claims: by their names, and by services that only they have. What many products have in common
 * claims nothing. */

#include "protocols/definition.h"

/* A file that is not limber's own is one source that nobody else has read: evidence D, whatever it says, and so experimental. Before
 * anybody else has the definition. -ENOMEM. */
int definition_distrust(struct device_definition *definition);

/* Nor is such a file's word taken that output ends with the link, unless it only narrows what is known of the product: that would make
 * it off without anybody having stopped it. -ENOMEM. */
int definition_distrust_link_loss(struct device_definition *definition);

/* Every endpoint, apart from battery and device information, is on a service that makers buy with their radio module: thousands of
 * unrelated products have the same. */
bool definition_is_generic(const struct device_definition *definition);

/* The rule is used for products that nobody chose the definition for. The beginning of a name and a generic service are too little:
 * such a definition is chosen by a person, or for a whole name. */
bool definition_rule_claims(const struct device_definition *definition, const struct match_rule *rule);

/* Both are about one product: a name that both claim, by its whole or its beginning, or a service that is neither generic nor
 * common. *ret_what is that name or service, of b. */
bool definition_overlaps(
        const struct device_definition *a, const struct device_definition *b, const char **ret_what);

/* narrow says of a product what wide says, or less: the same protocol, endpoints, frames and scale, and no feature goes higher,
 * begins lower, or may be higher before calibration. Otherwise *ret_why says what is different; static text. */
bool definition_narrows(
        const struct device_definition *narrow, const struct device_definition *wide, const char **ret_why);
