/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/stat.h>
#include <syslog.h>

#include "daemon/service/settings.h"
#include "lib/clock.h"
#include "lib/conf-text.h"
#include "tests/test.h"

struct bench {
        char directory[64], path[96], folder[96], files[4][160];
        unsigned n_files;
        struct settings settings;
        struct rejects rejects;
};

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void) snprintf(
                b->directory, sizeof(b->directory), "%s/limber-settings-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(b->directory));
        (void) snprintf(b->path, sizeof(b->path), "%s/limberd.conf", b->directory);
        (void) snprintf(b->folder, sizeof(b->folder), "%s/limberd.conf.d", b->directory);
        assert_int_equal(mkdir(b->folder, 0700), 0);
        *state = b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        for (unsigned i = 0; i < b->n_files; i++)
                (void) unlink(b->files[i]);
        (void) rmdir(b->folder);
        assert_int_equal(rmdir(b->directory), 0);
        rejects_done(&b->rejects);
        free(b);
        return 0;
}

/* name: NULL, or a file of the folder. */
static void put(struct bench *b, const char *name, const char *text) {
        FILE *f;

        if (name)
                (void) snprintf(b->files[b->n_files], sizeof(b->files[0]), "%s/%s", b->folder, name);
        else
                (void) snprintf(b->files[b->n_files], sizeof(b->files[0]), "%s", b->path);
        f = fopen(b->files[b->n_files++], "we");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static int read_all(struct bench *b) {
        rejects_done(&b->rejects);
        return settings_read(b->path, &conf_text, &b->settings, &b->rejects);
}

static void expect_defaults(const struct settings *s) {
        assert_string_equal(s->adapter, "");
        assert_int_equal(s->idle_usec, 120 * USEC_PER_SEC);
        assert_int_equal(s->battery_min, 20);
        assert_int_equal(s->stage_expiry_usec, 2 * 3600 * USEC_PER_SEC);
        assert_int_equal(s->keep_usec, 0);
        assert_int_equal(s->log_level, LOG_INFO);
        assert_int_equal(s->unattended.n_users, 0);
}

static void without_files_there_are_defaults(void **state) {
        struct bench *b = *state;

        read_all(b);
        assert_int_equal(b->rejects.n, 0);
        expect_defaults(&b->settings);
}

static void every_key_is_read(void **state) {
        struct bench *b = *state;

        put(b, NULL,
                "adapter = \"hci1\"; idle_disconnect = \"30s\"; battery_min = \"35%\"; stage_expiry = \"10min\";\n"
                "keep = \"8760h\"; log_level = \"warning\";\n"
                "unattended = { users = ( \"root\", \"4711\" ); routines = ( \"a-b\" ); hours = \"22:00-06:30\"; };\n");
        read_all(b);
        assert_int_equal(b->rejects.n, 0);
        assert_string_equal(b->settings.adapter, "hci1");
        assert_int_equal(b->settings.idle_usec, 30 * USEC_PER_SEC);
        assert_int_equal(b->settings.battery_min, 35);
        assert_int_equal(b->settings.stage_expiry_usec, 600 * USEC_PER_SEC);
        assert_int_equal(b->settings.keep_usec, 8760 * 3600 * USEC_PER_SEC);
        assert_int_equal(b->settings.log_level, LOG_WARNING);
        assert_int_equal(b->settings.unattended.n_users, 2);
        assert_int_equal(b->settings.unattended.users[0], 0);
        assert_int_equal(b->settings.unattended.users[1], 4711);
        assert_string_equal(b->settings.unattended.routines[0], "a-b");
        assert_int_equal(b->settings.unattended.from_minute, 22 * 60);
        assert_int_equal(b->settings.unattended.until_minute, 6 * 60 + 30);
}

static void later_files_go_before_earlier_ones(void **state) {
        struct bench *b = *state;

        put(b, NULL, "battery_min = \"30%\"; idle_disconnect = \"30s\";");
        put(b, "20.conf", "battery_min = \"50%\";");
        put(b, "10.conf", "battery_min = \"40%\"; adapter = \"00:11:22:33:44:55\";");
        read_all(b);
        assert_int_equal(b->rejects.n, 0);
        assert_int_equal(b->settings.battery_min, 50);
        assert_int_equal(b->settings.idle_usec, 30 * USEC_PER_SEC);
        assert_string_equal(b->settings.adapter, "00:11:22:33:44:55");
}

/* Every mistake is named with its line; the key has its default, even where an earlier file had another value. */
static void what_is_wrong_is_named_and_is_the_default(void **state) {
        static const struct {
                const char *text, *says;
        } cases[] = {
                { "batery_min = \"30%\";", "did you mean 'battery_min'" },
                { "battery_min = \"10%\";", "out of range" },
                { "battery_min = 30;", "bare number" },
                { "adapter = \"eth0\";", "'adapter' is" },
                { "adapter = \"hci\";", "'adapter' is" },
                { "adapter = \"00:11:22:33:44:5\";", "'adapter' is" },
                { "idle_disconnect = \"1s\";", "out of range" },
                { "idle_disconnect = \"forever\";", "value with a unit" },
                { "stage_expiry = \"25h\";", "out of range" },
                { "keep = \"0h\";", "out of range" },
                { "keep = \"24h\";", "out of range" },
                { "log_level = \"loud\";", "log_level" },
                { "unattended = \"yes\";", "a group" },
                { "unattended = { users = ( \"root\" ); };", "needs 'routines'" },
                { "unattended = { users = ( \"no-such-user-here\" ); routines = (); };", "no user" },
                { "unattended = { users = ( \"root\" ); routines = ( \"../x\" ); };", "no id of a routine" },
                { "unattended = { users = ( \"root\" ); routines = (); hours = \"7-21\"; };",
                        "two different times" },
                { "unattended = { users = ( \"root\" ); routines = (); hours = \"07:00-07:00\"; };",
                        "two different times" },
                { "unattended = { users = ( \"root\" ); routines = (); hours = \"07:00-24:30\"; };",
                        "two different times" },
                { "unattended = { users = ( \"root\" ); routines = (); days = \"all\"; };",
                        "no key 'days'" },
                { "@include \"/etc/shadow\"", "@include" },
                { "battery_min = ;", "name = value" },
        };
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                b->n_files = 0;
                put(b, NULL, "\n");
                put(b, "1.conf", cases[i].text);
                read_all(b);
                if (b->rejects.n != 1)
                        fail_msg("\"%s\": %u mistakes", cases[i].text, b->rejects.n);
                assert_says(b->rejects.items[0].message, cases[i].says);
                assert_int_equal(b->rejects.items[0].line, 1);
                expect_defaults(&b->settings);
        }
        b->n_files = 0;
        put(b, NULL, "battery_min = \"80%\"; unattended = { users = ( \"root\" ); routines = ( \"a\" ); };");
        put(b, "1.conf", "battery_min = \"8%\"; unattended = { users = ( \"root\" ); };");
        read_all(b);
        assert_int_equal(b->rejects.n, 2);
        expect_defaults(&b->settings);
}

/* It may have been the file that forbids it. */
static void a_file_that_is_no_whole_text_counts_for_nothing(void **state) {
        static const char *const texts[] = {
                "battery_min = \"60%\"; unattended = { users = (",
                "battery_min = \"60%\"; battery_min = \"70%\";",
                "battery_min = \"60%\"; unattended = { users = (); users = ( \"root\" ); routines = ( \"a\" ); };",
        };
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                b->n_files = 0;
                put(b, NULL,
                        "battery_min = \"30%\"; unattended = { users = ( \"root\" ); routines = ( \"a\" ); };");
                put(b, "1.conf", texts[i]);
                assert_int_equal(read_all(b), 1);
                assert_true(b->rejects.n >= 1);
                assert_int_equal(b->settings.battery_min, 30);
                assert_int_equal(b->settings.unattended.n_users, 0);
        }
        /* One that cannot be read, and a harmless mistake before it. */
        b->n_files = 0;
        put(b, NULL, "batery = 1; unattended = { users = ( \"root\" ); routines = ( \"a\" ); };");
        (void) snprintf(b->files[b->n_files], sizeof(b->files[0]), "%s/1.conf", b->folder);
        (void) unlink(b->files[b->n_files]);
        assert_int_equal(symlink("1.conf", b->files[b->n_files++]), 0);
        assert_int_equal(read_all(b), 1);
        assert_int_equal(b->rejects.n, 2);
        assert_non_null(strstr(b->rejects.items[0].path, "1.conf"));
        assert_int_equal(b->settings.unattended.n_users, 0);
}

static void what_is_printed_is_read_again(void **state) {
        struct bench *b = *state;
        _cleanup_free_ char *text = NULL;
        struct settings before;
        size_t n = 0;
        FILE *f;

        put(b, NULL,
                "adapter = \"hci0\"; idle_disconnect = \"45s\"; battery_min = \"21%\"; keep = \"5000h\"; log_level = \"debug\";"
                "unattended = { users = ( \"0\" ); routines = ( \"a\", \"b\" ); hours = \"07:05-09:00\"; };");
        read_all(b);
        before = b->settings;
        f = open_memstream(&text, &n);
        settings_print(&b->settings, false, f);
        assert_int_equal(fclose(f), 0);
        b->n_files = 0;
        put(b, NULL, text);
        read_all(b);
        assert_int_equal(b->rejects.n, 0);
        assert_memory_equal(&b->settings, &before, sizeof(before));
}

/* config/limberd.conf is the table, commented out. */
static void the_shipped_file_has_every_key_with_its_default(void **state) {
        _cleanup_free_ char *text = NULL, *shipped = NULL;
        struct settings settings;
        size_t n = 0, n_shipped, at = 0;
        FILE *f = open_memstream(&text, &n);

        settings_default(&settings);
        settings_print(&settings, true, f);
        assert_int_equal(fclose(f), 0);
        shipped = source_file("config/limberd.conf", &n_shipped);
        while (at < n_shipped && strncmp(shipped + at, "\n\n", 2) != 0)
                at++;
        assert_string_equal(shipped + at + 2, text);
}

static void hours_go_over_midnight(void **state) {
        struct unattended u = { .users = { 1000 }, .n_users = 1, .routines = { "a" }, .n_routines = 1 };

        assert_false(unattended_allows(&u, 1000, "a", 0));
        u.until_minute = 24 * 60;
        assert_true(unattended_allows(&u, 1000, "a", 0));
        assert_true(unattended_allows(&u, 1000, "a", 24 * 60 - 1));
        assert_false(unattended_allows(&u, 1001, "a", 0));
        assert_false(unattended_allows(&u, 1000, "b", 0));
        u.from_minute = 7 * 60;
        u.until_minute = 21 * 60;
        assert_false(unattended_allows(&u, 1000, "a", 7 * 60 - 1));
        assert_true(unattended_allows(&u, 1000, "a", 7 * 60));
        assert_false(unattended_allows(&u, 1000, "a", 21 * 60));
        u.from_minute = 22 * 60;
        u.until_minute = 6 * 60;
        assert_true(unattended_allows(&u, 1000, "a", 23 * 60));
        assert_true(unattended_allows(&u, 1000, "a", 60));
        assert_false(unattended_allows(&u, 1000, "a", 12 * 60));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(without_files_there_are_defaults, setup, teardown),
                cmocka_unit_test_setup_teardown(every_key_is_read, setup, teardown),
                cmocka_unit_test_setup_teardown(later_files_go_before_earlier_ones, setup, teardown),
                cmocka_unit_test_setup_teardown(what_is_wrong_is_named_and_is_the_default, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        a_file_that_is_no_whole_text_counts_for_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(what_is_printed_is_read_again, setup, teardown),
                cmocka_unit_test(the_shipped_file_has_every_key_with_its_default),
                cmocka_unit_test(hours_go_over_midnight),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
