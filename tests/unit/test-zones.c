/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/discomfort.h"
#include "lib/zones.h"
#include "tests/test.h"

/* The no-go list of the domain facts (1.5): word for word, so that a zone that slips out of the table is missed. */
static void nothing_is_done_to_a_no_go_zone(void **state) {
        static const char *const denied[] = { "neck_front", "neck_side", "throat", "carotid", "neck_back",
                "head", "face", "spine_midline", "sacrum", "tailbone", "abdomen", "chest_wall", "ribs",
                "kidney_flank", "breast", "genital", "groin", "inner_thigh_upper", "armpit",
                "popliteal_fossa", "patella", "knee_joint_line", "lateral_femoral_epicondyle",
                "fibular_head", "shin_crest", "malleolus", "heel_bone", "greater_trochanter", "it_band_mid",
                "achilles_tendon", "patellar_tendon", "graft_site", "scar", "varicose_vein", "bruise",
                "swelling", "rash", "open_skin", "numb_area" };

        for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
                const struct zone *zone = zone_by_id(denied[i]);

                if (!zone)
                        fail_msg("%s is not in the table", denied[i]);
                assert_int_equal(zone->percussion, ZONE_DENY);
                assert_int_equal(zone->estim, ZONE_DENY);
                assert_non_null(zone->why);
        }
}

static void pads_never_go_on_the_trunk_or_near_the_groin(void **state) {
        static const char *const denied[] = { "tfl", "adductors", "hip_flexor", "abdomen", "chest_wall" };

        for (size_t i = 0; i < ARRAY_SIZE(denied); i++)
                assert_int_equal(zone_by_id(denied[i])->estim, ZONE_DENY);
}

static void every_zone_is_named_once_and_says_why_it_denies(void **state) {
        const struct zone *zone;

        for (unsigned i = 0; (zone = zone_at(i)); i++) {
                assert_ptr_equal(zone_by_id(zone->id), zone);
                assert_true(strlen(zone->name) > 0);
                if (zone->percussion == ZONE_DENY || zone->estim == ZONE_DENY)
                        assert_non_null(zone->why);
                /* What may be treated has a place on the body. */
                if (zone->percussion != ZONE_DENY || zone->estim != ZONE_DENY)
                        assert_int_not_equal(zone->region, REGION_NONE);
        }
        assert_null(zone_by_id("elbow"));
        assert_null(zone_by_id(""));
}

static void a_mistyped_zone_is_guessed(void **state) {
        assert_string_equal(zone_nearest_id("hamstring"), "hamstrings");
        assert_string_equal(zone_nearest_id("gluts"), "glutes");
        assert_null(zone_nearest_id("left_elbow"));
}

static void req20_zones_are_apart_when_a_region_lies_between(void **state) {
        static const struct {
                const char *a, *b;
                bool apart;
        } cases[] = {
                { "calf", "calf", false }, { "calf", "soleus", false }, { "calf", "quads", true },
                { "calf", "plantar_fascia", false }, { "quads", "glutes", false },
                { "quads", "hamstrings", false }, { "plantar_fascia", "quads", true },
                { "glutes", "low_back", false },
                { "scar", "calf", false }, /* anywhere: never known to be apart */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct zone *a = zone_by_id(cases[i].a), *b = zone_by_id(cases[i].b);

                assert_int_equal(zones_are_apart(a, b), cases[i].apart);
                assert_int_equal(zones_are_apart(b, a), cases[i].apart);
        }
}

static void discomfort_profiles_are_in_order_and_never_above_eight(void **state) {
        const struct discomfort_profile *p;

        for (unsigned i = 0; (p = discomfort_profile_at(i)); i++) {
                assert_true(p->target < p->reduce && p->reduce <= p->limit && p->limit <= 8);
                assert_int_equal(p->reduce, p->target + 1);
                assert_ptr_equal(discomfort_profile_by_name(p->name), p);
        }
        assert_null(discomfort_profile_by_name("heroic"));
        assert_true(discomfort_word_is_known("burning"));
        assert_false(discomfort_word_is_known("burn"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_is_done_to_a_no_go_zone),
                cmocka_unit_test(pads_never_go_on_the_trunk_or_near_the_groin),
                cmocka_unit_test(every_zone_is_named_once_and_says_why_it_denies),
                cmocka_unit_test(a_mistyped_zone_is_guessed),
                cmocka_unit_test(req20_zones_are_apart_when_a_region_lies_between),
                cmocka_unit_test(discomfort_profiles_are_in_order_and_never_above_eight),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
