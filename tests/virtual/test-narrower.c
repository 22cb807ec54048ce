/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file of the owner's that narrows a shipped definition holds for the devices that were added before it was there, and only as long as
 * it is there. */

#include "daemon/manager/manager.h"
#include "lib/conf-text.h"
#include "protocols/definition-claim.h"
#include "tests/test.h"
#include "tests/virtual/virtual-clock.h"
#include "tests/virtual/virtual-radio.h"

#define GUN "C0:FF:EE:00:00:01"
#define OTHER "C0:FF:EE:00:00:02"

static void on_device(struct device *device, void *userdata) {}
static void on_changed(void *userdata) {}
static int on_output(struct device *device, bool on, void *userdata) {
        return 0;
}

static const struct manager_handler handler = {
        .changed = on_changed,
        .device_added = on_device,
        .device_removed = on_device,
        .device_changed = on_device,
        .output = on_output,
};

static struct device_definition *read_gun(const char *match, bool local) {
        struct device_definition *definition = NULL;
        struct findings findings = {};
        _cleanup_free_ char *text = NULL;

        assert_true(
                asprintf(&text,
                        "format = 1; id = \"%s\"; title = \"Gun\"; kind = \"percussion\"; engine = \"frames\";\n"
                        "evidence = \"C\"; evidence_text = \"Captured.\"; source = \"me\"; link_loss = \"unknown\";\n"
                        "match = ( %s );\n"
                        "endpoints = ( { name = \"tx\"; service = \"ffe0\"; characteristic = \"ffe2\"; write = [ \"command\" ]; } );\n"
                        "features = ( { name = \"motor\"; basis = \"nominal\"; range = \"20-40Hz\"; native = [ 20, 40 ]; } );\n"
                        "frames = ( { name = \"set\"; endpoint = \"tx\"; bytes = \"A0 {motor:u8}\"; },\n"
                        "  { name = \"stop\"; endpoint = \"tx\"; bytes = \"A0 00\"; } );\n",
                        local ? "mine" : "gun", match) > 0);
        if (definition_parse(&conf_text, "gun.conf", text, strlen(text), &findings, &definition) < 0)
                fail_msg("line %u: %s", findings.items[0].line, findings.items[0].message);
        findings_done(&findings);
        if (local)
                assert_int_equal(definition_distrust(definition), 0);
        return definition;
}

/* Shipped is the gun "Pro"; match is that of the owner's file, NULL: there is none. Two guns were added, one of another name. */
static struct library *make_library(const char *match) {
        static const struct stored_device stored[] = {
                { GUN, "random", "Pro", "mjolnir", "gun" },
                { OTHER, "random", "Elite", "", "gun" },
        };
        struct library *library = calloc(1, sizeof(*library));

        assert_non_null(library);
        library->definitions = calloc(2, sizeof(*library->definitions));
        assert_non_null(library->definitions);
        library->definitions[library->n_definitions++] =
                read_gun("{ name = \"Pro\"; }, { name = \"Elite\"; }", false);
        if (match)
                library->definitions[library->n_definitions++] = read_gun(match, true);
        library->stored = calloc(ARRAY_SIZE(stored), sizeof(*library->stored));
        assert_non_null(library->stored);
        memcpy(library->stored, stored, sizeof(stored));
        library->n_stored = ARRAY_SIZE(stored);
        return library;
}

struct bench {
        struct record record; /* first */
        struct virtual_clock *clock;
        struct virtual_radio *radio;
        struct manager *manager;
        char folder[64];
};

static void keep_nothing(struct record *record, const struct record_entry *entry) {}

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));
        struct manager_settings settings;

        assert_non_null(b);
        b->record.put = keep_nothing;
        (void) snprintf(
                b->folder, sizeof(b->folder), "%s/limber-narrower-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(b->folder));
        b->clock = virtual_clock_new();
        b->radio = virtual_radio_new(virtual_clock_base(b->clock));
        settings = (struct manager_settings){
                .clock = virtual_clock_base(b->clock),
                .store_directory = b->folder,
                .record = &b->record,
                .handler = &handler,
                .userdata = b,
        };
        assert_int_equal(manager_new(&settings, &b->manager), 0);
        manager_set_radio(b->manager, virtual_radio_base(b->radio));
        *state = b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        manager_free(b->manager);
        virtual_radio_free(b->radio);
        virtual_clock_free(b->clock);
        (void) device_store_remove(b->folder, GUN, "random");
        assert_int_equal(rmdir(b->folder), 0);
        free(b);
        return 0;
}

static const struct device *find(const struct bench *b, const char *word) {
        _cleanup_free_ char *sentence = NULL;
        struct device *device = NULL;

        assert_int_equal(manager_find_device(b->manager, word, true, &device, &sentence), 0);
        return device;
}

static const char *definition_of(const struct bench *b, const char *word) {
        return device_definition(find(b, word))->id;
}

static void read_library(struct bench *b, const char *match) {
        assert_int_equal(manager_set_library(b->manager, make_library(match)), 0);
        assert_int_equal(manager_store_rejects(b->manager)->n, 0);
}

static void req23_what_was_added_before_is_narrowed_too(void **state) {
        struct bench *b = *state;

        read_library(b, "{ name = \"Pro\"; title = \"My gun\"; }");
        assert_string_equal(definition_of(b, GUN), "mine");
        assert_string_equal(device_model(find(b, GUN)), "My gun");
        assert_string_equal(definition_of(b, OTHER), "gun");
}

/* A reload without the file, with it, and without it: no gun is lost. */
static void it_is_what_it_was_when_the_file_is_gone(void **state) {
        struct bench *b = *state;

        read_library(b, NULL);
        assert_string_equal(definition_of(b, GUN), "gun");
        read_library(b, "{ name = \"Pro\"; }");
        assert_string_equal(definition_of(b, GUN), "mine");
        read_library(b, NULL);
        assert_string_equal(definition_of(b, GUN), "gun");
}

static void keep_definition(const struct stored_device *device, void *userdata) {
        (void) snprintf(userdata, 65, "%s", device->definition);
}

/* Nor by a file of its own that was written meanwhile. */
static void what_it_was_added_as_stays_in_its_file(void **state) {
        const struct add_options options = { .alias = "thor" };
        _cleanup_free_ char *sentence = NULL;
        struct rejects rejects = {};
        struct bench *b = *state;
        char definition[65] = "";

        read_library(b, "{ name = \"Pro\"; }");
        if (manager_add_device(b->manager, "mjolnir", &options, NULL, NULL, &sentence) < 0)
                fail_msg("%s", sentence);
        assert_int_equal(device_store_read(&conf_text, b->folder, &rejects, keep_definition, definition), 0);
        rejects_done(&rejects);
        assert_string_equal(definition, "gun");
        read_library(b, NULL);
        assert_string_equal(definition_of(b, "thor"), "gun");
}

int main(void) {
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BENCH_TEST(req23_what_was_added_before_is_narrowed_too),
                BENCH_TEST(it_is_what_it_was_when_the_file_is_gone),
                BENCH_TEST(what_it_was_added_as_stays_in_its_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
