/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of the body that routines may name, and what is allowed on each. The rules and their sources are in zones.c; a
 * zone that is not in the table cannot be named. */

#include "lib/macros.h"

enum zone_rule {
        ZONE_DENY,     /* refused, always */
        ZONE_SIGN_OFF, /* only in a routine that a therapist signed off */
        ZONE_CAUTION,  /* allowed: soft head, low band, the runner confirms */
        ZONE_ALLOW,
};

struct zone {
        const char *id;
        const char *name; /* for display, without the side */
        enum zone_rule percussion;
        enum zone_rule estim;
        const char *why;    /* reason and alternative, when a rule denies */
        unsigned region;    /* zones of one region of one side lie within 10 cm of each other */
        const char *muscle; /* id of the whole that it is part of; NULL: it is a whole */
};

enum zone_region {
        REGION_NONE,
        REGION_FOOT,
        REGION_LOWER_LEG,
        REGION_KNEE,
        REGION_THIGH,
        REGION_HIP,
        REGION_BACK,
        REGION_TRUNK,
        REGION_HEAD,
};

/* The zone of that id, or NULL. */
const struct zone *zone_by_id(const char *id);
/* Zone i of the table, or NULL past its end. */
const struct zone *zone_at(unsigned i);
/* The id nearest to a mistyped one, or NULL. */
const char *zone_nearest_id(const char *id);

/* The two name the same tissue in whole or in part: what one had, the other had. Sides are another matter. */
bool zones_share_muscle(const struct zone *a, const struct zone *b);

/* REQ20: percussion never over, or within 10 cm of, live pads. Two zones of one side may be treated at the same time only
 * when neither their regions nor those next to them meet. */
bool zones_are_apart(const struct zone *a, const struct zone *b);
