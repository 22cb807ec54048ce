/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The machine loses power while the record is written, after any operation of the disk: the record opens, it is whole, and
 * everything that was called kept is in it. */

#include <sqlite3.h>

#include "daemon/record/history.h"
#include "tests/test.h"
#include "tests/unit/lossy-disk.h"

#define BATCHES 16u
#define BATCH 7u
#define LOSSES_EACH 2u

struct fixture {
        char live[64], found[64];
        char live_path[96], found_path[96];
        struct history *history;
        uint64_t kept; /* the last event whose append came back */
        unsigned losses, lost_events;
        bool looking;
};

static void remove_all(const char *path) {
        static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
        char name[128];

        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                (void) snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
                (void) unlink(name);
        }
}

/* SQLite's own opinion. */
static void check_integrity(const char *path) {
        sqlite3_stmt *stmt;
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        assert_string_equal((const char *) sqlite3_column_text(stmt, 0), "ok");
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void look(struct fixture *f, unsigned seed) {
        struct history *history = NULL;
        char *sentence = NULL;
        uint64_t seq = 0;
        int r;

        remove_all(f->found_path);
        lossy_disk_picture(f->found, seed);
        r = history_open(f->found_path, &history, &sentence);
        if (r < 0)
                fail_msg(
                        "after %llu kept events, seed %u: %s", (unsigned long long) f->kept, seed, sentence);
        assert_int_equal(history_check(history, &seq), 0);
        if (history_head(history)->seq < f->kept)
                fail_msg("%llu events were kept, %llu are there (seed %u)", (unsigned long long) f->kept,
                        (unsigned long long) history_head(history)->seq, seed);
        f->losses++;
        history_free(history);
        check_integrity(f->found_path);
}

static void on_operation(unsigned operation, void *userdata) {
        struct fixture *f = userdata;

        /* What looks is on the same disk. */
        if (f->looking)
                return;
        f->looking = true;
        for (unsigned i = 0; i < LOSSES_EACH; i++)
                look(f, operation * LOSSES_EACH + i);
        f->looking = false;
}

static void add_batch(struct fixture *f, unsigned id) {
        struct history_event events[BATCH] = {
                { .at_usec = id,
                        .entry = { RECORD_SESSION_STARTED, .session = id, .routine = "post-run-easy" } },
        };

        for (unsigned i = 1; i < BATCH; i++)
                events[i] = (struct history_event){ .at_usec = id,
                        .entry = { RECORD_SETPOINT, .session = id, .routine = "post-run-easy",
                                .device = "C0:FF:EE:00:00:01", .feature = "motor", .asked = i, .given = i,
                                .reason = "slew" } };
        assert_int_equal(history_append(f->history, events, BATCH), 0);
        f->kept = events[BATCH - 1].seq;
}

static void power_is_lost_after_every_operation(void **state) {
        struct fixture f = {
                .live = "/tmp/limber-power-live-XXXXXX",
                .found = "/tmp/limber-power-found-XXXXXX",
        };
        char *sentence = NULL;

        assert_non_null(mkdtemp(f.live));
        assert_non_null(mkdtemp(f.found));
        (void) snprintf(f.live_path, sizeof(f.live_path), "%s/history.db", f.live);
        (void) snprintf(f.found_path, sizeof(f.found_path), "%s/history.db", f.found);
        assert_int_equal(history_open(f.live_path, &f.history, &sentence), 0);

        lossy_disk_watch(on_operation, &f);
        for (unsigned id = 1; id <= BATCHES; id++)
                add_batch(&f, id);
        /* And while the log is taken into the database. */
        f.history = history_free(f.history);
        lossy_disk_watch(NULL, NULL);

        print_message("%u losses of power, %llu events\n", f.losses, (unsigned long long) f.kept);
        assert_true(f.losses > 200);
        remove_all(f.live_path);
        remove_all(f.found_path);
        assert_int_equal(rmdir(f.live), 0);
        assert_int_equal(rmdir(f.found), 0);
}

/* While an older database is carried along: it is of the old version or of the new, and nothing is missing. */
static void power_is_lost_while_it_is_carried_along(unsigned version, unsigned events) {
        struct fixture f = {
                .live = "/tmp/limber-power-live-XXXXXX",
                .found = "/tmp/limber-power-found-XXXXXX",
                .kept = events,
        };
        _cleanup_free_ char *sql = NULL;
        char name[64], *sentence = NULL;
        sqlite3 *db;
        size_t n;

        (void) snprintf(name, sizeof(name), "tests/unit/history/version-%u.sql", version);
        sql = source_file(name, &n);
        assert_non_null(mkdtemp(f.live));
        assert_non_null(mkdtemp(f.found));
        (void) snprintf(f.live_path, sizeof(f.live_path), "%s/history.db", f.live);
        (void) snprintf(f.found_path, sizeof(f.found_path), "%s/history.db", f.found);
        assert_int_equal(sqlite3_open(f.live_path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);

        lossy_disk_watch(on_operation, &f);
        assert_int_equal(history_open(f.live_path, &f.history, &sentence), 0);
        f.history = history_free(f.history);
        lossy_disk_watch(NULL, NULL);

        print_message("version %u: %u losses of power\n", version, f.losses);
        assert_true(f.losses > 10);
        remove_all(f.live_path);
        remove_all(f.found_path);
        assert_int_equal(rmdir(f.live), 0);
        assert_int_equal(rmdir(f.found), 0);
}

static void power_is_lost_while_version_1_is_carried_along(void **state) {
        power_is_lost_while_it_is_carried_along(1, 6);
}

static void power_is_lost_while_version_2_is_carried_along(void **state) {
        power_is_lost_while_it_is_carried_along(2, 7);
}

static void power_is_lost_while_version_3_is_carried_along(void **state) {
        power_is_lost_while_it_is_carried_along(3, 6);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(power_is_lost_while_version_1_is_carried_along),
                cmocka_unit_test(power_is_lost_while_version_2_is_carried_along),
                cmocka_unit_test(power_is_lost_while_version_3_is_carried_along),
                cmocka_unit_test(power_is_lost_after_every_operation),
        };

        lossy_disk_begin();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
