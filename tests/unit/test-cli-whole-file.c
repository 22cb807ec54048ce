/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cli/report/whole-file.h"

static char folder[] = "/tmp/limber-whole-file-XXXXXX";

static const char *in_folder(char buffer[static 512], const char *name) {
        snprintf(buffer, 512, "%s/%s", folder, name);
        return buffer;
}

static void expect(const char *name, const char *text, mode_t mode) {
        char path[512], read[256] = "";
        _cleanup_fclose_ FILE *f = fopen(in_folder(path, name), "r");
        struct stat st;

        assert_non_null(f);
        assert_true(fread(read, 1, sizeof(read) - 1, f) == strlen(text));
        assert_string_equal(read, text);
        assert_int_equal(fstat(fileno(f), &st), 0);
        assert_int_equal(st.st_mode & 0777, mode);
}

/* How many there are in the folder; then it is empty. */
static unsigned clean(void) {
        DIR *d = opendir(folder);
        struct dirent *entry;
        unsigned n = 0;
        char path[512];

        assert_non_null(d);
        while ((entry = readdir(d)))
                if (entry->d_name[0] != '.') {
                        n++;
                        assert_int_equal(unlink(in_folder(path, entry->d_name)), 0);
                }
        closedir(d);
        return n;
}

static void test_new_and_replaced(void **state) {
        char path[512];

        assert_int_equal(whole_file_write(in_folder(path, "a"), "one", 3), 0);
        expect("a", "one", 0600);
        assert_int_equal(chmod(path, 0640), 0);
        assert_int_equal(whole_file_write(path, "", 0), 0);
        expect("a", "", 0640);
        assert_int_equal(clean(), 1);
}

static void test_a_link_is_followed(void **state) {
        char path[512], link[512];

        assert_int_equal(whole_file_write(in_folder(path, "a"), "one", 3), 0);
        assert_int_equal(symlink("a", in_folder(link, "b")), 0);
        assert_int_equal(whole_file_write(link, "two", 3), 0);
        expect("a", "two", 0600);
        assert_int_equal(readlink(link, path, sizeof(path)), 1);
        assert_int_equal(clean(), 2);
}

/* The disk gives out in the middle: what was there is there, and no half of anything. */
static void test_no_room(void **state) {
        struct rlimit before, small;
        char path[512], text[4096];

        memset(text, 'x', sizeof(text));
        assert_int_equal(whole_file_write(in_folder(path, "a"), "one", 3), 0);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = (struct rlimit){ 1000, before.rlim_max };
        assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_int_equal(whole_file_write(path, text, sizeof(text)), -EFBIG);
        assert_int_equal(whole_file_write(in_folder(path, "b"), text, sizeof(text)), -EFBIG);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        expect("a", "one", 0600);
        assert_int_equal(clean(), 1);
}

static void test_what_is_no_file(void **state) {
        struct stat st;
        char path[512];

        assert_int_equal(whole_file_write("/dev/full", "one", 3), -ENOSPC);
        assert_int_equal(stat("/dev/full", &st), 0);
        assert_true(S_ISCHR(st.st_mode));
        assert_int_equal(whole_file_write("/dev/null", "one", 3), 0);
        assert_int_equal(stat("/dev/null", &st), 0);
        assert_true(S_ISCHR(st.st_mode));
        assert_int_equal(whole_file_write(folder, "one", 3), -EISDIR);
        assert_int_equal(whole_file_write(in_folder(path, "none/a"), "one", 3), -ENOENT);
        assert_int_equal(whole_file_write("", "one", 3), -ENOENT);
        assert_int_equal(clean(), 0);
}

static int make_folder(void **state) {
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
        return rmdir(folder);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_new_and_replaced),
                cmocka_unit_test(test_a_link_is_followed),
                cmocka_unit_test(test_no_room),
                cmocka_unit_test(test_what_is_no_file),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
