/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/conf-text.h"
#include "lib/dose.h"
#include "lib/routine.h"
#include "tests/expect-findings.h"

#define HEAD                                                                                                  \
        "format = 1; id = \"small\"; title = \"Small\"; when = \"any\"; confidence = \"low\";\n"              \
        "claims = \"none\"; discomfort_profile = \"recovery\";\n"                                             \
        "devices = ( { role = \"gun\"; kind = \"percussion\"; }, { role = \"pads\"; kind = \"estim\"; } );\n" \
        "steps = (\n"
#define TAIL "\n);"
#define GUN(zone, side, seconds)                                                                    \
        "{ kind = \"percussion\"; zone = \"" zone "\"; sides = \"" side "\"; duration = \"" seconds \
        "\"; frequency = \"25-33Hz\"; }"
#define PADS(zone, side, seconds, more)                                                        \
        "{ kind = \"estim\"; zone = \"" zone "\"; sides = \"" side "\"; duration = \"" seconds \
        "\"; frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"60%\"; ramp = \"3s\"; " more " }"

static struct routine *good(const char *text) {
        struct findings findings = {};
        struct routine *routine = NULL;

        if (routine_parse(&conf_text, text, strlen(text), &findings, &routine) < 0)
                fail_msg("line %u: %s", findings.items[0].line, findings.items[0].message);
        assert_int_equal(findings.n, 0);
        return routine;
}

static struct findings bad(const char *text) {
        struct findings findings = {};
        struct routine *routine = NULL;

        assert_int_equal(routine_parse(&conf_text, text, strlen(text), &findings, &routine), -EBADMSG);
        assert_null(routine);
        return findings;
}

static void every_shipped_routine_is_good(void **state) {
        static const struct {
                const char *id;
                unsigned steps;
                unsigned seconds;
        } shipped[] = {
                { "first-light", 6, 2 * (3 + 8) + 19 + 18 + 2 * (2 + 5) + 6 },
                { "it-band-tightness", 8, 2 * (68 + 38 + 68 + 53) + 4 * 65 + 10 },
                { "post-run-easy", 6, 2 * (68 + 53 + 68 + 53) + 2 * 65 },
                { "pre-run-activation", 6, 8 * 38 + 2 * 21 + 10 },
                { "estim-active-recovery", 6, 5 + 240 + 300 + 300 + 240 + 120 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(shipped); i++) {
                _cleanup_free_ char *path = NULL, *text = NULL;
                struct routine *routine;
                size_t n;

                assert_true(asprintf(&path, "config/routines/%s.conf", shipped[i].id) > 0);
                text = source_file(path, &n);
                routine = good(text);
                assert_string_equal(routine->id, shipped[i].id);
                assert_int_equal(routine->n_steps, shipped[i].steps);
                assert_int_equal(routine_duration(routine), shipped[i].seconds * USEC_PER_SEC);
                assert_false(routine->sign_off_required);
                routine_unref(routine);
        }
}

static void a_step_is_read_whole(void **state) {
        struct routine *routine = good(HEAD
                "{ kind = \"percussion\"; zone = \"calf\"; sides = \"each\"; duration = \"60s\"; lead_in = \"5s\";\n"
                "  frequency = \"28-33Hz\"; head = \"ball\"; pressure = \"light\"; path = \"up\"; avoid = \"shin\";\n"
                "  ramp = \"2s\"; ramp_down = \"1s\"; title = \"Calf\"; text = \"Gently\"; },\n"
                "{ kind = \"estim\"; zone = \"quads\"; sides = \"both\"; duration = \"2min\"; frequency = \"8Hz\";\n"
                "  pulse_width = \"250us\"; intensity = \"40-60%\"; ramp = \"10s\"; on = \"10s\"; off = \"50s\";\n"
                "  pad_area = \"25cm2\"; },\n"
                "{ kind = \"stretch\"; zone = \"hip_flexor\"; sides = \"left\"; duration = \"60s\"; repeats = 2; },\n"
                "{ kind = \"breathe\"; duration = \"60s\"; inhale = \"4s\"; exhale = \"6s\"; },\n"
                "{ kind = \"rest\"; duration = \"10s\"; },\n"
                "{ kind = \"prompt\"; text = \"Well?\"; }" TAIL);
        const struct routine_step *s = routine->steps;
        char dose[96];

        assert_int_equal(s[0].line, 5);
        assert_int_equal(s[0].lead_in_usec, 5 * USEC_PER_SEC);
        assert_int_equal(s[0].frequency_mhz.min, 28000);
        assert_int_equal(s[0].ramp_down_usec, USEC_PER_SEC);
        assert_string_equal(s[0].title, "Calf");
        assert_string_equal(
                routine_step_dose(&s[0], dose, sizeof(dose)), "28-33Hz, ball head, pressure light");
        assert_int_equal(routine_step_passes(&s[0]), 2);
        assert_int_equal(routine_step_side(&s[0], 0), SIDE_LEFT);
        assert_int_equal(routine_step_side(&s[0], 1), SIDE_RIGHT);
        assert_int_equal(s[1].role, 1);
        assert_int_equal(s[1].lead_in_usec, 5 * USEC_PER_SEC);
        assert_int_equal(s[1].off_usec, 50 * USEC_PER_SEC);
        assert_int_equal(s[1].pad_area_mm2, 2500);
        assert_string_equal(routine_step_dose(&s[1], dose, sizeof(dose)), "8Hz, 250us, 40-60% of comfort");
        assert_int_equal(routine_step_passes(&s[1]), 1);
        assert_string_equal(routine_step_dose(&s[2], dose, sizeof(dose)), "2 x 30s");
        assert_string_equal(s[2].title, "Stretch front of the hip");
        assert_string_equal(routine_step_dose(&s[3], dose, sizeof(dose)), "in 4s, out 6s");
        assert_string_equal(s[5].answers[0], "done");
        routine_unref(routine);
}

/* One text with one mistake a line: all of them, at their lines, in one pass. */
static void every_mistake_is_found_in_one_pass(void **state) {
        struct findings f = bad(
                "format = 1; id = \"Bad Id\"; title = \"T\"; when = \"w\"; confidence = \"lwo\";\n"
                "claims = \"none\"; discomfort_profile = \"recovery\"; frob = 1;\n"
                "devices = ( { role = \"gun\"; kind = \"percussion\"; }, { role = \"gun\"; kind = \"percussion\"; } );\n"
                "title = \"again\";\n"
                "steps = (\n"
                "{ kind = \"percussion\"; zone = \"claf\"; sides = \"left\"; duration = \"9s\"; frequency = \"30Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"calf\"; sides = \"left\"; duration = 30; frequency = \"30Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"calf\"; sides = \"left\"; duration = \"9s\"; frequency = \"41Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"calf\"; sides = \"left\"; frequency = \"30Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"patella\"; sides = \"left\"; duration = \"9s\"; frequency = \"30Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"low_back\"; sides = \"left\"; duration = \"9s\"; frequency = \"30Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"tfl\"; sides = \"left\"; duration = \"9s\"; frequency = \"30Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"calf\"; sides = \"both\"; duration = \"9s\"; frequency = \"30Hz\"; },\n"
                "{ kind = \"percussion\"; zone = \"calf\"; sides = \"left\"; duration = \"9s\"; frequency = \"30Hz\"; device = \"gnu\"; },\n"
                "{ kind = \"estim\"; zone = \"calf\"; sides = \"left\"; duration = \"9s\"; frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"60%\"; ramp = \"3s\"; device = \"gun\"; },\n"
                "{ kind = \"rest\"; duration = \"9s\"; zone = \"calf\"; },\n"
                "{ kind = \"rest\"; duration = \"9s\"; duration = \"8s\"; },\n"
                "{ kind = \"nap\"; },\n"
                "{ duration = \"9s\"; },\n"
                "7,\n"
                "{ kind = \"prompt\"; text = \"x\"; answers = [ ]; }\n"
                ");");

        EXPECT_FINDINGS(&f, { 1, "id", "a-z" }, { 1, "unknown-word", "did you mean \"low\"?" },
                { 2, "unknown-key", "'frob'" }, { 3, "doubled-role", "'gun'" },
                { 4, "doubled-key", "'title'" }, { 6, "unknown-zone", "did you mean 'calf'?" },
                { 7, "no-unit", "\"30s\"" }, { 8, "out-of-range", "17-40Hz" },
                { 9, "missing-key", "'duration'" }, { 10, "zone-denied", "bone" },
                { 11, "zone-sign-off", "sign_off = true" }, { 12, "zone-caution", "soft" },
                { 13, "sides", "each" }, { 14, "unknown-device", "'gnu'" },
                { 15, "device-kind", "percussion" }, { 16, "unknown-key", "a rest step has no key 'zone'" },
                { 17, "doubled-key", "'duration'" }, { 18, "unknown-word", NULL },
                { 19, "missing-key", "'kind'" }, { 20, "type", "group" }, { 21, "answers", "at least one" });
}

static void what_is_missing_from_the_head_is_told(void **state) {
        struct findings f = bad("format = 2;");

        assert_int_equal(f.n_errors, 8);
        assert_string_equal(f.items[0].code, "missing-key");
        findings_done(&f);
        f = bad(HEAD TAIL);
        EXPECT_FINDINGS(&f, { 4, "no-steps", NULL });
}

static void a_step_needs_a_device_of_its_kind(void **state) {
        struct findings f =
                bad("format = 1; id = \"small\"; title = \"S\"; when = \"any\"; confidence = \"low\";\n"
                    "claims = \"none\"; discomfort_profile = \"recovery\";\nsteps = (\n" GUN(
                            "calf", "left", "9s") "," PADS("calf", "left", "9s", "") TAIL);

        EXPECT_FINDINGS(
                &f, { 4, "missing-device", "role = \"gun\"" }, { 4, "missing-device", "role = \"pads\"" });
}

/* --- how much --- */

static void three_minutes_on_a_zone_of_one_side_are_the_most(void **state) {
        struct findings f;

        routine_unref(good(HEAD GUN("calf", "each", "90s") "," GUN("calf", "left", "90s") TAIL));
        f = bad(HEAD GUN("calf", "each", "90s") ",\n" GUN("calf", "left", "90000.001ms") TAIL);
        EXPECT_FINDINGS(&f, { 6, "dose", "at most 3min" });
        f = bad(HEAD GUN("calf", "left", "181s") TAIL);
        EXPECT_FINDINGS(&f, { 5, "out-of-range", "1-180s" });
}

static void a_sign_off_allows_five_minutes(void **state) {
        struct findings f;

        routine_unref(good("sign_off = true; " HEAD GUN("calf", "left", "300s") TAIL));
        f = bad("sign_off = true; " HEAD GUN("calf", "left", "299s") "," GUN("calf", "left", "2s") TAIL);
        EXPECT_FINDINGS(&f, { 5, "dose", "at most 5min" });
}

static void the_motor_runs_as_long_as_the_routine_says_at_most(void **state) {
        struct findings f;

        routine_unref(good("max_motor = \"4min\"; " HEAD GUN("calf", "each", "60s") "," GUN(
                "quads", "each", "60s") TAIL));
        f = bad("max_motor = \"4min\"; " HEAD GUN("calf", "each", "60s") ",\n" GUN("quads", "each", "61s")
                        TAIL);
        EXPECT_FINDINGS(&f, { 6, "dose", "at most 4min" });
        f = bad("max_motor = \"16min\"; " HEAD GUN("calf", "each", "60s") TAIL);
        EXPECT_FINDINGS(&f, { 1, "out-of-range", "15min" });
}

static void req12_half_an_hour_of_estim_is_the_most(void **state) {
        struct findings f;

        routine_unref(
                good(HEAD PADS("calf", "both", "15min", "") "," PADS("quads", "both", "15min", "") TAIL));
        f = bad(HEAD PADS("calf", "both", "15min", "") "," PADS("quads", "both", "901s", "") TAIL);
        EXPECT_FINDINGS(&f, { 5, "dose", "at most 30min" });
        f = bad(HEAD PADS("calf", "each", "901s", "") TAIL);
        EXPECT_FINDINGS(&f, { 5, "dose", "at most 30min" });
}

static void req5_a_ramp_of_half_a_second_is_the_shortest(void **state) {
        struct findings f = bad(HEAD
                "{ kind = \"estim\"; zone = \"calf\"; sides = \"left\"; duration = \"9s\"; frequency = \"8Hz\";\n"
                "pulse_width = \"250us\"; intensity = \"60%\"; ramp = \"499ms\"; }" TAIL);

        EXPECT_FINDINGS(&f, { 6, "out-of-range", "0.5-60s" });
}

static void req7_no_routine_asks_for_more_than_120_hz_or_400_us(void **state) {
        struct findings f = bad(HEAD
                "{ kind = \"estim\"; zone = \"calf\"; sides = \"left\"; duration = \"9s\"; frequency = \"121Hz\";\n"
                "pulse_width = \"401us\";\nintensity = \"101%\"; ramp = \"1s\"; }" TAIL);

        EXPECT_FINDINGS(&f, { 5, "out-of-range", "120Hz" }, { 6, "out-of-range", "50-400us" },
                { 7, "out-of-range", "100%" });
}

static void on_and_off_belong_together_and_ramps_fit(void **state) {
        struct findings f = bad(HEAD PADS("calf", "left", "30s", "on = \"10s\";") ",\n" PADS(
                "calf", "left", "4s", "ramp_down = \"2s\";") TAIL);

        EXPECT_FINDINGS(&f, { 5, "on-off", NULL }, { 6, "ramp", NULL });
}

static void req20_a_gun_keeps_away_from_live_pads(void **state) {
        static const struct {
                const char *zone, *side;
                const char *code; /* NULL: allowed */
        } cases[] = {
                { "calf", "left", "too-near" },
                { "soleus", "left", "too-near" },
                { "calf", "right", NULL },
                { "quads", "left", NULL },
                { "hamstrings", "right", NULL },
                { "calf", "each", "too-near" },
                { "glutes", "left", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = NULL;

                assert_true(
                        asprintf(&text,
                                "%s,\n{ kind = \"percussion\"; zone = \"%s\"; sides = \"%s\"; duration = \"9s\"; "
                                "frequency = \"30Hz\"; }" TAIL,
                                HEAD PADS("calf", "left", "60s", "background = true;"), cases[i].zone,
                                cases[i].side) > 0);
                if (cases[i].code) {
                        struct findings f = bad(text);

                        EXPECT_FINDINGS(&f, { 6, cases[i].code, "10 cm" });
                } else
                        routine_unref(good(text));
        }
}

static void live_pads_end_in_their_time(void **state) {
        struct findings f;

        routine_unref(good(HEAD PADS("calf", "left", "20s",
                "background = true;") ",{ kind = \"rest\"; duration = \"20s\"; }," GUN("calf", "left", "9s")
                        TAIL));
        f = bad(HEAD PADS("calf", "left", "20s",
                "background = true;") ",{ kind = \"rest\"; duration = \"19s\"; },\n" GUN("calf", "left",
                "9s") TAIL);
        EXPECT_FINDINGS(&f, { 6, "too-near", NULL });
        f = bad(HEAD PADS("calf", "left", "20s", "background = true;") ",\n" PADS("quads", "right", "9s", "")
                        TAIL);
        EXPECT_FINDINGS(&f, { 6, "background", "may still run" });
        f = bad(HEAD PADS("calf", "each", "20s", "background = true;") TAIL);
        EXPECT_FINDINGS(&f, { 5, "background", "cannot change sides" });
}

static void time_in_the_background_counts_only_what_sticks_out(void **state) {
        struct routine *inside = good(HEAD PADS("calf", "left", "20s",
                "background = true; lead_in = \"2s\";") ",{ kind = \"rest\"; duration = \"30s\"; }" TAIL);
        struct routine *outside = good(HEAD PADS("calf", "left", "20s",
                "background = true; lead_in = \"2s\";") ",{ kind = \"rest\"; duration = \"5s\"; }" TAIL);

        assert_int_equal(routine_duration(inside), 32 * USEC_PER_SEC);
        assert_int_equal(routine_duration(outside), 22 * USEC_PER_SEC);
        routine_unref(inside);
        routine_unref(outside);
}

static void only_left_and_right_do_not_meet(void **state) {
        for (enum side a = SIDE_NONE; a < _SIDE_MAX; a++)
                for (enum side b = SIDE_NONE; b < _SIDE_MAX; b++) {
                        bool apart =
                                (a == SIDE_LEFT && b == SIDE_RIGHT) || (a == SIDE_RIGHT && b == SIDE_LEFT);

                        assert_int_equal(sides_meet(a, b), !apart);
                }
}

static void ids_are_safe_as_file_names_and_paths(void **state) {
        static const char *const yes[] = { "a", "post-run-easy", "r2-d2", "0" };
        static const char *const no[] = { "", "-a", "a-", "a--b", "A", "a_b", "a.b", "a/b", "..", "\xc3\xa4",
                "a b" };
        char text[66];

        for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
                assert_true(conf_id_is_good(yes[i]));
        for (size_t i = 0; i < ARRAY_SIZE(no); i++)
                assert_false(conf_id_is_good(no[i]));
        memset(text, 'a', 65);
        text[65] = '\0';
        assert_false(conf_id_is_good(text));
        text[64] = '\0';
        assert_true(conf_id_is_good(text));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_shipped_routine_is_good),
                cmocka_unit_test(a_step_is_read_whole),
                cmocka_unit_test(every_mistake_is_found_in_one_pass),
                cmocka_unit_test(what_is_missing_from_the_head_is_told),
                cmocka_unit_test(a_step_needs_a_device_of_its_kind),
                cmocka_unit_test(three_minutes_on_a_zone_of_one_side_are_the_most),
                cmocka_unit_test(a_sign_off_allows_five_minutes),
                cmocka_unit_test(the_motor_runs_as_long_as_the_routine_says_at_most),
                cmocka_unit_test(req12_half_an_hour_of_estim_is_the_most),
                cmocka_unit_test(req5_a_ramp_of_half_a_second_is_the_shortest),
                cmocka_unit_test(req7_no_routine_asks_for_more_than_120_hz_or_400_us),
                cmocka_unit_test(on_and_off_belong_together_and_ramps_fit),
                cmocka_unit_test(req20_a_gun_keeps_away_from_live_pads),
                cmocka_unit_test(live_pads_end_in_their_time),
                cmocka_unit_test(time_in_the_background_counts_only_what_sticks_out),
                cmocka_unit_test(only_left_and_right_do_not_meet),
                cmocka_unit_test(ids_are_safe_as_file_names_and_paths),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
