/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Routines and definitions from folders: which file wins, and that a bad one keeps nobody else out. */

#include <sys/stat.h>

#include "daemon/manager/library.h"
#include "lib/conf-text.h"
#include "lib/untrusted.h"
#include "tests/test.h"

#define FILES_MAX 16u

struct bench {
        char folder[64];
        char directories[3][96]; /* shipped, local, imported */
        char *files[FILES_MAX];
        unsigned n_files;
        struct library *library;
};

static int setup(void **state) {
        static const char *const names[] = { "shipped", "local", "imported" };
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void) snprintf(
                b->folder, sizeof(b->folder), "%s/limber-library-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(b->folder));
        for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
                (void) snprintf(b->directories[i], sizeof(b->directories[i]), "%s/%s", b->folder, names[i]);
                assert_int_equal(mkdir(b->directories[i], 0700), 0);
        }
        *state = b;
        return 0;
}

static void forget_files(struct bench *b) {
        for (unsigned i = 0; i < b->n_files; i++) {
                assert_int_equal(unlink(b->files[i]), 0);
                free(b->files[i]);
        }
        b->n_files = 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        library_free(b->library);
        forget_files(b);
        for (unsigned i = 0; i < ARRAY_SIZE(b->directories); i++)
                assert_int_equal(rmdir(b->directories[i]), 0);
        assert_int_equal(rmdir(b->folder), 0);
        free(b);
        return 0;
}

static const char *put(struct bench *b, unsigned directory, const char *name, const char *text, size_t n) {
        char *path = NULL;
        FILE *f;

        assert_true(b->n_files < FILES_MAX);
        assert_true(asprintf(&path, "%s/%s", b->directories[directory], name) > 0);
        f = fopen(path, "we");
        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
        b->files[b->n_files++] = path;
        return path;
}

static const char *put_routine(
        struct bench *b, unsigned directory, const char *file, const char *id, const char *title) {
        _cleanup_free_ char *text = NULL;

        assert_true(asprintf(&text,
                            "format = 1; id = \"%s\"; title = \"%s\"; when = \"any time\";\n"
                            "confidence = \"low\"; claims = \"none\"; discomfort_profile = \"recovery\";\n"
                            "devices = ();\n"
                            "steps = ({ kind = \"rest\"; duration = \"30s\"; });\n",
                            id, title) > 0);
        return put(b, directory, file, text, strlen(text));
}

static void read_folders(struct bench *b) {
        const struct library_folder routines[] = { { b->directories[0], "shipped" },
                { b->directories[1], "local" }, { b->directories[2], "imported" }, {} };
        const struct library_sources sources = { .routine_folders = routines };

        assert_int_equal(library_read(&sources, &conf_text, &b->library), 0);
}

/* A shipped definition with some of its text replaced: pairs of old and new. */
static const char *put_changed(
        struct bench *b, unsigned directory, const char *shipped, const char *const *changes) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        char name[16];
        size_t n;

        assert_true(asprintf(&path, "protocols/devices/%s.conf", shipped) > 0);
        text = source_file(path, &n);
        for (; changes && *changes; changes += 2) {
                const char *at = strstr(text, changes[0]);
                char *changed = NULL;

                if (!at)
                        fail_msg("%s has no %s", path, changes[0]);
                assert_true(asprintf(&changed, "%.*s%s%s", (int) (at - text), text, changes[1],
                                    at + strlen(changes[0])) > 0);
                free(text);
                text = changed;
        }
        (void) snprintf(name, sizeof(name), "%u.conf", b->n_files);
        return put(b, directory, name, text, strlen(text));
}

/* Of the bench's own folders. */
static void read_definitions(struct bench *b) {
        const struct library_folder devices[] = { { b->directories[0], "shipped" },
                { b->directories[1], "local" }, {} };
        const struct library_sources sources = { .device_folders = devices };

        assert_int_equal(library_read(&sources, &conf_text, &b->library), 0);
}

static void routines_come_by_their_ids(void **state) {
        struct bench *b = *state;

        put_routine(b, 0, "1.conf", "zebra", "Z");
        put_routine(b, 0, "2.conf", "ant", "A");
        put_routine(b, 1, "3.conf", "mouse", "M");
        read_folders(b);
        assert_int_equal(b->library->rejects.n, 0);
        assert_int_equal(b->library->n_routines, 3);
        assert_string_equal(b->library->routines[0]->id, "ant");
        assert_string_equal(b->library->routines[1]->id, "mouse");
        assert_string_equal(b->library->routines[2]->id, "zebra");
        assert_string_equal(library_routine(b->library, "mouse")->source, "local");
        assert_string_equal(library_routine(b->library, "ant")->path, b->files[1]);
        assert_null(library_routine(b->library, "cat"));
}

static void a_local_routine_replaces_a_shipped_one(void **state) {
        struct bench *b = *state;

        put_routine(b, 0, "easy.conf", "easy", "Shipped");
        put_routine(b, 1, "mine.conf", "easy", "Mine");
        read_folders(b);
        assert_int_equal(b->library->rejects.n, 0);
        assert_int_equal(b->library->n_routines, 1);
        assert_string_equal(library_routine(b->library, "easy")->title, "Mine");
}

/* Nothing that came in from outside replaces what is here. */
static void an_imported_routine_replaces_nothing(void **state) {
        struct bench *b = *state;
        const char *pushed;

        put_routine(b, 0, "easy.conf", "easy", "Shipped");
        pushed = put_routine(b, 2, "easy.conf", "easy", "Pushed");
        read_folders(b);
        assert_string_equal(library_routine(b->library, "easy")->title, "Shipped");
        assert_int_equal(b->library->rejects.n, 1);
        assert_string_equal(b->library->rejects.items[0].path, pushed);
        assert_says(b->library->rejects.items[0].message, "'easy' is already taken by");
}

static void the_second_of_a_folder_is_rejected(void **state) {
        struct bench *b = *state;

        put_routine(b, 1, "a.conf", "easy", "First");
        put_routine(b, 1, "b.conf", "easy", "Second");
        read_folders(b);
        assert_string_equal(library_routine(b->library, "easy")->title, "First");
        assert_int_equal(b->library->rejects.n, 1);
        assert_string_equal(b->library->rejects.items[0].path, b->files[1]);
}

static void bad_files_keep_nobody_out(void **state) {
        static char large[UNTRUSTED_SIZE_MAX + 1];
        struct bench *b = *state;

        memset(large, ' ', sizeof(large));
        put(b, 0, "a-bad.conf", "format = 1; id = 5;\n", 20);
        put(b, 0, "b-large.conf", large, sizeof(large));
        put(b, 0, "c-empty.conf", "", 0);
        put(b, 0, "d-nul.conf", "format = 1;\0", 12);
        put(b, 0, ".hidden.conf", "rubbish", 7);
        put(b, 0, "readme.txt", "rubbish", 7);
        put(b, 0, ".conf", "rubbish", 7);
        put_routine(b, 0, "z.conf", "easy", "Good");
        read_folders(b);
        assert_int_equal(b->library->n_routines, 1);
        assert_non_null(library_routine(b->library, "easy"));
        for (unsigned i = 0; i < 4; i++) {
                bool found = false;

                for (unsigned k = 0; k < b->library->rejects.n; k++)
                        found |= streq(b->library->rejects.items[k].path, b->files[i]);
                if (!found)
                        fail_msg("%s is not reported", b->files[i]);
        }
        for (unsigned k = 0; k < b->library->rejects.n; k++) {
                assert_null(strstr(b->library->rejects.items[k].path, "hidden"));
                assert_null(strstr(b->library->rejects.items[k].path, "readme"));
                assert_true(strlen(b->library->rejects.items[k].message) > 0);
        }
}

static void missing_folders_are_empty(void **state) {
        static const struct library_folder nowhere[] = { { "/nowhere/at/all", "local" }, {} };
        static const struct library_sources sources = { nowhere, "/nowhere", nowhere };
        struct library *library = NULL;

        assert_int_equal(library_read(&sources, &conf_text, &library), 0);
        assert_int_equal(library->n_routines, 0);
        assert_int_equal(library->n_definitions, 0);
        assert_int_equal(library->rejects.n, 0);
        library_free(library);
        assert_null(library_free(NULL));
}

static void a_folder_that_is_a_file_is_said(void **state) {
        struct bench *b = *state;
        const char *path = put(b, 0, "file", "x", 1);
        const struct library_folder folders[] = { { path, "local" }, {} };
        const struct library_sources sources = { .routine_folders = folders };

        assert_int_equal(library_read(&sources, &conf_text, &b->library), 0);
        assert_int_equal(b->library->rejects.n, 1);
        assert_string_equal(b->library->rejects.items[0].path, path);
}

static void the_shipped_definitions_are_matched_by_name(void **state) {
        static const struct {
                const char *name, *definition, *title;
        } cases[] = { { "Elite", "theragun-gen4", "Theragun Elite (generation 4)" },
                { "fr01", "therabody-wave-roller", "" }, { "47L121000", "coyote3", "" },
                { "Elit", NULL, NULL }, { "", NULL, NULL } };
        struct bench *b = *state;
        _cleanup_free_ char *path = NULL;

        assert_true(asprintf(&path, "%s/protocols/devices", source_root()) > 0);
        {
                const struct library_folder devices[] = { { path, "shipped" }, {} };
                const struct library_sources sources = { .device_folders = devices };

                assert_int_equal(library_read(&sources, &conf_text, &b->library), 0);
        }
        assert_int_equal(b->library->rejects.n, 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct match_rule *rule = NULL;
                const struct device_definition *d = library_match(b->library, cases[i].name, &rule);

                if (!cases[i].definition) {
                        assert_null(d);
                        continue;
                }
                assert_non_null(d);
                assert_string_equal(d->id, cases[i].definition);
                assert_string_equal(rule->title, cases[i].title);
                assert_ptr_equal(library_definition(b->library, cases[i].definition), d);
        }
        assert_null(library_definition(b->library, "no-such-thing"));
}

/* A user's file of a shipped id never takes its place. */
static void a_second_definition_of_an_id_is_rejected(void **state) {
        struct bench *b = *state;
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t n;

        text = source_file("protocols/devices/coyote3.conf", &n);
        put(b, 1, "mine.conf", text, n);
        assert_true(asprintf(&path, "%s/protocols/devices", source_root()) > 0);
        {
                const struct library_folder devices[] = { { path, "shipped" },
                        { b->directories[1], "local" }, {} };
                const struct library_sources sources = { .device_folders = devices };

                assert_int_equal(library_read(&sources, &conf_text, &b->library), 0);
        }
        assert_int_equal(b->library->rejects.n, 1);
        assert_string_equal(b->library->rejects.items[0].path, b->files[0]);
        assert_null(strstr(library_definition(b->library, "coyote3")->path, "mine"));
}

/* Another id, the same product. */
static void req23_a_second_definition_of_a_product_is_rejected(void **state) {
        static const char *const second[] = { "id = \"coyote3\"", "id = \"coyote9\"", NULL };
        struct bench *b = *state;
        const struct match_rule *rule = NULL;

        put_changed(b, 0, "coyote3", NULL);
        put_changed(b, 0, "coyote3", second);
        read_definitions(b);
        assert_int_equal(b->library->rejects.n, 1);
        assert_string_equal(b->library->rejects.items[0].path, b->files[1]);
        assert_says(b->library->rejects.items[0].message, "'47L121000'");
        assert_says(b->library->rejects.items[0].message, "0.conf");
        assert_null(library_definition(b->library, "coyote9"));
        assert_string_equal(library_match(b->library, "47L121000", &rule)->id, "coyote3");
}

/* What a local file says of a product that is shipped: the change, and why it is refused (NULL: taken). */
static const struct {
        const char *shipped;
        const char *changes[7];
        const char *why;
} local_files[] = {
        { "coyote3", { "id = \"coyote3\"", "id = \"mine\"" }, NULL },
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"", "[ 1, 200 ]; uncalibrated_max = 20;",
                        "[ 1, 100 ]; uncalibrated_max = 10;" },
                NULL },
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"", "uncalibrated_max = 20;", "uncalibrated_max = 19;" },
                NULL },
        { "coyote3", { "id = \"coyote3\"", "id = \"mine\"", "[ 1, 200 ]", "[ 2, 200 ]" }, NULL },
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"",
                        "basis = \"unknown\"; native = [ 1, 200 ]; uncalibrated_max = 20;",
                        "basis = \"nominal\"; range = \"0.1-20mA\"; native = [ 1, 200 ]; uncalibrated_max = \"2mA\";" },
                "levels mean" },
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"", "frequency_balance = 160",
                        "frequency_balance = 255" },
                "constants" },
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"", "link_loss = \"stops\"", "link_loss = \"unknown\"" },
                "link_loss" },
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"", "\"150b\"; notify = true",
                        "\"150c\"; notify = true" },
                "endpoints" },
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"", "name = \"47L121000\";",
                        "name = \"47L\"; prefix = true;" },
                NULL },
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"", "\"1750-2400/min\"; native = [ 1750, 2400 ]",
                        "\"1800-2000/min\"; native = [ 1800, 2000 ]" },
                NULL },
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"", "\"1750-2400/min\"; native = [ 1750, 2400 ]",
                        "\"1750-2000/min\"; native = [ 1750, 2400 ]" },
                "levels mean" },
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"", "\"1750-2400/min\"; native = [ 1750, 2400 ]",
                        "\"1750-2410/min\"; native = [ 1750, 2400 ]" },
                "goes higher" },
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"", "{motor:u16be} 03", "{motor:u16be} 02",
                        "AA {sum8:2} 01 03 00 00 03", "AA {sum8:2} 01 03 00 00 02" },
                "frames" },
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"", "AA {sum8:2} 10 00", "AA {sum8:2} 11 00" },
                "frames" },
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"", "min_gap = \"50ms\"", "min_gap = \"20ms\"" },
                "frames" },
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"", "kind = \"percussion\"",
                        "kind = \"vibration\"" },
                "kind" },
        { "therabody-wave-duo",
                { "id = \"therabody-wave-duo\"", "id = \"mine\"", "[ 30, 45, 65, 80, 100 ]",
                        "[ 30, 45, 65 ]" },
                NULL },
        { "therabody-wave-duo",
                { "id = \"therabody-wave-duo\"", "id = \"mine\"", "[ 30, 45, 65, 80, 100 ]",
                        "[ 45, 65, 80 ]" },
                "levels mean" },
        /* Another name, but a service that only the product has. */
        { "coyote3",
                { "id = \"coyote3\"", "id = \"mine\"", "47L121000", "Other", "balance = 160",
                        "balance = 255" },
                "constants" },
        /* Another name, and a service that many have. */
        { "theragun-gen4",
                { "id = \"theragun-gen4\"", "id = \"mine\"",
                        "{ name = \"Pro\"; title = \"Theragun Pro (generation 4)\"; },\n    { name = \"Elite\"; title = \"Theragun Elite (generation 4)\"; },\n    { name = \"Prime\"; title = \"Theragun Prime (generation 4)\"; }",
                        "{ name = \"Other\"; }", "AA {sum8:2} 10 00", "AA {sum8:2} 11 00" },
                NULL },
};

static void req23_a_local_file_may_only_narrow_what_is_shipped(void **state) {
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(local_files); i++) {
                const struct device_definition *d;

                put_changed(b, 0, local_files[i].shipped, NULL);
                put_changed(b, 1, local_files[i].shipped, local_files[i].changes);
                read_definitions(b);
                d = library_definition(b->library, "mine");
                if (!local_files[i].why && (!d || b->library->rejects.n > 0))
                        fail_msg("%zu: refused: %s", i, b->library->rejects.items[0].message);
                if (local_files[i].why) {
                        assert_null(d);
                        assert_int_equal(b->library->rejects.n, 1);
                        assert_string_equal(b->library->rejects.items[0].path, b->files[1]);
                        assert_says(b->library->rejects.items[0].message, local_files[i].why);
                        assert_says(b->library->rejects.items[0].message, b->files[0]);
                }
                b->library = library_free(b->library);
                forget_files(b);
        }
}

/* Its own set frames, of another form, say nothing of its question or its stop; those of a shipped file on the same characteristic do. */
static void req23_a_question_that_drives_another_product_is_refused(void **state) {
        static const struct {
                const char *from, *to, *frame;
        } cases[] = {
                { "\"AA {sum8:2} 10 00\"", "\"AA {sum8:2} 01 03 09 60 03\"", "'query-status'" },
                { "\"AA {sum8:2} 01 03 00 00 03\"", "\"AA {sum8:2} 01 03 09 60 03\"", "'stop'" },
        };
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *const changes[] = { "therabody-wave-solo", "mine", "WaveSolo", "Other",
                        "01 03 {motor:u16be} 03", "02 03 {motor:u16be} 03", cases[i].from, cases[i].to,
                        NULL };

                put_changed(b, 0, "theragun-gen4", NULL);
                put_changed(b, 1, "therabody-wave-solo", changes);
                read_definitions(b);
                assert_null(library_definition(b->library, "mine"));
                assert_int_equal(b->library->rejects.n, 1);
                assert_says(b->library->rejects.items[0].message, cases[i].frame);
                assert_says(b->library->rejects.items[0].message, b->files[0]);
                b->library = library_free(b->library);
                forget_files(b);
        }
}

/* Whatever it says of itself; and of a product that is shipped, too, the narrower one is used. */
static void req23_a_local_file_is_evidence_d(void **state) {
        static const char *const changes[] = { "id = \"coyote3\"", "id = \"mine\"", NULL };
        struct bench *b = *state;
        const struct match_rule *rule = NULL;
        const struct device_definition *d;

        put_changed(b, 0, "coyote3", NULL);
        put_changed(b, 1, "coyote3", changes);
        read_definitions(b);
        d = library_match(b->library, "47L121000", &rule);
        assert_string_equal(d->id, "mine");
        assert_ptr_equal(rule, &d->matches[0]);
        assert_int_equal(d->evidence, 'D');
        assert_true(d->experimental);
        assert_says(d->evidence_text, b->files[1]);
        assert_says(d->evidence_text, "Published by its maker");
        d = library_definition(b->library, "coyote3");
        assert_int_equal(d->evidence, 'A');
        assert_false(d->experimental);
}

/* Whole names are more specific, and narrower is narrower. What the file does not mean stays as it is. */
static void req23_a_narrower_file_is_used_by_whatever_rule(void **state) {
        static const char *const changes[] = { "id = \"coyote3\"", "id = \"mine\"", "name = \"47L121000\";",
                "name = \"47L\"; prefix = true;", "uncalibrated_max = 20;", "uncalibrated_max = 10;", NULL };
        const struct match_rule *rule = NULL, *none = NULL;
        const struct device_definition *mine, *shipped;
        struct bench *b = *state;

        put_changed(b, 0, "coyote3", NULL);
        put_changed(b, 0, "theragun-gen4", NULL);
        put_changed(b, 1, "coyote3", changes);
        read_definitions(b);
        mine = library_definition(b->library, "mine");
        shipped = library_definition(b->library, "coyote3");
        assert_ptr_equal(library_match(b->library, "47L121000", &rule), mine);
        assert_ptr_equal(rule, &mine->matches[0]);
        assert_ptr_equal(library_narrower(b->library, shipped, "47L121000", &rule), mine);
        assert_ptr_equal(library_narrower(b->library, shipped, "Other", &none), shipped);
        assert_null(none);
        assert_ptr_equal(library_narrower(b->library, mine, "47L121000", &none), mine);
        shipped = library_definition(b->library, "theragun-gen4");
        assert_ptr_equal(library_narrower(b->library, shipped, "Pro", &none), shipped);
}

/* Nobody has checked that, and it would be called off without a stop. The shipped word of a product holds in a narrower file. */
static void req21_a_local_file_is_not_believed_that_output_ends_with_the_link(void **state) {
        static const struct {
                const char *shipped, *changes[9];
                enum link_loss link_loss;
        } cases[] = {
                { "theragun-gen4",
                        { "id = \"theragun-gen4\"", "id = \"mine\"", "\"Pro\"", "\"Other\"",
                                "link_loss = \"unknown\"", "link_loss = \"stops\"" },
                        LINK_LOSS_UNKNOWN },
                { "theragun-gen4",
                        { "id = \"theragun-gen4\"", "id = \"mine\"", "link_loss = \"unknown\"",
                                "link_loss = \"continues\"" },
                        LINK_LOSS_CONTINUES },
                { "coyote3", { "id = \"coyote3\"", "id = \"mine\"" }, LINK_LOSS_UNKNOWN },
        };
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct device_definition *d;

                put_changed(b, 1, cases[i].shipped, cases[i].changes);
                read_definitions(b);
                d = library_definition(b->library, "mine");
                assert_non_null(d);
                assert_int_equal(d->link_loss, cases[i].link_loss);
                assert_int_equal(d->experimental_for[EXPERIMENTAL_LINK_LOSS], d->kind == FEATURE_ESTIM);
                if (d->link_loss == LINK_LOSS_UNKNOWN)
                        assert_says(d->link_loss_text, "nobody has checked");
                b->library = library_free(b->library);
                forget_files(b);
        }
        put_changed(b, 0, "coyote3", NULL);
        put_changed(b, 1, "coyote3", cases[2].changes);
        read_definitions(b);
        assert_int_equal(library_definition(b->library, "mine")->link_loss, LINK_LOSS_STOPS);
        assert_false(library_definition(b->library, "mine")->experimental_for[EXPERIMENTAL_LINK_LOSS]);
}

/* Two files of products that nothing but a bought radio module tells apart: neither is chosen by itself, so both may be there. */
static void req23_generic_services_make_no_rivals(void **state) {
        static const char *const one[] = { "name = \"WaveSolo\";", "name = \"Mod\"; prefix = true;", NULL };
        static const char *const two[] = { "name = \"WaveSolo\";", "name = \"Mod\"; prefix = true;",
                "therabody-wave-solo", "another", NULL };
        struct bench *b = *state;
        const struct match_rule *rule;

        put_changed(b, 0, "therabody-wave-solo", one);
        put_changed(b, 0, "therabody-wave-solo", two);
        read_definitions(b);
        assert_int_equal(b->library->rejects.n, 0);
        assert_int_equal(b->library->n_definitions, 2);
        assert_null(library_match(b->library, "Mod77", &rule));
        assert_null(library_match(b->library, "Mod", &rule));
}

int main(void) {
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BENCH_TEST(routines_come_by_their_ids),
                BENCH_TEST(a_local_routine_replaces_a_shipped_one),
                BENCH_TEST(an_imported_routine_replaces_nothing),
                BENCH_TEST(the_second_of_a_folder_is_rejected),
                BENCH_TEST(bad_files_keep_nobody_out),
                BENCH_TEST(missing_folders_are_empty),
                BENCH_TEST(a_folder_that_is_a_file_is_said),
                BENCH_TEST(the_shipped_definitions_are_matched_by_name),
                BENCH_TEST(a_second_definition_of_an_id_is_rejected),
                BENCH_TEST(req23_a_second_definition_of_a_product_is_rejected),
                BENCH_TEST(req23_a_narrower_file_is_used_by_whatever_rule),
                BENCH_TEST(req21_a_local_file_is_not_believed_that_output_ends_with_the_link),
                BENCH_TEST(req23_a_local_file_may_only_narrow_what_is_shipped),
                BENCH_TEST(req23_a_question_that_drives_another_product_is_refused),
                BENCH_TEST(req23_a_local_file_is_evidence_d),
                BENCH_TEST(req23_generic_services_make_no_rivals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
