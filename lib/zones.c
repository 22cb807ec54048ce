/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/zones.h"

#include "lib/conf.h"

/* Percussion rules: Therabody's product warnings; Cheatham 2021 (IJSPT) for what clinicians treat; case reports of
 * vertebral artery dissection for the neck (Sulkowski 2022, Shariff 2023). E-stim placement: IEC 60601-2-10 placement
 * warnings, BMC SSMR 2022;14:11 for pads on thigh, hip and calf. Where a source leaves it open the stricter reading
 * is our own default. */
#define NECK "the neck carries the carotid and vertebral arteries; no device goes there"
#define BONE "bone lies right under the skin here; treat the muscle beside it"
#define TRUNK "no device goes on the trunk in front, on ribs or over the kidneys"
#define NERVE "vessels and nerves lie close to the skin here; stay on the muscle belly"
#define TENDON "no percussion on tendon, graft or scar; hands only, with a therapist's sign-off"
#define SKIN "not on changed, broken or numb skin; leave it alone and ask a clinician if it is new"

static const struct zone zones[] = {
        { "calf", "calf", ZONE_ALLOW, ZONE_ALLOW, NULL, REGION_LOWER_LEG },
        { "soleus", "lower calf", ZONE_ALLOW, ZONE_ALLOW, NULL, REGION_LOWER_LEG, .muscle = "calf" },
        { "hamstrings", "back of the thigh", ZONE_ALLOW, ZONE_ALLOW, NULL, REGION_THIGH },
        { "hamstring_lateral", "outer back of the thigh", ZONE_ALLOW, ZONE_ALLOW, NULL, REGION_THIGH,
                .muscle = "hamstrings" },
        { "quads", "front of the thigh", ZONE_ALLOW, ZONE_ALLOW, NULL, REGION_THIGH },
        { "vastus_lateralis", "outer front of the thigh", ZONE_ALLOW, ZONE_ALLOW, NULL, REGION_THIGH,
                .muscle = "quads" },
        { "glutes", "buttock", ZONE_ALLOW, ZONE_ALLOW, NULL, REGION_HIP },
        { "tfl", "muscle in front of the hip's outer side", ZONE_CAUTION, ZONE_DENY,
                "no pads so close to the groin", REGION_HIP },
        { "adductors", "inner thigh, middle", ZONE_SIGN_OFF, ZONE_DENY, "no pads so close to the groin",
                REGION_THIGH },
        { "plantar_fascia", "arch of the foot", ZONE_CAUTION, ZONE_SIGN_OFF, NULL, REGION_FOOT },
        { "tibialis_anterior", "muscle beside the shin", ZONE_SIGN_OFF, ZONE_SIGN_OFF, NULL,
                REGION_LOWER_LEG },
        { "low_back", "muscle beside the lower spine", ZONE_SIGN_OFF, ZONE_SIGN_OFF, NULL, REGION_BACK },
        { "hip_flexor", "front of the hip", ZONE_DENY, ZONE_DENY,
                "belly and groin vessels lie over it; stretch it instead", REGION_HIP },
        { "hip_rotators", "deep muscles of the buttock", ZONE_DENY, ZONE_DENY,
                "they lie under the sciatic nerve; stretch them instead, or name glutes", REGION_HIP,
                .muscle = "glutes" },

        { "neck_front", "front of the neck", ZONE_DENY, ZONE_DENY, NECK, REGION_HEAD },
        { "neck_side", "side of the neck", ZONE_DENY, ZONE_DENY, NECK, REGION_HEAD },
        { "neck_back", "back of the neck", ZONE_DENY, ZONE_DENY, NECK, REGION_HEAD },
        { "throat", "throat", ZONE_DENY, ZONE_DENY, NECK, REGION_HEAD },
        { "carotid", "carotid", ZONE_DENY, ZONE_DENY, NECK, REGION_HEAD },
        { "head", "head", ZONE_DENY, ZONE_DENY, "no device goes on or across the head", REGION_HEAD },
        { "face", "face", ZONE_DENY, ZONE_DENY, "no device goes on or across the head", REGION_HEAD },
        { "spine_midline", "spine", ZONE_DENY, ZONE_DENY, BONE, REGION_BACK },
        { "sacrum", "sacrum", ZONE_DENY, ZONE_DENY, BONE, REGION_BACK },
        { "tailbone", "tailbone", ZONE_DENY, ZONE_DENY, BONE, REGION_BACK },
        { "abdomen", "belly", ZONE_DENY, ZONE_DENY, TRUNK, REGION_TRUNK },
        { "chest_wall", "chest", ZONE_DENY, ZONE_DENY, TRUNK, REGION_TRUNK },
        { "ribs", "ribs", ZONE_DENY, ZONE_DENY, TRUNK, REGION_TRUNK },
        { "kidney_flank", "flank", ZONE_DENY, ZONE_DENY, TRUNK, REGION_TRUNK },
        { "breast", "breast", ZONE_DENY, ZONE_DENY, TRUNK, REGION_TRUNK },
        { "genital", "genitals", ZONE_DENY, ZONE_DENY, TRUNK, REGION_TRUNK },
        { "groin", "groin", ZONE_DENY, ZONE_DENY, NERVE, REGION_HIP },
        { "inner_thigh_upper", "inner thigh, upper", ZONE_DENY, ZONE_DENY, NERVE, REGION_THIGH },
        { "armpit", "armpit", ZONE_DENY, ZONE_DENY, NERVE, REGION_TRUNK },
        { "popliteal_fossa", "hollow of the knee", ZONE_DENY, ZONE_DENY, NERVE, REGION_KNEE },
        { "patella", "kneecap", ZONE_DENY, ZONE_DENY, BONE, REGION_KNEE },
        { "knee_joint_line", "knee joint", ZONE_DENY, ZONE_DENY, BONE, REGION_KNEE },
        { "lateral_femoral_epicondyle", "outer side of the knee", ZONE_DENY, ZONE_DENY, BONE, REGION_KNEE },
        { "fibular_head", "head of the fibula", ZONE_DENY, ZONE_DENY, BONE, REGION_KNEE },
        { "shin_crest", "shin bone", ZONE_DENY, ZONE_DENY, BONE, REGION_LOWER_LEG },
        { "malleolus", "ankle bone", ZONE_DENY, ZONE_DENY, BONE, REGION_FOOT },
        { "heel_bone", "heel bone", ZONE_DENY, ZONE_DENY, BONE, REGION_FOOT },
        { "greater_trochanter", "outer hip bone", ZONE_DENY, ZONE_DENY, BONE, REGION_HIP },
        { "it_band_mid", "IT band", ZONE_DENY, ZONE_DENY,
                "the band is fixed to the thigh bone and cannot be loosened; treat tfl, glutes and vastus_lateralis",
                REGION_THIGH },
        { "achilles_tendon", "Achilles tendon", ZONE_DENY, ZONE_DENY, TENDON, REGION_FOOT },
        { "patellar_tendon", "tendon below the kneecap", ZONE_DENY, ZONE_DENY, TENDON, REGION_KNEE },
        { "graft_site", "graft", ZONE_DENY, ZONE_DENY, TENDON, REGION_NONE },
        { "scar", "scar", ZONE_DENY, ZONE_DENY, TENDON, REGION_NONE },
        { "varicose_vein", "varicose vein", ZONE_DENY, ZONE_DENY, SKIN, REGION_NONE },
        { "bruise", "bruise", ZONE_DENY, ZONE_DENY, SKIN, REGION_NONE },
        { "swelling", "swelling", ZONE_DENY, ZONE_DENY, SKIN, REGION_NONE },
        { "rash", "rash", ZONE_DENY, ZONE_DENY, SKIN, REGION_NONE },
        { "open_skin", "open skin", ZONE_DENY, ZONE_DENY, SKIN, REGION_NONE },
        { "numb_area", "numb skin", ZONE_DENY, ZONE_DENY, SKIN, REGION_NONE },
};

const struct zone *zone_at(unsigned i) {
        return i < ARRAY_SIZE(zones) ? &zones[i] : NULL;
}

const struct zone *zone_by_id(const char *id) {
        for (size_t i = 0; i < ARRAY_SIZE(zones); i++)
                if (streq(zones[i].id, id))
                        return &zones[i];
        return NULL;
}

static const char *next_zone(unsigned i, const void *userdata) {
        return i < ARRAY_SIZE(zones) ? zones[i].id : NULL;
}

const char *zone_nearest_id(const char *id) {
        return nearest_word(id, next_zone, NULL);
}

static const char *muscle_of(const struct zone *zone) {
        return zone->muscle ?: zone->id;
}

bool zones_share_muscle(const struct zone *a, const struct zone *b) {
        return a && b && streq(muscle_of(a), muscle_of(b));
}

bool zones_are_apart(const struct zone *a, const struct zone *b) {
        /* Regions are numbered along the body from the foot up: neighbours meet at a joint. An unknown region is never
         * apart. The knee lies between two muscle regions, so lower leg and thigh are two steps apart. */
        int distance = (int) a->region - (int) b->region;

        return a->region != REGION_NONE && b->region != REGION_NONE && abs(distance) >= 2;
}
