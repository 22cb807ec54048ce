/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a device definition says, for a person who wrote one: what limber would do with it, and every frame it would send. */

#include <jansson.h>

#include "protocols/definition.h"

/* A new reference; NULL: no memory. */
json_t *describe_device(const struct device_definition *definition);
/* Prints such a description, at most columns wide. */
void describe_print(const json_t *description, unsigned columns, FILE *f);
