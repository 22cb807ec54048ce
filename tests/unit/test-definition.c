/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>

#include "lib/conf-text.h"
#include "protocols/definition.h"
#include "tests/expect-findings.h"

/* A small gun that a person might describe; each test changes one line of it. */
static const char *const lines[] = {
        "format = 1; id = \"my-gun\"; title = \"My gun\"; kind = \"percussion\"; engine = \"frames\";",
        "evidence = \"C\"; evidence_text = \"Captured.\"; source = \"me\"; link_loss = \"stops\";",
        "match = ( { name = \"MyGun\"; prefix = true; }, { name = \"MyGun2\"; title = \"My second gun\"; } );",
        "endpoints = ( { name = \"tx\"; service = \"abc0\"; characteristic = \"abc1\"; write = [ \"command\" ]; },",
        "  { name = \"rx\"; service = \"abc0\"; characteristic = \"abc2\"; notify = true; } );",
        "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-50Hz\"; native = [ 1, 4 ]; } );",
        "frames = ( { name = \"set\"; endpoint = \"tx\"; bytes = \"A0 {motor:u8}\"; },",
        "  { name = \"stop\"; endpoint = \"tx\"; bytes = \"A0 00\"; } );",
};

/* What it may report, as the end of line 8. */
#define STATUS "  { name = \"status\"; endpoint = \"rx\"; bytes = \"B0 {running:u8}\"; } );"

/* line (from 1; 0: none) replaced by text */
static int parse_with(
        unsigned line, const char *text, struct findings *findings, struct device_definition **ret) {
        _cleanup_free_ char *whole = NULL;
        size_t size;
        FILE *f = open_memstream(&whole, &size);
        int r;

        assert_non_null(f);
        for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
                fprintf(f, "%s\n", i + 1 == line ? text : lines[i]);
        assert_int_equal(fclose(f), 0);
        r = definition_parse(&conf_text, "my-gun.conf", whole, size, findings, ret);
        return r;
}

static struct device_definition *parse_good(unsigned line, const char *text) {
        struct findings findings = {};
        struct device_definition *definition = NULL;

        if (parse_with(line, text, &findings, &definition) < 0)
                fail_msg("line %u: %s", findings.items[0].line, findings.items[0].message);
        assert_int_equal(findings.n, 0);
        return definition;
}

static void expect_error(unsigned line, const char *text, unsigned at, const char *code, const char *says) {
        struct findings findings = {};
        struct device_definition *definition = NULL;

        if (parse_with(line, text, &findings, &definition) != -EBADMSG)
                fail_msg("taken: %s", text);
        assert_null(definition);
        if (findings.items[0].line != at || !streq(findings.items[0].code, code))
                fail_msg("wanted line %u %s, found line %u %s: %s", at, code, findings.items[0].line,
                        findings.items[0].code, findings.items[0].message);
        if (says)
                assert_says(findings.items[0].message, says);
        findings_done(&findings);
}

/* Both lines of the endpoints replaced by text. */
static struct device_definition *parse_endpoints(const char *text) {
        _cleanup_free_ char *both = NULL;
        struct device_definition *definition = NULL;
        struct findings findings = {};

        assert_true(asprintf(&both, "%s\n%s\n%s\n%s\n%s\n%s\n%s", lines[0], lines[1], lines[2], text,
                            lines[5], lines[6], lines[7]) > 0);
        if (definition_parse(&conf_text, "x", both, strlen(both), &findings, &definition) < 0)
                fail_msg("%s: %s", text, findings.items[0].message);
        return definition;
}

static struct device_definition *shipped(const char *name) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        struct findings findings = {};
        struct device_definition *definition = NULL;
        size_t n;

        assert_true(asprintf(&path, "protocols/devices/%s.conf", name) > 0);
        text = source_file(path, &n);
        if (definition_parse(&conf_text, path, text, n, &findings, &definition) < 0)
                fail_msg("%s:%u: %s", path, findings.items[0].line, findings.items[0].message);
        return definition;
}

static void every_shipped_definition_loads_and_can_stop(void **state) {
        static const struct {
                const char *name;
                enum feature_kind kind;
                enum link_loss link_loss;
                bool experimental;
                unsigned features;
        } cases[] = {
                { "coyote3", FEATURE_ESTIM, LINK_LOSS_STOPS, false, 2 },
                { "theragun-gen4", FEATURE_PERCUSSION, LINK_LOSS_UNKNOWN, true, 1 },
                { "therabody-wave-duo", FEATURE_VIBRATION, LINK_LOSS_UNKNOWN, true, 1 },
                { "therabody-wave-roller", FEATURE_VIBRATION, LINK_LOSS_UNKNOWN, true, 1 },
                { "therabody-wave-solo", FEATURE_VIBRATION, LINK_LOSS_UNKNOWN, true, 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct device_definition *d = shipped(cases[i].name);

                assert_string_equal(d->id, cases[i].name);
                assert_int_equal(d->kind, cases[i].kind);
                assert_int_equal(d->link_loss, cases[i].link_loss);
                assert_int_equal(d->experimental, cases[i].experimental);
                assert_int_equal(d->n_features, cases[i].features);
                assert_true(d->evidence >= 'A' && d->evidence <= 'D');
                definition_unref(d);
        }
}

static void a_small_definition_is_read_whole(void **state) {
        struct device_definition *d = parse_good(0, NULL);
        const struct match_rule *rule = NULL;

        assert_string_equal(d->path, "my-gun.conf");
        assert_false(d->experimental);
        assert_int_equal(d->n_endpoints, 2);
        assert_string_equal(d->endpoints[0].service, "0000abc0-0000-1000-8000-00805f9b34fb");
        assert_true(d->endpoints[0].can_command && !d->endpoints[0].can_request);
        assert_true(d->endpoints[1].notify);
        assert_int_equal(d->features[0].min, 20000);
        assert_int_equal(d->features[0].max, 50000);
        assert_int_equal(d->features[0].step, 10000);
        assert_int_equal(d->features[0].uncalibrated_max, 50000);

        assert_int_equal(definition_match(d, "Other", &rule), 0);
        assert_null(rule);
        assert_true(definition_match(d, "MyGun-77", &rule) > 0);
        assert_ptr_equal(rule, &d->matches[0]);
        assert_true(definition_match(d, "MyGun2", &rule) > definition_match(d, "MyGun-77", NULL));
        (void) definition_match(d, "MyGun2", &rule);
        assert_string_equal(rule->title, "My second gun");
        assert_int_equal(definition_match(d, "", &rule), 0);
        definition_unref(d);
}

/* On the service of a bought radio module the beginning of a name is too little; beside a service of its own it is not, and battery
 * and device information are nobody's own. */
static void req23_generic_services_identify_nothing(void **state) {
        static const struct {
                const char *tx, *rx;
                bool generic;
        } cases[] = {
                { "ffe0", "ffe0", true },
                { "fff0", "fff0", true },
                { "FF00", "ff00", true },
                { "fcc0", "fcc0", true },
                { "fee9", "fee9", true },
                { "fe60", "fe60", true },
                { "6E400001-B5A3-F393-E0A9-E50E24DCCA9E", "6e400001-b5a3-f393-e0a9-e50e24dcca9e", true },
                { "ffe0", "180f", true },
                { "ffe0", "180a", true },
                { "ffe0", "abc0", false },
                { "abc0", "ffe0", false },
                { "6e400002-b5a3-f393-e0a9-e50e24dcca9e", "ffe0", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = NULL;
                struct device_definition *d;
                struct match_rule prefix = { .name = "MyGun", .prefix = true };

                assert_true(
                        asprintf(&text,
                                "endpoints = ( { name = \"tx\"; service = \"%s\"; characteristic = \"abc1\"; "
                                "write = [ \"command\" ]; }, { name = \"rx\"; service = \"%s\"; "
                                "characteristic = \"abc2\"; notify = true; } );",
                                cases[i].tx, cases[i].rx) > 0);
                d = parse_endpoints(text);
                assert_int_equal(d->generic, cases[i].generic);
                assert_int_equal(definition_match(d, "MyGun-77", NULL) == 0, cases[i].generic);
                assert_int_equal(definition_match(d, "MyGun", NULL) == 0, cases[i].generic);
                assert_int_equal(definition_claims(d, &prefix), !cases[i].generic);
                assert_int_equal(definition_match(d, "MyGun2", NULL), 1000);
                definition_unref(d);
        }
}

/* Evidence C, and a stop that none of its own set frames shows to be one. */
static void req23_a_stop_of_unknown_meaning_is_experimental(void **state) {
        struct device_definition *d = parse_good(0, NULL);

        assert_false(d->experimental);
        definition_unref(d);
        expect_error(8, "  { name = \"stop\"; endpoint = \"tx\"; bytes = \"A1 00\"; } );", 8,
                "unproven-stop", "tells its level");
        d = parse_good(8, "  { name = \"stop\"; endpoint = \"tx\"; bytes = \"A1 00\"; }," STATUS);
        assert_true(d->experimental);
        for (unsigned i = 0; i < _EXPERIMENTAL_REASON_MAX; i++)
                assert_int_equal(d->experimental_for[i], i == EXPERIMENTAL_STOP);
        assert_says(experimental_reason_text(EXPERIMENTAL_STOP), "calls a stop");
        definition_unref(d);
        /* One of two is not enough. */
        d = parse_good(8, "  { name = \"stop\"; endpoint = \"tx\"; bytes = \"A0 00\"; },"
                          "  { name = \"stop2\"; endpoint = \"tx\"; bytes = \"A1 00\"; }," STATUS);
        assert_true(d->experimental_for[EXPERIMENTAL_STOP]);
        definition_unref(d);
}

/* Two speeds are a choice where they are near each other, and a jump where they are not. */
static void req23_a_motor_does_not_jump(void **state) {
        definition_unref(parse_good(6,
                "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-40Hz\"; native = [ 1, 2 ]; } );"));
        expect_error(6,
                "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-41Hz\"; native = [ 1, 2 ]; } );",
                6, "coarse", "more than half");
        definition_unref(parse_good(6,
                "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-20Hz\"; native = [ 1, 1 ]; } );"));
}

static void without_a_stop_nothing_loads(void **state) {
        expect_error(8, "  { name = \"query\"; endpoint = \"tx\"; bytes = \"A1\"; } );", 0, "no-stop",
                "cannot be stopped");
        expect_error(
                8, "  { name = \"stop\"; endpoint = \"rx\"; bytes = \"A0 00\"; } );", 8, "no-stop", "'rx'");
        expect_error(8,
                "  { name = \"stop\"; endpoint = \"tx\"; write = \"request\"; bytes = \"A0 00\"; } );", 8,
                "no-stop", "cannot be written so");
        expect_error(
                8, "  { name = \"stop\"; endpoint = \"tx\"; bytes = \"A0 *\"; } );", 0, "no-stop", NULL);
        expect_error(4,
                "endpoints = ( { name = \"tx\"; service = \"fff0\"; characteristic = \"fff1\"; write = [ \"command\" ]; "
                "optional = true; },",
                0, "no-stop", "optional");
}

static const struct {
        unsigned line;
        const char *text;
        unsigned at;
        const char *code, *says;
} mistakes[] = {
        { 1, "format = 1; id = \"my-gun\"; title = \"My gun\"; kind = \"percussion\"; engine = \"framse\";",
                1, "engine", "'framse'" },
        { 1, "format = 1; id = \"my-gun\"; title = \"My gun\"; kind = \"percusion\"; engine = \"frames\";",
                1, "unknown-word", "percussion" },
        { 1, "format = 2; id = \"my-gun\"; title = \"My gun\"; kind = \"percussion\"; engine = \"frames\";",
                1, "out-of-range", NULL },
        { 2, "evidence = \"E\"; evidence_text = \"Captured.\"; source = \"me\"; link_loss = \"stops\";", 2,
                "unknown-word", NULL },
        { 2, "evidence = \"C\"; evidence_text = \"Captured.\"; source = \"me\";", 0, "missing-key",
                "link_loss" },
        { 2, "evidence = \"C\"; evidence_text = \"x\"; source = \"me\"; link_loss = \"stops\"; min_gap = 50;",
                2, "no-unit", NULL },
        { 3, "match = ( { nam = \"MyGun\"; } );", 3, "unknown-key", "'name'" },
        { 4, "endpoints = ( { name = \"tx\"; service = \"fff\"; characteristic = \"fff1\"; },", 4, "uuid",
                "four" },
        { 4,
                "endpoints = ( { name = \"tx\"; service = \"0000fff0-0000-1000-8000_00805f9b34fb\"; "
                "characteristic = \"fff1\"; },",
                4, "uuid", NULL },
        { 4, "endpoints = ( { name = \"tx\"; service = \"fff0\"; characteristic = \"fff1\"; write = [ \"shout\" ]; },",
                4, "write", NULL },
        { 5, "  { name = \"tx\"; service = \"fff0\"; characteristic = \"fff2\"; notify = true; } );", 5,
                "doubled-name", "'tx'" },
        { 6, "features = ( { name = \"motor\"; range = \"20-50Hz\"; native = [ 1, 4 ]; } );", 6,
                "missing-key", "basis" },
        { 6, "features = ( { name = \"motor\"; basis = \"nominal\"; native = [ 1, 4 ]; } );", 6, "range",
                "range" },
        { 6, "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-50\"; native = [ 1, 4 ]; } );",
                6, "quantity", "Hz" },
        { 6, "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-50Hz\"; native = [ 0, 4 ]; } );",
                6, "native", NULL },
        { 6, "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-50Hz\"; native = [ 5, 4 ]; } );",
                6, "native", NULL },
        { 6, "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-50Hz\"; native = [ 4 ]; } );",
                6, "native", NULL },
        { 6, "features = ( { name = \"motor\"; basis = \"unknown\"; levels = [ 3, 2 ]; } );", 6, "levels",
                "rise" },
        { 6, "features = ( { name = \"motor\"; basis = \"unknown\"; levels = [ 0, 2 ]; } );", 6, "levels",
                NULL },
        { 6, "features = ( { name = \"motor\"; basis = \"nominal\"; levels = [ 1, 2 ]; } );", 6, "levels",
                "unknown" },
        { 6, "features = ( { name = \"motor\"; kind = \"estim\"; basis = \"unknown\"; native = [ 1, 4 ]; } );",
                6, "uncalibrated-max", NULL },
        { 6,
                "features = ( { name = \"motor\"; kind = \"estim\"; basis = \"unknown\"; native = [ 1, 4 ]; "
                "uncalibrated_max = 5; } );",
                6, "out-of-range", NULL },
        { 6,
                "features = ( { name = \"motor\"; basis = \"unknown\"; native = [ 1, 4 ]; },\n { name = \"motor\"; "
                "basis = \"unknown\"; native = [ 1, 4 ]; } );",
                7, "doubled-name", "'motor'" },
        { 6, "features = ( { name = \"moter\"; basis = \"unknown\"; native = [ 1, 4 ]; } );", 7,
                "unknown-field", "'motor'" },
        { 6, "features = ( { name = \"motor\"; basis = \"unknown\"; native = [ 1, 256 ]; } );", 7, "native",
                "256, which is too much for its place in frame 'set'" },
        { 7, "frames = ( { name = \"set\"; endpoint = \"xt\"; bytes = \"A0 {motor:u8}\"; },", 7, "endpoint",
                "'xt'" },
        { 7, "frames = ( { name = \"set\"; endpoint = \"tx\"; bytes = \"A0 {motor:u9}\"; },", 7, "bytes",
                "u16be" },
        { 7, "frames = ( { name = \"set\"; endpoint = \"tx\"; write = \"loudly\"; bytes = \"A0 {motor:u8}\"; },",
                7, "unknown-word", NULL },
        { 7, "frames = ( { name = \"set\"; endpoint = \"rx\"; bytes = \"A0 {motor:u8}\"; },", 7, "endpoint",
                "'rx' cannot be written so" },
        { 7,
                "constants = { a = 1; b = \"x\"; }; frames = ( { name = \"set\"; endpoint = \"tx\"; bytes = \"A0 "
                "{motor:u8}\"; },",
                7, "constant", "'b'" },
};

static void every_mistake_is_told_with_its_line(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
                expect_error(mistakes[i].line, mistakes[i].text, mistakes[i].at, mistakes[i].code,
                        mistakes[i].says);
}

/* The second line of a file says what is wrong with it: "# wrong: LINE CODE: part of the sentence". */
static void check_wrong_file(const char *name) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        struct device_definition *definition = NULL;
        struct findings findings = {};
        char code[32], says[100];
        unsigned line;
        size_t n;

        assert_true(asprintf(&path, "tests/unit/definitions/%s", name) > 0);
        text = source_file(path, &n);
        assert_int_equal(sscanf(text, "%*[^\n] # wrong: %u %31[^:]: %99[^\n]", &line, code, says), 3);
        if (definition_parse(&conf_text, path, text, n, &findings, &definition) != -EBADMSG)
                fail_msg("%s: taken", name);
        assert_null(definition);
        for (size_t i = 0; i < findings.n; i++) {
                const struct finding *f = &findings.items[i];

                if (f->line == line && streq(f->code, code) && strstr(f->message, says)) {
                        findings_done(&findings);
                        return;
                }
        }
        fail_msg("%s: wanted %u %s (%s), found %u %s: %s", name, line, code, says, findings.items[0].line,
                findings.items[0].code, findings.items[0].message);
}

static void req23_every_wrong_file_is_refused_with_its_line(void **state) {
        _cleanup_free_ char *folder = NULL;
        const struct dirent *entry;
        unsigned files = 0;
        DIR *dir;

        assert_true(asprintf(&folder, "%s/tests/unit/definitions", source_root()) > 0);
        dir = opendir(folder);
        assert_non_null(dir);
        while ((entry = readdir(dir)))
                if (strstr(entry->d_name, ".conf")) {
                        check_wrong_file(entry->d_name);
                        files++;
                }
        (void) closedir(dir);
        assert_true(files >= 60);
}

static void req21_estim_that_may_go_on_is_experimental(void **state) {
        static const struct {
                const char *link_loss;
                bool experimental;
        } cases[] = { { "stops", false }, { "continues", true }, { "unknown", true } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                /* Not only when the whole device is for e-stim: one channel of it is enough. */
                struct device_definition *d;
                struct findings findings = {};
                char *text = NULL;

                assert_true(
                        asprintf(&text,
                                "%s\nevidence = \"A\"; evidence_text = \"x\"; source = \"me\"; link_loss = "
                                "\"%s\";\n%s\n%s\n%s\nfeatures = ( { name = \"motor\"; basis = \"unknown\"; native = [ 1, 4 ]; },"
                                " { name = \"pad\"; kind = \"estim\"; basis = "
                                "\"unknown\"; native = [ 1, 40 ]; uncalibrated_max = 4; } );\n"
                                "frames = ( { name = \"set\"; endpoint = \"tx\"; bytes = \"A0 {motor:u8} {pad:u8}\"; },"
                                " { name = \"stop\"; endpoint = \"tx\"; bytes = \"A0 00 00\"; } );\n",
                                lines[0], cases[i].link_loss, lines[2], lines[3], lines[4]) > 0);
                assert_int_equal(definition_parse(&conf_text, "x", text, strlen(text), &findings, &d), 0);
                assert_int_equal(d->experimental, cases[i].experimental);
                definition_unref(d);
                free(text);
        }
}

/* Whatever is asked for, the wire value means no more; and what the wire can say is said exactly. */
static void check_scale(const struct feature *f) {
        for (int64_t level = 0; level <= f->max + 5000; level += 7) {
                int64_t native = feature_to_native(f, level), told = feature_from_native(f, native);

                assert_true(told <= level);
                if (level < f->min)
                        assert_int_equal(native, 0);
                else if (level <= f->max)
                        assert_true(level - told < MAX(f->step, INT64_C(1000)) + 1);
        }
        for (int64_t native = f->native_min; f->n_levels == 0 && native <= f->native_max; native++)
                assert_int_equal(feature_to_native(f, feature_from_native(f, native)), native);
        for (unsigned i = 0; i < f->n_levels; i++)
                assert_int_equal(feature_to_native(f, feature_from_native(f, f->levels[i])), f->levels[i]);
        assert_int_equal(feature_to_native(f, 0), 0);
        assert_int_equal(feature_from_native(f, 0), 0);
        /* Something on the wire is something on the body. */
        assert_int_equal(feature_from_native(f, 1), f->min);
        assert_true(feature_from_native(f, f->native_max + 1) >= f->max);
}

/* A field of 32 bits, and the largest integers that a file can say. */
static void large_numbers_are_never_understated(void **state) {
        const struct feature f = { .min = 1000,
                .max = INT64_C(999999999000),
                .step = 1000,
                .native_min = 1,
                .native_max = 999999999 };

        for (int64_t native = 1; native <= UINT32_MAX; native += native / 3 + 1) {
                assert_int_equal(feature_from_native(&f, native), native * 1000);
                assert_int_equal(feature_to_native(&f, native * 1000), MIN(native, f.native_max));
        }
        assert_int_equal(feature_from_native(&f, UINT32_MAX), UINT32_MAX * INT64_C(1000));
        assert_int_equal(feature_to_native(&f, f.max), f.native_max);
        assert_int_equal(feature_from_native(&f, INT64_MAX), INT64_MAX);
        assert_int_equal(feature_from_native(&f, -1), f.min);
}

static void levels_are_told_downward_only(void **state) {
        static const char *const names[] = { "coyote3", "theragun-gen4", "therabody-wave-duo",
                "therabody-wave-roller", "therabody-wave-solo" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct device_definition *d = shipped(names[i]);

                for (unsigned k = 0; k < d->n_features; k++)
                        check_scale(&d->features[k]);
                definition_unref(d);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_shipped_definition_loads_and_can_stop),
                cmocka_unit_test(a_small_definition_is_read_whole),
                cmocka_unit_test(req23_generic_services_identify_nothing),
                cmocka_unit_test(req23_a_stop_of_unknown_meaning_is_experimental),
                cmocka_unit_test(req23_a_motor_does_not_jump),
                cmocka_unit_test(without_a_stop_nothing_loads),
                cmocka_unit_test(every_mistake_is_told_with_its_line),
                cmocka_unit_test(req23_every_wrong_file_is_refused_with_its_line),
                cmocka_unit_test(req21_estim_that_may_go_on_is_experimental),
                cmocka_unit_test(large_numbers_are_never_understated),
                cmocka_unit_test(levels_are_told_downward_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
