/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is kept stays as it was kept, or it is noticed; what is not ours is not touched. */

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "daemon/record/history.h"
#include "tests/test.h"

struct fixture {
        char directory[64], path[96];
        struct history *history;
        char *sentence;
        pid_t writer;
};

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        (void) snprintf(f->directory, sizeof(f->directory), "/tmp/limber-history-XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        (void) snprintf(f->path, sizeof(f->path), "%s/history.db", f->directory);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        static const char *const suffixes[] = { "", "-wal", "-shm" };
        struct fixture *f = *state;
        char path[128];

        history_free(f->history);
        if (f->writer > 0) {
                (void) kill(f->writer, SIGKILL);
                (void) waitpid(f->writer, NULL, 0);
        }
        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                (void) snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
                (void) unlink(path);
        }
        assert_int_equal(rmdir(f->directory), 0);
        free(f->sentence);
        free(f);
        return 0;
}

static void reopen(struct fixture *f) {
        f->history = history_free(f->history);
        assert_int_equal(history_open(f->path, &f->history, &f->sentence), 0);
}

static void add(struct fixture *f, uint64_t at_usec, struct record_entry entry) {
        struct history_event event = { .at_usec = at_usec, .entry = entry };

        assert_int_equal(history_append(f->history, &event, 1), 0);
}

/* Three sessions: one whole, one that hurt, and one that nobody ended. */
static void fill(struct fixture *f) {
        reopen(f);
        add(f, 1000,
                (struct record_entry){ RECORD_LINK, .device = "C0:FF:EE:00:00:01", .text = "connected" });
        for (unsigned id = 1; id <= 3; id++) {
                add(f, id * 10000,
                        (struct record_entry){ RECORD_SESSION_STARTED, .session = id,
                                .runner = 1000 + id % 2, .routine = "post-run-easy" });
                add(f, id * 10000 + 1,
                        (struct record_entry){ RECORD_SETPOINT, .session = id, .routine = "post-run-easy",
                                .device = "C0:FF:EE:00:00:01", .feature = "speed", .asked = 30000,
                                .given = 28000, .reason = "slew", .unit = id == 1 ? "Hz" : NULL });
        }
        add(f, 19000, (struct record_entry){ RECORD_SESSION_ENDED, .session = 1, .text = "completed" });
        add(f, 29000, (struct record_entry){ RECORD_SESSION_ENDED, .session = 2, .text = "discomfort" });
}

/* As another program would. */
static void meddle(struct fixture *f, const char *sql) {
        sqlite3 *db;

        f->history = history_free(f->history);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void expect_refused(struct fixture *f, int error, const char *words) {
        f->history = history_free(f->history);
        assert_int_equal(history_open(f->path, &f->history, &f->sentence), error);
        assert_null(f->history);
        assert_non_null(strstr(f->sentence, f->path));
        assert_non_null(strstr(f->sentence, words));
}

static off_t size_of(const char *path) {
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return st.st_size;
}

struct found {
        unsigned n, ids[64];
        struct history_session last;
        char reason[32], kinds[256];
        uint64_t last_seq;
};

static int note_session(const struct history_session *session, void *userdata) {
        struct found *found = userdata;

        assert_in_range(found->n, 0, ARRAY_SIZE(found->ids) - 1);
        found->ids[found->n++] = session->id;
        found->last = *session;
        (void) snprintf(found->reason, sizeof(found->reason), "%s", session->reason);
        return 0;
}

static int note_event(const struct history_event *event, void *userdata) {
        struct found *found = userdata;
        size_t n = strlen(found->kinds);

        assert_true(event->seq > found->last_seq);
        found->last_seq = event->seq;
        found->n++;
        (void) snprintf(
                found->kinds + n, sizeof(found->kinds) - n, "%s ", record_kind_to_string(event->entry.kind));
        if (event->entry.kind == RECORD_SETPOINT) {
                assert_string_equal(event->entry.feature, "speed");
                assert_int_equal(event->entry.asked, 30000);
                assert_int_equal(event->entry.given, 28000);
                assert_string_equal(event->entry.reason, "slew");
                assert_null(event->entry.text);
        }
        return 0;
}

static struct found sessions(struct fixture *f, struct history_query query) {
        struct found found = {};

        assert_int_equal(history_sessions(f->history, &query, note_session, &found), 0);
        return found;
}

static void a_new_one_is_empty_and_private(void **state) {
        struct fixture *f = *state;
        struct stat st;
        uint64_t seq = 0;

        (void) umask(0);
        reopen(f);
        assert_int_equal(history_head(f->history)->seq, 0);
        assert_int_equal(history_head(f->history)->last_session, 0);
        assert_int_equal(history_check(f->history, &seq), 0);
        assert_int_equal(sessions(f, (struct history_query){ .any_runner = true }).n, 0);
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void what_was_added_is_there_after_a_restart(void **state) {
        struct fixture *f = *state;
        struct found found;
        uint64_t seq = 0;

        fill(f);
        reopen(f);
        assert_int_equal(history_head(f->history)->seq, 9);
        assert_int_equal(history_head(f->history)->last_session, 3);
        assert_int_equal(history_check(f->history, &seq), 0);
        found = (struct found){};
        assert_int_equal(history_events(f->history, 1, note_event, &found), 0);
        assert_string_equal(found.kinds, "session-started setpoint session-ended ");
        found = (struct found){};
        assert_int_equal(history_session(f->history, 2, note_session, &found), 0);
        assert_int_equal(found.last.began_usec, 20000);
        assert_int_equal(found.last.ended_usec, 29000);
        assert_int_equal(found.last.events, 3);
        assert_string_equal(found.reason, "discomfort");
        assert_int_equal(history_session(f->history, 4, note_session, &found), -ENOENT);
        assert_int_equal(history_events(f->history, 0, note_event, &found), 0);
}

static void questions_are_answered_newest_first(void **state) {
        struct fixture *f = *state;
        struct found found;

        fill(f);
        found = sessions(f, (struct history_query){ .any_runner = true });
        assert_int_equal(found.n, 3);
        assert_int_equal(found.ids[0], 3);
        assert_int_equal(found.ids[2], 1);
        assert_int_equal(sessions(f, (struct history_query){ .any_runner = true, .limit = 2 }).n, 2);
        assert_int_equal(
                sessions(f, (struct history_query){ .any_runner = true, .since_usec = 20000 }).n, 2);
        assert_int_equal(
                sessions(f, (struct history_query){ .any_runner = true, .since_usec = 20001 }).n, 1);
        assert_int_equal(
                sessions(f, (struct history_query){ .any_runner = true, .since_usec = UINT64_MAX }).n, 0);
        assert_int_equal(sessions(f, (struct history_query){ .runner = 1000 }).n, 1);
        assert_int_equal(sessions(f, (struct history_query){ .runner = 1001 }).n, 2);
        assert_int_equal(sessions(f, (struct history_query){ .runner = 7 }).n, 0);
        found = sessions(f, (struct history_query){ .any_runner = true, .session = 2 });
        assert_int_equal(found.n, 1);
        assert_int_equal(found.ids[0], 2);
        found = sessions(f, (struct history_query){ .any_runner = true, .without_end = true });
        assert_int_equal(found.n, 1);
        assert_int_equal(found.ids[0], 3);
}

static void a_session_is_ended_once(void **state) {
        struct fixture *f = *state;
        struct found found = {};

        fill(f);
        add(f, 50000, (struct record_entry){ RECORD_ABANDONED, .session = 3, .text = "daemon-died" });
        add(f, 60000, (struct record_entry){ RECORD_SESSION_ENDED, .session = 3, .text = "completed" });
        assert_int_equal(history_session(f->history, 3, note_session, &found), 0);
        assert_int_equal(found.last.ended_usec, 50000);
        assert_string_equal(found.reason, "daemon-died");
}

static void all_or_none(void **state) {
        struct fixture *f = *state;
        struct history_event events[] = {
                { .at_usec = 1, .entry = { RECORD_LINK, .text = "connected" } },
                /* The number is taken. */
                { .at_usec = 2, .entry = { RECORD_SESSION_STARTED, .session = 1, .routine = "again" } },
        };
        uint64_t seq = 0;

        fill(f);
        assert_true(history_append(f->history, events, 2) < 0);
        assert_int_equal(history_head(f->history)->seq, 9);
        add(f, 3, (struct record_entry){ RECORD_LINK, .text = "connected" });
        reopen(f);
        assert_int_equal(history_head(f->history)->seq, 10);
        assert_int_equal(history_check(f->history, &seq), 0);
}

static void tampering_is_noticed(void **state) {
        static const struct {
                const char *sql;
                uint64_t first;
        } cases[] = {
                { "UPDATE event SET given = 27000 WHERE seq = 3", 3 },
                { "UPDATE event SET at_usec = at_usec + 1 WHERE seq = 9", 9 },
                { "UPDATE event SET text = 'stopped' WHERE seq = 8", 8 },
                { "UPDATE event SET session = 2 WHERE seq = 2", 2 },
                { "UPDATE event SET runner = 0 WHERE seq = 2", 2 },
                { "UPDATE event SET kind = 'nothing-known' WHERE seq = 4", 4 },
                { "UPDATE event SET chain = zeroblob(32) WHERE seq = 5", 5 },
                { "DELETE FROM event WHERE seq = 4", 4 },
                { "UPDATE event SET seq = 40 WHERE seq = 4; UPDATE event SET seq = 4 WHERE seq = 5;"
                  "UPDATE event SET seq = 5 WHERE seq = 40",
                        4 },
                { "UPDATE event SET unit = 'mA' WHERE seq = 3", 3 },
                { "UPDATE event SET unit = 'mA' WHERE seq = 5", 5 },
                { "UPDATE event SET reason = text, text = reason WHERE seq = 3", 3 },
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint64_t seq = 0;

                f->history = history_free(f->history);
                (void) unlink(f->path);
                fill(f);
                meddle(f, cases[i].sql);
                reopen(f);
                assert_int_equal(history_check(f->history, &seq), -EBADMSG);
                assert_int_equal(seq, cases[i].first);
        }
}

static void a_lost_end_is_refused_at_once(void **state) {
        struct fixture *f = *state;

        fill(f);
        meddle(f, "DELETE FROM event WHERE seq >= 8");
        expect_refused(f, -EBADMSG, "damaged");
}

static void what_is_not_ours_is_left_alone(void **state) {
        static const struct {
                const char *sql;
                int error;
                const char *words;
        } cases[] = {
                { "CREATE TABLE runs (km REAL)", -EMEDIUMTYPE, "another program" },
                { "PRAGMA application_id = 7", -EMEDIUMTYPE, "another program" },
                { "PRAGMA application_id = 1280131666; PRAGMA user_version = 6; CREATE TABLE a (b)",
                        -EPROTONOSUPPORT, "newer limber" },
                { "PRAGMA application_id = 1280131666; CREATE TABLE a (b)", -EBADMSG, "damaged" },
                { "PRAGMA application_id = 1280131666; PRAGMA user_version = 1; CREATE TABLE a (b)", -EIO,
                        "cannot" },
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                off_t size;

                (void) unlink(f->path);
                meddle(f, cases[i].sql);
                size = size_of(f->path);
                free(f->sentence);
                f->sentence = NULL;
                expect_refused(f, cases[i].error, cases[i].words);
                assert_int_equal(size_of(f->path), size);
        }
}

static int note_text(void *userdata, int n, char **values, char **names) {
        char **text = userdata;

        *text = strdup(values[0]);
        return 0;
}

/* Every table and index, as a text. */
static char *schema_of(struct fixture *f) {
        char *text = NULL;
        sqlite3 *db;

        f->history = history_free(f->history);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(
                sqlite3_exec(db,
                        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)",
                        note_text, &text, NULL),
                SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        return text;
}

/* A database of that version, as the limber of that time wrote it. */
static void restore(struct fixture *f, unsigned version) {
        _cleanup_free_ char *sql = NULL;
        char name[64];
        size_t n;

        (void) snprintf(name, sizeof(name), "tests/unit/history/version-%u.sql", version);
        sql = source_file(name, &n);
        meddle(f, sql);
}

static void an_older_one_is_carried_along(void **state) {
        static const char *const kinds[] = {
                "session-started step setpoint discomfort dose session-ended ",
                "session-started step setpoint queued discomfort dose session-ended ",
                "session-started step sent malformed confirmed abandoned ",
                "session-started step sent malformed confirmed abandoned ",
        };
        struct fixture *f = *state;
        char *fresh, *carried;

        reopen(f);
        fresh = schema_of(f);
        for (unsigned version = 1; version <= ARRAY_SIZE(kinds); version++) {
                struct found found = {};
                uint64_t seq = 0;

                (void) unlink(f->path);
                restore(f, version);
                reopen(f);
                assert_int_equal(history_check(f->history, &seq), 0);
                add(f, 1700000200000000,
                        (struct record_entry){ RECORD_SESSION_STARTED, .session = 2, .routine = "a" });
                add(f, 1700000200100000,
                        (struct record_entry){ RECORD_SENT, .session = 2, .feature = "percussion",
                                .given = 28000, .unit = "Hz" });
                assert_int_equal(history_events(f->history, 1, note_event, &found), 0);
                assert_string_equal(found.kinds, kinds[version - 1]);
                found = (struct found){};
                assert_int_equal(history_events(f->history, 2, note_event, &found), 0);
                assert_string_equal(found.kinds, "session-started sent ");
                assert_int_equal(history_check(f->history, &seq), 0);
                carried = schema_of(f);
                assert_string_equal(carried, fresh);
                free(carried);
        }
        free(fresh);
}

static void an_older_one_that_cannot_be_carried_along_stays_as_it_is(void **state) {
        _cleanup_(history_freep) struct history *reader = NULL;
        struct fixture *f = *state;
        char *before, *after;

        /* Something of that name is there already: what comes before it must not stay either. */
        restore(f, 1);
        meddle(f, "CREATE TABLE event_feeling (x);");
        before = schema_of(f);
        expect_refused(f, -EIO, "cannot");
        after = schema_of(f);
        assert_string_equal(after, before);
        free(after);
        free(before);

        free(f->sentence);
        assert_int_equal(history_open_reader(f->path, &reader, &f->sentence), -EUCLEAN);
        assert_non_null(strstr(f->sentence, "older limber"));
}

static void damage_is_named(void **state) {
        struct fixture *f = *state;
        char noise[4096];
        int fd;

        fill(f);
        f->history = history_free(f->history);
        memset(noise, 0x5a, sizeof(noise));
        fd = open(f->path, O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, noise, sizeof(noise), 0), sizeof(noise));
        (void) close(fd);
        expect_refused(f, -EBADMSG, "damaged");
        free(f->sentence);
        f->sentence = NULL;
        assert_int_equal(truncate(f->path, 1000), 0);
        expect_refused(f, -EBADMSG, "damaged");
}

static void a_reader_looks_on(void **state) {
        _cleanup_(history_freep) struct history *reader = NULL;
        struct fixture *f = *state;
        struct found found = {};

        assert_int_equal(history_open_reader(f->path, &reader, &f->sentence), -ENOENT);
        fill(f);
        assert_int_equal(history_open_reader(f->path, &reader, &f->sentence), 0);
        add(f, 70000,
                (struct record_entry){ RECORD_SESSION_STARTED, .session = 4, .routine = "first-light" });
        assert_int_equal(history_sessions(reader, &(struct history_query){ .any_runner = true },
                                 note_session, &found),
                0);
        assert_int_equal(found.n, 4);
        assert_true(history_append(reader, &(struct history_event){ .entry = { RECORD_LINK } }, 1) < 0);
}

/* Adds events one at a time, as fast as it can, until it is killed. */
static _Noreturn void go_on_writing(const char *path) {
        _cleanup_(history_freep) struct history *writer = NULL;
        struct history_event event = { .entry = { RECORD_LINK, .text = "connected" } };
        char *sentence = NULL;

        if (history_open(path, &writer, &sentence) < 0)
                _exit(1);
        for (;;)
                if (history_append(writer, &event, 1) < 0)
                        _exit(1);
}

static void a_reader_is_not_confused_by_a_writer(void **state) {
        struct fixture *f = *state;
        uint64_t seq = 0, last = 0, first;
        int status;

        fill(f);
        first = history_head(f->history)->seq;
        f->history = history_free(f->history);
        f->writer = fork();
        assert_true(f->writer >= 0);
        if (f->writer == 0)
                go_on_writing(f->path);
        /* Long enough for the writer to come in between, whatever the machine. */
        for (unsigned i = 0; i < 200 || last < first + 100; i++) {
                _cleanup_(history_freep) struct history *reader = NULL;

                assert_int_equal(history_open_reader(f->path, &reader, &f->sentence), 0);
                assert_int_equal(history_check(reader, &seq), 0);
                assert_true(history_head(reader)->seq >= last);
                last = history_head(reader)->seq;
        }
        assert_int_equal(waitpid(f->writer, &status, WNOHANG), 0);
}

static void a_folder_that_is_not_there_is_named(void **state) {
        struct fixture *f = *state;

        assert_int_equal(history_open("/nowhere/history.db", &f->history, &f->sentence), -ENOENT);
        assert_non_null(strstr(f->sentence, "/nowhere/history.db"));
}

/* Ten sessions of four events, of which the second and third overlap; an event of nobody's between all. */
static void fill_ten(struct fixture *f) {
        reopen(f);
        for (unsigned id = 1; id <= 10; id++) {
                add(f, id * 1000, (struct record_entry){ RECORD_LINK, .text = "between" });
                add(f, id * 1000,
                        (struct record_entry){ RECORD_SESSION_STARTED, .session = id, .routine = "a" });
                add(f, id * 1000, (struct record_entry){ RECORD_DOSE, .session = id, .given = 1 });
                if (id == 3)
                        add(f, 3500,
                                (struct record_entry){
                                        RECORD_SESSION_ENDED, .session = 2, .text = "stopped" });
                if (id != 2)
                        add(f, id * 1000,
                                (struct record_entry){
                                        RECORD_SESSION_ENDED, .session = id, .text = "stopped" });
        }
}

static void the_oldest_go_whole_and_the_rest_is_verified(void **state) {
        static const struct {
                struct history_limit limit;
                uint64_t oldest; /* session that is left */
        } cases[] = {
                { { 0, UINT64_MAX, 1000 }, 1 },
                { { 1500, UINT64_MAX, 1000 }, 2 },
                /* The second ends in the third. */
                { { 3400, UINT64_MAX, 1000 }, 2 },
                { { 5500, UINT64_MAX, 1000 }, 6 },
                /* Events that are still needed. */
                { { 5500, 14, 1000 }, 4 },
                /* A few at a time, of which something goes. */
                { { 5500, UINT64_MAX, 5 }, 2 },
                { { 5500, UINT64_MAX, 1 }, 1 },
                /* The newest stays, however old. */
                { { UINT64_MAX, UINT64_MAX, 1000 }, 10 },
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct found found;
                uint64_t seq = 0;

                f->history = history_free(f->history);
                (void) unlink(f->path);
                fill_ten(f);
                assert_true(history_prune(f->history, &cases[i].limit) >= 0);
                found = sessions(f, (struct history_query){ .any_runner = true });
                if (found.n != 11 - cases[i].oldest || found.last.id != cases[i].oldest)
                        fail_msg("case %zu: %u sessions, the oldest is %u", i, found.n, found.last.id);
                assert_int_equal(history_check(f->history, &seq), 0);
                /* It goes on, and begins again, as before. */
                add(f, 20000,
                        (struct record_entry){ RECORD_SESSION_STARTED, .session = 11, .routine = "b" });
                assert_int_equal(history_head(f->history)->seq, 41);
                reopen(f);
                assert_int_equal(history_head(f->history)->last_session, 11);
                assert_int_equal(history_check(f->history, &seq), 0);
        }
}

static void what_was_removed_from_the_rest_is_noticed(void **state) {
        static const char *const sqls[] = {
                "DELETE FROM event WHERE seq = (SELECT min(seq) FROM event)",
                "UPDATE checkpoint SET seq = seq + 1",
                "UPDATE checkpoint SET chain = zeroblob(32)",
                "DELETE FROM checkpoint",
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_SIZE(sqls); i++) {
                uint64_t seq = 0;

                f->history = history_free(f->history);
                (void) unlink(f->path);
                fill_ten(f);
                assert_true(
                        history_prune(f->history, &(struct history_limit){ 5500, UINT64_MAX, 1000 }) > 0);
                f->history = history_free(f->history);
                meddle(f, sqls[i]);
                reopen(f);
                assert_int_equal(history_check(f->history, &seq), -EBADMSG);
        }
}

int main(void) {
#define HISTORY_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
        const struct CMUnitTest tests[] = {
                HISTORY_TEST(a_new_one_is_empty_and_private),
                HISTORY_TEST(what_was_added_is_there_after_a_restart),
                HISTORY_TEST(questions_are_answered_newest_first),
                HISTORY_TEST(a_session_is_ended_once),
                HISTORY_TEST(all_or_none),
                HISTORY_TEST(tampering_is_noticed),
                HISTORY_TEST(a_lost_end_is_refused_at_once),
                HISTORY_TEST(what_is_not_ours_is_left_alone),
                HISTORY_TEST(an_older_one_is_carried_along),
                HISTORY_TEST(an_older_one_that_cannot_be_carried_along_stays_as_it_is),
                HISTORY_TEST(damage_is_named),
                HISTORY_TEST(a_reader_looks_on),
                HISTORY_TEST(a_reader_is_not_confused_by_a_writer),
                HISTORY_TEST(a_folder_that_is_not_there_is_named),
                HISTORY_TEST(the_oldest_go_whole_and_the_rest_is_verified),
                HISTORY_TEST(what_was_removed_from_the_rest_is_noticed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
