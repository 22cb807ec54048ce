/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is kept of a device comes back as it was, whatever its name from the air was. */

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/manager/device-store.h"
#include "lib/conf-text.h"
#include "tests/test.h"

struct bench {
        char folder[64], directory[96];
        struct rejects rejects;
        struct stored_device read[8];
        unsigned n;
};

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void) snprintf(b->folder, sizeof(b->folder), "%s/limber-store-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(b->folder));
        (void) snprintf(b->directory, sizeof(b->directory), "%s/devices", b->folder);
        *state = b;
        return 0;
}

static int teardown(void **state) {
        static const char *const names[] = { "AA_BB_CC_DD_EE_01.conf", "AA_BB_CC_DD_EE_02.conf",
                "bad.conf" };
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_free_ char *path = NULL;

                assert_true(asprintf(&path, "%s/%s", b->directory, names[i]) > 0);
                (void) unlink(path);
        }
        (void) rmdir(b->directory);
        (void) unlink(b->directory);
        assert_int_equal(rmdir(b->folder), 0);
        rejects_done(&b->rejects);
        free(b);
        return 0;
}

static struct stored_device device_of(const char *address, const char *name, const char *alias) {
        struct stored_device device = { .address_type = "random", .definition = "theragun-gen4" };

        (void) snprintf(device.address, sizeof(device.address), "%s", address);
        (void) snprintf(device.name, sizeof(device.name), "%s", name);
        (void) snprintf(device.alias, sizeof(device.alias), "%s", alias);
        return device;
}

static void on_read(const struct stored_device *device, void *userdata) {
        struct bench *b = userdata;

        assert_true(b->n < ARRAY_SIZE(b->read));
        b->read[b->n++] = *device;
}

static void read_all(struct bench *b) {
        b->n = 0;
        rejects_done(&b->rejects);
        device_store_read(&conf_text, b->directory, &b->rejects, on_read, b);
}

static void assert_same(const struct stored_device *a, const struct stored_device *b) {
        assert_string_equal(a->address, b->address);
        assert_string_equal(a->address_type, b->address_type);
        assert_string_equal(a->name, b->name);
        assert_string_equal(a->alias, b->alias);
        assert_string_equal(a->definition, b->definition);
}

static void what_was_written_is_read(void **state) {
        struct bench *b = *state;
        struct stored_device one = device_of("AA:BB:CC:DD:EE:01", "Pro", "gun"),
                             two = device_of("AA:BB:CC:DD:EE:02", "47L121000", "");

        assert_int_equal(device_store_write(b->directory, &two), 0);
        assert_int_equal(device_store_write(b->directory, &one), 0);
        read_all(b);
        assert_int_equal(b->rejects.n, 0);
        assert_int_equal(b->n, 2);
        assert_same(&b->read[0], &one);
        assert_same(&b->read[1], &two);
}

static void a_second_writing_replaces_the_first(void **state) {
        struct bench *b = *state;
        struct stored_device one = device_of("AA:BB:CC:DD:EE:01", "Pro", "gun"),
                             two = device_of("AA:BB:CC:DD:EE:01", "Pro", "other-gun");

        assert_int_equal(device_store_write(b->directory, &one), 0);
        assert_int_equal(device_store_write(b->directory, &two), 0);
        read_all(b);
        assert_int_equal(b->n, 1);
        assert_same(&b->read[0], &two);
}

/* Names come from the air: quotes, escapes, line ends and comments stay what they are, or go. */
static void a_name_is_only_a_name(void **state) {
        static const struct {
                const char *name, *read;
        } cases[] = {
                { "a \"quoted\" \\ name", "a \"quoted\" \\ name" },
                { "\"; alias = \"mine", "\"; alias = \"mine" },
                { "two\nlines\r\t", "two lines " },
                { "# no comment // nor this /* or this */", "# no comment // nor this /* or this */" },
                { "\x7f\x01gun", "gun" },
                { "\x7f\x01", "?" },
                { "cut \xc3", "cut " },
                { "Ger\xc3\xa4t", "Ger\xc3\xa4t" },
        };
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct stored_device device = device_of("AA:BB:CC:DD:EE:01", cases[i].name, "");

                assert_int_equal(device_store_write(b->directory, &device), 0);
                read_all(b);
                if (b->rejects.n > 0)
                        fail_msg("\"%s\": %s", cases[i].name, b->rejects.items[0].message);
                assert_int_equal(b->n, 1);
                assert_string_equal(b->read[0].name, cases[i].read);
                assert_string_equal(b->read[0].alias, "");
        }
}

static void what_is_removed_is_gone(void **state) {
        struct bench *b = *state;
        struct stored_device one = device_of("AA:BB:CC:DD:EE:01", "Pro", "gun");

        assert_int_equal(device_store_remove(b->directory, one.address, one.address_type), 0);
        assert_int_equal(device_store_write(b->directory, &one), 0);
        assert_int_equal(device_store_remove(b->directory, one.address, one.address_type), 0);
        assert_int_equal(device_store_remove(b->directory, one.address, one.address_type), 0);
        read_all(b);
        assert_int_equal(b->n, 0);
        assert_int_equal(b->rejects.n, 0);
}

/* The same address of the other type is another device. */
static void a_type_is_part_of_the_address(void **state) {
        struct bench *b = *state;
        struct stored_device one = device_of("AA:BB:CC:DD:EE:01", "Pro", "gun"), two = one;

        (void) snprintf(one.address_type, sizeof(one.address_type), "random");
        (void) snprintf(two.address_type, sizeof(two.address_type), "public");
        assert_int_equal(device_store_write(b->directory, &one), 0);
        assert_int_equal(device_store_write(b->directory, &two), 0);
        read_all(b);
        assert_int_equal(b->n, 2);
        assert_int_equal(device_store_remove(b->directory, one.address, one.address_type), 0);
        read_all(b);
        assert_int_equal(b->n, 1);
        assert_same(&b->read[0], &two);
        assert_int_equal(device_store_remove(b->directory, two.address, two.address_type), 0);
}

static void a_bad_file_keeps_nobody_else_out(void **state) {
        struct bench *b = *state;
        struct stored_device one = device_of("AA:BB:CC:DD:EE:01", "Pro", "gun");
        _cleanup_free_ char *path = NULL;
        FILE *f;

        assert_int_equal(device_store_write(b->directory, &one), 0);
        assert_true(asprintf(&path, "%s/bad.conf", b->directory) > 0);
        f = fopen(path, "we");
        assert_non_null(f);
        fputs("address = \"AA:BB:CC:DD:EE:02\"; surprise = 1;\n", f);
        assert_int_equal(fclose(f), 0);
        read_all(b);
        assert_int_equal(b->n, 1);
        assert_same(&b->read[0], &one);
        assert_true(b->rejects.n > 0);
        assert_string_equal(b->rejects.items[0].path, path);
}

static void a_place_that_cannot_be_written_is_said(void **state) {
        struct bench *b = *state;
        struct stored_device one = device_of("AA:BB:CC:DD:EE:01", "Pro", "gun");
        int fd = open(b->directory, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        close_fd(fd);
        assert_int_equal(device_store_write(b->directory, &one), -ENOTDIR);
        assert_int_equal(device_store_write("/nowhere/at/all", &one), -ENOENT);
}

/* Nothing half written is left, and what was there stays. */
static void a_writing_that_fails_leaves_the_old_file(void **state) {
        struct bench *b = *state;
        struct stored_device one = device_of("AA:BB:CC:DD:EE:01", "Pro", "gun"), two = one;
        struct rlimit unlimited, few;

        assert_int_equal(device_store_write(b->directory, &one), 0);
        (void) snprintf(two.alias, sizeof(two.alias), "new");
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
        few = (struct rlimit){ .rlim_cur = 10, .rlim_max = unlimited.rlim_max };
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
        assert_int_equal(device_store_write(b->directory, &two), -EFBIG);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        read_all(b);
        assert_int_equal(b->n, 1);
        assert_same(&b->read[0], &one);
}

static void an_alias_is_a_plain_word(void **state) {
        static const char *const good[] = { "a", "gun-2", "My_Pads", "12345678901234567890123456789012" };
        static const char *const bad[] = { "", "two words", "a/b", "..", "gerät",
                "123456789012345678901234567890123", "a\n" };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                assert_true(device_alias_is_valid(good[i]));
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_false(device_alias_is_valid(bad[i]));
}

int main(void) {
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BENCH_TEST(what_was_written_is_read),
                BENCH_TEST(a_second_writing_replaces_the_first),
                BENCH_TEST(a_name_is_only_a_name),
                BENCH_TEST(what_is_removed_is_gone),
                BENCH_TEST(a_type_is_part_of_the_address),
                BENCH_TEST(a_bad_file_keeps_nobody_else_out),
                BENCH_TEST(a_place_that_cannot_be_written_is_said),
                BENCH_TEST(a_writing_that_fails_leaves_the_old_file),
                cmocka_unit_test(an_alias_is_a_plain_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
