/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is kept of a runner comes back as it was; a file that somebody edited into nonsense is told of by its line, is never
 * written over, and lets nothing begin. */

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/runner/runner-store.h"
#include "daemon/runner/runner-text.h"
#include "lib/conf-text.h"
#include "tests/test.h"

#define DAY (UINT64_C(24) * 3600 * 1000000)
#define NOW (UINT64_C(1795244700) * 1000000)
#define PADS "C0:FF:EE:00:00:02"

static uint64_t wall;
static unsigned changes;

struct bench {
        struct jobs jobs; /* first */
        char folder[64], directory[96];
        struct runner_store *store;
        int error;
        char *note;
        unsigned kept;
        /* A disk that takes its time. */
        void (*work)(void *data);
        void (*done)(void *data);
        void *data;
        bool slow;
};

static uint64_t wall_of(void) {
        return wall;
}

static void on_changed(uid_t uid, void *userdata) {
        changes++;
}

static int run_later(struct jobs *jobs, void (*work)(void *data), void (*done)(void *data), void *data) {
        struct bench *b = (struct bench *) jobs;

        b->work = work;
        b->done = done;
        b->data = data;
        return 0;
}

static void run_now(struct bench *b) {
        b->work(b->data);
        b->done(b->data);
}

static void open_store(struct bench *b) {
        const struct runner_store_settings settings = { .directory = b->directory,
                .reader = &conf_text,
                .wall = wall_of,
                .jobs = b->slow ? &b->jobs : NULL,
                .changed = on_changed,
                .userdata = b };

        b->jobs.run = run_later;
        runner_store_free(b->store);
        b->store = NULL;
        assert_int_equal(runner_store_new(&settings, &b->store), 0);
}

static int read_nothing(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        return -EAGAIN;
}

/* A file that nobody got to read is not damaged. */
static void a_reader_that_does_not_work_is_no_damage(void **state) {
        struct conf_reader reader = { read_nothing };
        struct bench *b = *state;
        const struct runner_store_settings settings = {
                .directory = b->directory, .reader = &reader, .wall = wall_of
        };
        struct runner_store *store = NULL;
        char path[128];
        int fd;

        (void) mkdir(b->directory, 0700);
        (void) snprintf(path, sizeof(path), "%s/1000.conf", b->directory);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(runner_store_new(&settings, &store), -EAGAIN);
        assert_null(store);
}

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        wall = NOW;
        changes = 0;
        (void) snprintf(b->folder, sizeof(b->folder), "%s/limber-runner-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(b->folder));
        (void) snprintf(b->directory, sizeof(b->directory), "%s/runners", b->folder);
        open_store(b);
        *state = b;
        return 0;
}

static void remove_folder(const char *path) {
        struct dirent **entries = NULL;
        int n = scandir(path, &entries, NULL, NULL);

        for (int i = 0; i < n; i++) {
                _cleanup_free_ char *name = NULL;

                assert_true(asprintf(&name, "%s/%s", path, entries[i]->d_name) > 0);
                if (entries[i]->d_name[0] != '.')
                        (void) unlink(name);
                free(entries[i]);
        }
        free(entries);
        (void) rmdir(path);
}

static int teardown(void **state) {
        struct bench *b = *state;

        remove_folder(b->directory);
        assert_int_equal(rmdir(b->folder), 0);
        runner_store_free(b->store);
        free(b->note);
        free(b);
        return 0;
}

static char *path_of(const struct bench *b, const char *name) {
        char *path;

        assert_true(asprintf(&path, "%s/%s", b->directory, name) > 0);
        return path;
}

static void put_file(const struct bench *b, const char *name, const char *text) {
        _cleanup_free_ char *path = path_of(b, name);
        _cleanup_fclose_ FILE *f = NULL;

        (void) mkdir(b->directory, 0700);
        f = fopen(path, "we");
        assert_non_null(f);
        assert_int_equal(fputs(text, f) >= 0, 1);
}

static void assert_file_holds(const struct bench *b, const char *name, const char *text) {
        _cleanup_free_ char *path = path_of(b, name), *found = NULL;
        size_t n;

        assert_int_equal(read_file(path, 65536, &found, &n), 0);
        assert_string_equal(found, text);
}

static void on_kept(int error, const char *note, void *userdata) {
        struct bench *b = userdata;

        b->kept++;
        b->error = error;
        assert_int_equal(free_and_strdup(&b->note, note), 0);
}

static struct runner *runner_of(uid_t uid) {
        struct runner *runner;
        enum intake_answer answers[INTAKE_QUESTIONS];

        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                answers[i] = INTAKE_NO;
        answers[intake_find("surgery")] = INTAKE_YES;
        answers[intake_find("heart")] = INTAKE_UNKNOWN;
        assert_int_equal(runner_new(uid, &runner), 0);
        assert_int_equal(runner_answer(runner, answers, wall), 0);
        return runner;
}

static void keep(struct bench *b, struct runner *runner) {
        b->kept = 0;
        assert_int_equal(runner_store_keep(b->store, runner, on_kept, b), 0);
}

static void what_was_kept_is_read(void **state) {
        struct calibration c = { .device = PADS,
                .feature = "a",
                .unit = "step",
                .zone = zone_by_id("quads"),
                .side = SIDE_LEFT,
                .pad_area_mm2 = 2450,
                .sensation = 8000,
                .comfort = 20500,
                .maximum = 30001,
                .wire_comfort = 20,
                .wire_maximum = 30,
                .at_usec = NOW };
        struct runner *runner = runner_of(1000);
        const struct runner *back;
        struct bench *b = *state;

        assert_int_equal(
                runner_sign_off(runner, (unsigned) intake_find("surgery"), "Dr. \"Å\\sh\"", NOW), 0);
        assert_int_equal(runner_set_cap(runner, CAP_PERCUSSION, 29167), 0);
        assert_int_equal(runner_set_cap(runner, CAP_ESTIM, 12345), 0);
        assert_int_equal(runner_set_cap(runner, CAP_ESTIM_LEVELS, 40000), 0);
        assert_int_equal(runner_set_calibration(runner, &c), 0);
        c.side = SIDE_NONE;
        c.pad_area_mm2 = 0;
        c.unit = "mA";
        c.wire_comfort = c.wire_maximum = 0;
        assert_int_equal(runner_set_calibration(runner, &c), 0);
        keep(b, runner);
        assert_int_equal(b->kept, 1);
        assert_int_equal(b->error, 0);
        assert_null(b->note);
        assert_int_equal(changes, 1);

        open_store(b);
        assert_int_equal(runner_store_rejects(b->store)->n, 0);
        back = runner_store_find(b->store, 1000);
        assert_non_null(back);
        assert_int_equal(back->answered_usec, NOW);
        assert_int_equal(back->answers[intake_find("surgery")], INTAKE_YES);
        assert_int_equal(back->answers[intake_find("heart")], INTAKE_UNKNOWN);
        assert_string_equal(back->sign_offs[intake_find("surgery")].by, "Dr. \"Å\\sh\"");
        assert_int_equal(back->sign_offs[intake_find("surgery")].at_usec, NOW);
        assert_int_equal(back->caps[CAP_PERCUSSION], 29167);
        assert_int_equal(back->caps[CAP_PERCUSSION_LEVELS], GATE_NO_CAP);
        assert_int_equal(back->caps[CAP_ESTIM], 12345);
        assert_int_equal(back->caps[CAP_ESTIM_LEVELS], 40000);
        assert_int_equal(back->n_calibrations, 2);
        assert_string_equal(back->calibrations[0].device, PADS);
        assert_string_equal(back->calibrations[0].unit, "step");
        assert_int_equal(back->calibrations[0].pad_area_mm2, 2450);
        assert_int_equal(back->calibrations[0].comfort, 20500);
        assert_int_equal(back->calibrations[0].maximum, 30001);
        assert_int_equal(back->calibrations[0].wire_comfort, 20);
        assert_int_equal(back->calibrations[0].wire_maximum, 30);
        assert_int_equal(back->calibrations[1].wire_maximum, 0);
        assert_int_equal(back->calibrations[1].side, SIDE_NONE);
        assert_string_equal(back->calibrations[1].unit, "mA");
        assert_int_equal(runner_verdict(back, ROLE_PERCUSSION).ruling, INTAKE_ALLOWED);
        assert_int_equal(runner_verdict(back, ROLE_ESTIM).ruling, INTAKE_SIGN_OFF); /* the heart */
}

static void only_the_daemon_may_read_it(void **state) {
        struct bench *b = *state;
        _cleanup_free_ char *path = path_of(b, "1000.conf");
        mode_t before = umask(0);
        struct stat st;

        keep(b, runner_of(1000));
        (void) umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(stat(b->directory, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
}

#define CALIBRATION                                                                                     \
        "calibrations = ( { device = \"C0:FF:EE:00:00:02\"; feature = \"a\"; zone = \"quads\"; side = " \
        "\"left\";\npad_area = \"25cm2\"; at = \"2026-11-21T07:05:00Z\";\n"
#define SURGERY "intake = { at = \"2026-11-21T07:05:00Z\"; answers = { surgery = \"yes\"; }; };\n"

static const struct {
        const char *text;
        unsigned line;
        const char *says;
} damaged[] = {
        { "", 0, NULL }, /* a new file is empty and fine, and no answer */
        { "intake = {", 1, "" },
        { "\xff\xfe", 1, "UTF-8" },
        { "@include \"/etc/shadow\"\n", 1, "@include" },
        { "intake = { at = \"2026-11-21T07:05:00Z\"; answers = { }; };\nintakes = 3;\n", 2,
                "did you mean 'intake'" },
        { "intake = { at = \"2026-11-21T07:05:00Z\"; };\n", 1, "needs 'answers'" },
        { "intake = { at = \"yesterday\"; answers = { }; };\n", 1, "must be a time in UTC such as" },
        { "intake = { at = 5; answers = { }; };\n", 1, "'at' must be a text" },
        { "intake = 7;\n", 1, "'intake' must be a group" },
        { "intake = { at = \"2026-11-21T07:05:00Z\";\nanswers = {\nimplant = \"maybe\"; }; };\n", 3,
                "it may be: no, yes, unknown" },
        { "intake = { at = \"2026-11-21T07:05:00Z\";\nanswers = { implant = false; }; };\n", 2,
                "must be a word" },
        { "intake = { at = \"2026-11-21T07:05:00Z\";\nanswers = { implants = \"no\"; }; };\n", 2,
                "did you mean 'implant'" },
        { "intake = { at = \"2026-11-21T07:05:00Z\";\nanswers = { elbow = \"no\"; }; };\n", 2,
                "limber(1) lists them" },
        { "intake = { at = \"2026-11-21T07:05:00Z\";\nanswers = { implant = \"yes\";\nimplant = \"no\"; }; };\n",
                3, "implant" },
        { SURGERY "sign_offs = ( { question = \"surgery\"; by = \"A\"; } );\n", 2, "needs 'at'" },
        { SURGERY "sign_offs = ( { question = \"surgery\"; by = \"\"; at = \"2026-11-21T07:05:00Z\"; } );\n",
                2, "'by' must be 1 to 64 bytes" },
        { SURGERY
                "sign_offs = ( { question = \"implant\"; by = \"A\"; at = \"2026-11-21T07:05:00Z\"; } );\n",
                2, "none that a sign-off lifts" },
        { SURGERY "sign_offs = ( { question = \"surgery\"; by = \"A\"; at = \"2026-11-21T07:05:00Z\"; },\n"
                  "{ question = \"surgery\"; by = \"B\"; at = \"2026-11-21T07:05:00Z\"; } );\n",
                3, "signed off twice" },
        { SURGERY "sign_offs = 1;\n", 2, "must be a list" },
        { "caps = { estim = 20; };\n", 1, "a bare number" },
        { "caps = { estim = \"20Hz\"; };\n", 1, "mA" },
        { "caps = { estim = \"61mA\"; };\n", 1, "it may be 1-60mA" },
        { "caps = { percussion = \"41Hz\"; };\n", 1, "it may be 1-40Hz" },
        { "caps = { percussion = \"0Hz\"; };\n", 1, "out of range" },
        { "caps = { percussion = \"20-30Hz\"; };\n", 1, "not a range" },
        { "caps = { pads = \"20mA\"; };\n", 1, "the caps has no key 'pads'" },
        { CALIBRATION "sensation = \"8step\"; comfort = \"20step\"; } );\n", 1, "needs 'maximum'" },
        { CALIBRATION "sensation = \"8step\"; comfort = \"20step\";\nmaximum = \"19step\"; } );\n", 1,
                "sensation, then comfort, then maximum" },
        { CALIBRATION "sensation = \"8step\"; comfort = \"20step\";\nmaximum = \"30mA\"; } );\n", 4,
                "'maximum' is in mA" },
        { CALIBRATION "sensation = 8; comfort = \"20step\"; maximum = \"30step\"; } );\n", 3,
                "a level with a unit" },
        { CALIBRATION "sensation = \"8\"; comfort = \"20step\"; maximum = \"30step\"; } );\n", 3,
                "a level with a unit" },
        { CALIBRATION "sensation = \"8step\"; comfort = \"20step\"; maximum = \"30000step\"; } );\n", 3,
                "out of range" },
        { "calibrations = ( { device = \"the pads\"; feature = \"a\"; zone = \"quads\";\nsensation = \"1mA\"; comfort = "
          "\"2mA\"; maximum = \"3mA\"; at = \"2026-11-21T07:05:00Z\"; } );\n",
                1, "must be an address" },
        { "calibrations = ( { device = \"C0:FF:EE:00:00:02\"; feature = \"a\"; zone = \"quad\";\nsensation = \"1mA\"; "
          "comfort = \"2mA\"; maximum = \"3mA\"; at = \"2026-11-21T07:05:00Z\"; } );\n",
                1, "did you mean 'quads'" },
        { CALIBRATION
                "sensation = \"1mA\"; comfort = \"2mA\"; maximum = \"3mA\"; },\n"
                "{ device = \"C0:FF:EE:00:00:02\"; feature = \"a\"; zone = \"quads\"; side = \"left\"; pad_area = "
                "\"25cm2\"; at = \"2026-11-20T07:05:00Z\";\nsensation = \"1mA\"; comfort = \"2mA\"; maximum = "
                "\"3mA\"; } );\n",
                4, "a second calibration" },
        { "calibrations = ( 7 );\n", 1, "must be a group" },
};

static void a_damaged_file_is_told_of_by_line_and_stays(void **state) {
        struct bench *b = *state;

        for (size_t i = 1; i < ARRAY_SIZE(damaged); i++) {
                _cleanup_free_ char *place = NULL;
                const char *damage;

                put_file(b, "1000.conf", damaged[i].text);
                open_store(b);
                damage = runner_store_damage(b->store, 1000);
                if (!damage)
                        fail_msg("row %zu was taken: %s", i, damaged[i].text);
                assert_true(asprintf(&place, "%s/1000.conf:%u: ", b->directory, damaged[i].line) > 0);
                assert_says(damage, place);
                assert_says(damage, damaged[i].says);
                assert_true(runner_store_rejects(b->store)->n > 0);
                assert_null(runner_store_find(b->store, 1000));
                assert_file_holds(b, "1000.conf", damaged[i].text);
        }
}

static void an_empty_file_is_no_answer(void **state) {
        struct bench *b = *state;

        put_file(b, "1000.conf", damaged[0].text);
        open_store(b);
        assert_null(runner_store_damage(b->store, 1000));
        assert_int_equal(runner_verdict(runner_store_find(b->store, 1000), ROLE_PERCUSSION).ruling,
                INTAKE_UNANSWERED);
}

static void one_damaged_file_keeps_no_other_out(void **state) {
        uid_t uid = 0;
        struct bench *b = *state;

        keep(b, runner_of(1001));
        put_file(b, "1000.conf", "nonsense");
        put_file(b, "me.conf", "");
        put_file(b, "01002.conf", "");
        open_store(b);
        assert_non_null(runner_store_find(b->store, 1001));
        assert_null(runner_store_find(b->store, 1000));
        assert_null(runner_store_find(b->store, 1002));
        assert_int_equal(runner_store_rejects(b->store)->n, 3);
        assert_true(runner_store_at(b->store, 0, &uid) && runner_store_at(b->store, 1, &uid));
        assert_false(runner_store_at(b->store, 2, &uid));
}

static void what_is_no_file_is_damage_too(void **state) {
        struct bench *b = *state;
        _cleanup_free_ char *path = path_of(b, "1000.conf");

        put_file(b, "1001.conf", "");
        assert_int_equal(mkdir(path, 0700), 0);
        open_store(b);
        assert_says(runner_store_damage(b->store, 1000), "1000.conf: ");
        assert_null(runner_store_find(b->store, 1000));
        (void) rmdir(path);
}

static void new_answers_move_a_damaged_file_aside(void **state) {
        struct bench *b = *state;

        put_file(b, "1000.conf", "first = nonsense");
        open_store(b);
        keep(b, runner_of(1000));
        assert_int_equal(b->error, 0);
        assert_says(b->note, "1000.conf.damaged;");
        assert_file_holds(b, "1000.conf.damaged", "first = nonsense");
        assert_null(runner_store_damage(b->store, 1000));
        assert_non_null(runner_store_find(b->store, 1000));

        /* And an older one stays where it is. */
        put_file(b, "1000.conf", "second = nonsense");
        open_store(b);
        keep(b, runner_of(1000));
        assert_says(b->note, "1000.conf.damaged-2;");
        assert_file_holds(b, "1000.conf.damaged", "first = nonsense");
        assert_file_holds(b, "1000.conf.damaged-2", "second = nonsense");
        open_store(b);
        assert_int_equal(runner_store_rejects(b->store)->n, 0);
        assert_non_null(runner_store_find(b->store, 1000));
        /* Nothing is moved where nothing is damaged. */
        keep(b, runner_of(1000));
        assert_null(b->note);
}

static void a_file_that_was_edited_meanwhile_is_not_written_over(void **state) {
        struct bench *b = *state;

        keep(b, runner_of(1000));
        put_file(b, "1000.conf", "edited = 1;");
        keep(b, runner_of(1000));
        assert_int_equal(b->error, -ESTALE);
        assert_says(b->note, "changed by hand");
        assert_file_holds(b, "1000.conf", "edited = 1;");
        /* One that was put where there was none, as well. */
        put_file(b, "1001.conf", "edited = 1;");
        keep(b, runner_of(1001));
        assert_int_equal(b->error, -ESTALE);
        assert_file_holds(b, "1001.conf", "edited = 1;");
}

static void a_disk_that_cannot_be_written_changes_nothing(void **state) {
        struct runner *next = runner_of(1000);
        struct bench *b = *state;
        struct rlimit unlimited, none = {};
        uid_t uid;

        put_file(b, "1001.conf", "");
        open_store(b);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
        none.rlim_max = unlimited.rlim_max;
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
        keep(b, next);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        assert_true(b->error < 0);
        assert_says(b->note, "1000.conf");
        assert_null(runner_store_find(b->store, 1000));
        assert_false(runner_store_at(b->store, 1, &uid));
        assert_int_equal(changes, 0);
        keep(b, runner_of(1000)); /* the disk is well again */
        assert_int_equal(b->error, 0);
        assert_non_null(runner_store_find(b->store, 1000));
}

static void nothing_is_known_before_it_is_on_the_disk(void **state) {
        struct bench *b = *state;

        b->slow = true;
        open_store(b);
        keep(b, runner_of(1000));
        assert_int_equal(b->kept, 0);
        assert_null(runner_store_find(b->store, 1000));
        assert_int_equal(runner_store_keep(b->store, runner_of(1000), on_kept, b), -EBUSY);
        run_now(b);
        assert_int_equal(b->kept, 1);
        assert_non_null(runner_store_find(b->store, 1000));
}

static void what_is_over_is_gone_from_the_disk_too(void **state) {
        struct calibration c = { .device = PADS,
                .feature = "a",
                .unit = "step",
                .zone = zone_by_id("quads"),
                .sensation = 1000,
                .comfort = 1000,
                .maximum = 1000,
                .at_usec = NOW };
        struct runner *runner = runner_of(1000);
        struct bench *b = *state;

        assert_int_equal(runner_set_calibration(runner, &c), 0);
        keep(b, runner);
        assert_int_equal(runner_store_find(b->store, 1000)->n_calibrations, 1);
        wall = NOW + 31 * DAY;
        assert_int_equal(runner_store_find(b->store, 1000)->n_calibrations, 0);
        wall = NOW + DAY; /* set back, and started again */
        open_store(b);
        assert_int_equal(runner_store_find(b->store, 1000)->n_calibrations, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                test(what_was_kept_is_read),
                test(only_the_daemon_may_read_it),
                test(a_damaged_file_is_told_of_by_line_and_stays),
                test(an_empty_file_is_no_answer),
                test(a_reader_that_does_not_work_is_no_damage),
                test(one_damaged_file_keeps_no_other_out),
                test(what_is_no_file_is_damage_too),
                test(new_answers_move_a_damaged_file_aside),
                test(a_file_that_was_edited_meanwhile_is_not_written_over),
                test(a_disk_that_cannot_be_written_changes_nothing),
                test(nothing_is_known_before_it_is_on_the_disk),
                test(what_is_over_is_gone_from_the_disk_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
