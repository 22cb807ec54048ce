/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* limber-parse as limberd uses it: LIMBER_PARSE is the program. */

#include <signal.h>
#include <sys/stat.h>

#include "daemon/loop/parse-child.h"
#include "lib/untrusted.h"
#include "tests/expect-findings.h"

static struct parse_child *new_child(const char *path) {
        struct parse_child *child = NULL;

        assert_int_equal(parse_child_new(path, &child), 0);
        return child;
}

static struct parse_child *real_child(void) {
        const char *path = getenv("LIMBER_PARSE");

        assert_non_null(path);
        return new_child(path);
}

static int read_text(struct parse_child *child, const char *text, struct findings *findings) {
        _cleanup_(conf_freep) struct conf *conf = NULL;

        return conf_read(parse_child_reader(child), text, strlen(text), findings, &conf);
}

static void one_child_reads_many_texts(void **state) {
        _cleanup_(parse_child_freep) struct parse_child *child = real_child();
        pid_t first = 0;

        assert_int_equal(parse_child_pid(child), 0);
        for (unsigned i = 0; i < 100; i++) {
                _cleanup_(conf_freep) struct conf *conf = NULL;
                _cleanup_(findings_done) struct findings findings = {};
                char text[32];

                (void) snprintf(text, sizeof(text), "a = %u;", i);
                assert_int_equal(
                        conf_read(parse_child_reader(child), text, strlen(text), &findings, &conf), 0);
                assert_int_equal(conf_integer_value(conf_member(conf_root(conf), "a")), i);
                if (i == 0)
                        first = parse_child_pid(child);
        }
        assert_true(first > 0);
        assert_int_equal(parse_child_pid(child), first);
        (void) parse_child_free(TAKE_PTR(child));
        assert_int_equal(kill(first, 0), -1);
        assert_int_equal(errno, ESRCH);
}

static void mistakes_come_with_their_lines(void **state) {
        _cleanup_(parse_child_freep) struct parse_child *child = real_child();
        struct findings findings = {}, large = {};
        _cleanup_free_ char *text = calloc(1, UNTRUSTED_SIZE_MAX + 2);

        assert_int_equal(read_text(child, "a = 1;\nb = ;\n", &findings), -EBADMSG);
        EXPECT_FINDINGS(&findings, { 2, "syntax", "name = value" });
        memset(text, ' ', UNTRUSTED_SIZE_MAX + 1);
        assert_int_equal(read_text(child, text, &large), -EBADMSG);
        EXPECT_FINDINGS(&large, { 0, "too-large", "65537 bytes" });
}

/* Killed between two texts, for whatever reason: the next one does not suffer. */
static void a_child_that_dies_is_replaced(void **state) {
        _cleanup_(parse_child_freep) struct parse_child *child = real_child();
        struct findings findings = {};
        pid_t first;

        assert_int_equal(read_text(child, "a = 1;", &findings), 0);
        first = parse_child_pid(child);
        assert_int_equal(kill(first, SIGKILL), 0);
        assert_int_equal(read_text(child, "a = 2;", &findings), 0);
        assert_int_not_equal(parse_child_pid(child), first);
        assert_int_equal(findings.n, 0);
}

static bool status_says(pid_t pid, const char *file, const char *line) {
        _cleanup_fclose_ FILE *f = NULL;
        char path[64], found[256];

        (void) snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, file);
        f = fopen(path, "re");
        while (f && fgets(found, sizeof(found), f))
                if (startswith(found, line))
                        return true;
        return false;
}

/* As the kernel sees it. */
static void it_may_nearly_nothing(void **state) {
        _cleanup_(parse_child_freep) struct parse_child *child = real_child();
        struct findings findings = {};
        pid_t pid;

        assert_int_equal(read_text(child, "a = 1;", &findings), 0);
        pid = parse_child_pid(child);
        assert_true(status_says(pid, "status", "Seccomp:\t2\n"));
        assert_true(status_says(pid, "status", "NoNewPrivs:\t1\n"));
        assert_true(status_says(pid, "oom_score_adj", "1000\n"));
        assert_true(status_says(pid, "limits", "Max open files            3                    3"));
        assert_true(status_says(pid, "limits", "Max file size             0                    0"));
        assert_true(status_says(pid, "limits", "Max core file size        0                    0"));
        assert_true(status_says(pid, "limits", "Max cpu time              10                   11"));
}

static const char *script(char path[static 64], const char *text) {
        int fd;

        (void) snprintf(path, 64, "/tmp/limber-parse-XXXXXX");
        fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t) strlen(text));
        assert_int_equal(fchmod(fd, 0700), 0);
        assert_int_equal(close(fd), 0);
        return path;
}

/* A child that libconfig brought under a stranger's control answers what it likes, or nothing. */
static void a_child_that_lies_is_not_believed(void **state) {
        static const char *const scripts[] = {
                "#!/bin/sh\nexit 0\n",
                "#!/bin/sh\nprintf 'nonsense and more nonsense'\nexec cat >/dev/null\n",
                "#!/bin/sh\nprintf '\\377\\377\\377\\377'\nexec cat >/dev/null\n",
                "#!/bin/sh\nprintf '\\0\\0\\0\\0'\nexec cat >/dev/null\n",
                "#!/bin/sh\nexit 3\n",
                "#!/bin/sh\nkill -XCPU $$\n",
                "#!/bin/sh\nkill -SYS $$\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
                char path[64];
                _cleanup_(parse_child_freep) struct parse_child *child = new_child(script(path, scripts[i]));
                struct findings findings = {};

                assert_int_equal(read_text(child, "a = 1;", &findings), -EBADMSG);
                EXPECT_FINDINGS(&findings, { 0, "too-costly", "memory or time" });
                assert_int_equal(parse_child_pid(child), 0);
                assert_int_equal(unlink(path), 0);
        }
}

/* Killed while it reads: by the kernel where memory ends, or by root. */
static void a_child_that_is_killed_says_nothing_of_the_text(void **state) {
        static const char *const ends[] = { "kill -9 $$", "kill -TERM $$", "kill -STOP $$" };

        for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
                char path[64], text[512], count[80];

                (void) snprintf(text, sizeof(text),
                        "#!/bin/sh\necho . >>$0.n\n[ $(wc -l <$0.n) -gt 3 ] || %s\nexec %s\n", ends[i],
                        getenv("LIMBER_PARSE"));
                _cleanup_(parse_child_freep) struct parse_child *child = new_child(script(path, text));
                struct findings findings = {};

                assert_int_equal(read_text(child, "a = 1;", &findings), 0);
                assert_int_equal(findings.n, 0);
                assert_int_equal(unlink(path), 0);
                (void) snprintf(count, sizeof(count), "%s.n", path);
                assert_int_equal(unlink(count), 0);
        }
}

static void children_that_are_always_killed_are_an_error(void **state) {
        char path[64];
        _cleanup_(parse_child_freep) struct parse_child *child =
                new_child(script(path, "#!/bin/sh\nkill -9 $$\n"));
        struct findings findings = {};

        assert_int_equal(read_text(child, "a = 1;", &findings), -EAGAIN);
        assert_int_equal(parse_child_pid(child), 0);
        /* Nor anything else of the same reading. */
        assert_int_equal(unlink(path), 0);
        assert_int_equal(read_text(child, "a = 2;", &findings), -EAGAIN);
        assert_int_equal(findings.n, 0);
}

/* Its time is not the text's. */
static void a_child_that_is_stopped_is_replaced(void **state) {
        _cleanup_(parse_child_freep) struct parse_child *child = real_child();
        struct findings findings = {};
        pid_t first;

        assert_int_equal(read_text(child, "a = 1;", &findings), 0);
        first = parse_child_pid(child);
        assert_int_equal(kill(first, SIGSTOP), 0);
        assert_int_equal(read_text(child, "a = 2;", &findings), 0);
        assert_int_not_equal(parse_child_pid(child), first);
        assert_int_equal(findings.n, 0);
}

static void a_missing_program_is_an_error(void **state) {
        _cleanup_(parse_child_freep) struct parse_child *child = new_child("/nowhere/limber-parse");
        struct findings findings = {};

        assert_int_equal(read_text(child, "a = 1;", &findings), -ENOENT);
        assert_int_equal(findings.n, 0);
        assert_null(parse_child_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_child_reads_many_texts),
                cmocka_unit_test(mistakes_come_with_their_lines),
                cmocka_unit_test(a_child_that_dies_is_replaced),
                cmocka_unit_test(it_may_nearly_nothing),
                cmocka_unit_test(a_child_that_lies_is_not_believed),
                cmocka_unit_test(a_child_that_is_killed_says_nothing_of_the_text),
                cmocka_unit_test(children_that_are_always_killed_are_an_error),
                cmocka_unit_test(a_child_that_is_stopped_is_replaced),
                cmocka_unit_test(a_missing_program_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
