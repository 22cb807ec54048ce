/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>

#include "daemon/record/history-private.h"
#include "lib/macros.h"

/* "LMBR": identifies the database for sqlite3 and file(1). */
#define APPLICATION_ID 0x4c4d4252
#define SCHEMA_VERSION 5

/* A reader may lock it for a moment. */
#define BUSY_MSEC 2000

/* Schema migrations: entry i turns version i into version i + 1. Released entries never change, so that a new database
 * equals a migrated one. */
static const char *const migrations[SCHEMA_VERSION] = {
        "CREATE TABLE session (id INTEGER PRIMARY KEY, runner INTEGER NOT NULL, routine TEXT NOT NULL,"
        " began_usec INTEGER NOT NULL, ended_usec INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',"
        " events INTEGER NOT NULL DEFAULT 0, version TEXT NOT NULL) STRICT;"
        "CREATE INDEX session_began ON session (began_usec);"
        "CREATE TABLE event (seq INTEGER PRIMARY KEY, session INTEGER NOT NULL, at_usec INTEGER NOT NULL,"
        " kind TEXT NOT NULL, runner INTEGER NOT NULL, routine TEXT, device TEXT, feature TEXT, zone TEXT, side TEXT, asked INTEGER NOT NULL,"
        " given INTEGER NOT NULL, reason TEXT, text TEXT, chain BLOB NOT NULL) STRICT;"
        "CREATE INDEX event_session ON event (session, seq) WHERE session > 0;"
        /* To find the doses that still matter without scanning everything. */
        "CREATE INDEX event_dose ON event (at_usec) WHERE kind IN ('step', 'dose', 'rest');"
        "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, chain BLOB NOT NULL) STRICT;"
        "INSERT INTO head VALUES (1, 0, zeroblob(32));",

        /* Units of setpoints. Indexes for discomfort around sessions, and for sessions with pads. */
        "ALTER TABLE event ADD COLUMN unit TEXT;"
        "CREATE INDEX event_feeling ON event (at_usec) WHERE " HISTORY_IS_FOLLOW_UP ";"
        "CREATE INDEX event_pads ON event (runner, session) WHERE " HISTORY_IS_PADS_OF("30000000") ";",

        /* "sent" used to mean queued for the link, and now means taken by the link. */
        "ALTER TABLE head ADD COLUMN taken_from INTEGER NOT NULL DEFAULT 1; UPDATE head SET taken_from = seq + 1;",

        /* "abandoned" used to be "unended" and "malformed" "nonsense". Rows stay as they were hashed; a limber which does not
         * know the new words refuses the version. And a step of 30 s, measured a little shorter, is a treatment. */
        "DROP INDEX event_pads; CREATE INDEX event_pads ON event (runner, session) WHERE " HISTORY_IS_PADS
        ";",

        /* Time that passed, whatever the wall clock says: ages are worked out from the clock's own events, by number. */
        "ALTER TABLE event ADD COLUMN up_usec INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE session ADD COLUMN began_up_usec INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE session ADD COLUMN lasted_usec INTEGER NOT NULL DEFAULT 0;"
        "DROP INDEX event_dose; CREATE INDEX event_dose ON event (seq) WHERE kind IN ('step', 'dose', 'rest');"
        "CREATE INDEX event_clock ON event (seq) WHERE kind = 'clock';"
        /* What was removed because it was too old: all events up to seq. */
        "CREATE TABLE checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, chain BLOB NOT NULL,"
        " sessions INTEGER NOT NULL) STRICT;"
        "INSERT INTO checkpoint VALUES (1, 0, zeroblob(32), 0);",
};

int history_errno(int result) {
        switch (result & 0xff) {
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
                return -EACCES;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EBADMSG;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        default:
                return -EIO;
        }
}

int history_prepare(struct history *history, const char *sql, sqlite3_stmt **ret) {
        int r;

        r = sqlite3_prepare_v3(history->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
        return r == SQLITE_OK ? 0 : history_errno(r);
}

static int execute(struct history *history, const char *sql) {
        int r;

        r = sqlite3_exec(history->db, sql, NULL, NULL, NULL);
        return r == SQLITE_OK ? 0 : history_errno(r);
}

/* Runs a query for a single number. */
static int number(struct history *history, const char *sql, int64_t *ret) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int r;

        r = history_prepare(history, sql, &stmt);
        if (r < 0)
                return r;
        r = sqlite3_step(stmt);
        if (r != SQLITE_ROW)
                return r == SQLITE_DONE ? -EBADMSG : history_errno(r);
        *ret = sqlite3_column_int64(stmt, 0);
        return 0;
}

int history_begin_writing(struct history *history) {
        return execute(history, "BEGIN IMMEDIATE");
}

int history_begin_reading(struct history *history) {
        return execute(history, "BEGIN");
}

int history_end_reading(struct history *history) {
        return execute(history, "COMMIT");
}

int history_end_writing(struct history *history, int r) {
        if (r >= 0)
                r = execute(history, "COMMIT");
        if (r < 0 && !sqlite3_get_autocommit(history->db))
                (void) execute(history, "ROLLBACK");
        return r;
}

/* Migrates from that version to this one, atomically. */
static int migrate(struct history *history, int64_t from) {
        char mark[96];
        int r;

        (void) snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                APPLICATION_ID, SCHEMA_VERSION);
        r = history_begin_writing(history);
        for (int64_t i = from; r >= 0 && i < SCHEMA_VERSION; i++)
                r = execute(history, migrations[i]);
        if (r >= 0)
                r = execute(history, mark);
        return history_end_writing(history, r);
}

/* Checks that the database is ours. Never writes to one that is not. */
static int identify(struct history *history, bool write) {
        int64_t application = 0, version = 0, tables = 0;
        int r;

        r = number(history, "PRAGMA application_id", &application);
        if (r >= 0)
                r = number(history, "PRAGMA user_version", &version);
        if (r >= 0)
                r = number(history, "SELECT count(*) FROM sqlite_schema", &tables);
        if (r < 0)
                return r;
        if (application == 0 && version == 0 && tables == 0)
                return write ? migrate(history, 0) : -ENOENT;
        if (application != APPLICATION_ID)
                return -EMEDIUMTYPE;
        if (version > SCHEMA_VERSION)
                return -EPROTONOSUPPORT;
        if (version < 1)
                return -EBADMSG;
        if (version < SCHEMA_VERSION)
                return write ? migrate(history, version) : -EUCLEAN;
        return 0;
}

int history_read_head(struct history *history) {
        _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
        int64_t last = 0, session = 0;
        int r;

        r = number(history, "SELECT coalesce(max(seq), 0) FROM event", &last);
        if (r >= 0)
                r = number(history,
                        "SELECT max(coalesce((SELECT max(id) FROM session), 0),"
                        " coalesce((SELECT max(session) FROM event WHERE session > 0), 0))",
                        &session);
        if (r >= 0)
                r = history_prepare(history, "SELECT seq, chain, taken_from FROM head", &stmt);
        if (r < 0)
                return r;
        if (sqlite3_step(stmt) != SQLITE_ROW || sqlite3_column_bytes(stmt, 1) != HISTORY_CHAIN_SIZE ||
                sqlite3_column_int64(stmt, 0) != last || session < 0 || session > UINT32_MAX)
                return -EBADMSG;
        history->head.seq = (uint64_t) last;
        history->head.last_session = (unsigned) session;
        memcpy(history->head.chain, sqlite3_column_blob(stmt, 1), HISTORY_CHAIN_SIZE);
        history->taken_from = (uint64_t) sqlite3_column_int64(stmt, 2);
        return 0;
}

static int prepare_all(struct history *history) {
        const struct {
                sqlite3_stmt **stmt;
                const char *sql;
        } all[] = {
                { &history->add_event,
                        "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)" },
                { &history->add_session,
                        "INSERT INTO session (id, runner, routine, began_usec, version, began_up_usec)"
                        " VALUES (?1, ?2, ?3, ?4, '" LIMBER_VERSION "', ?5)" },
                { &history->end_session,
                        "UPDATE session SET ended_usec = ?2, reason = ?3,"
                        " lasted_usec = CASE WHEN began_up_usec > 0 THEN max(?4 - began_up_usec, 0) ELSE 0 END"
                        " WHERE id = ?1 AND ended_usec = 0" },
                { &history->count_event, "UPDATE session SET events = events + 1 WHERE id = ?1" },
                { &history->set_head, "UPDATE head SET seq = ?1, chain = ?2" },
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(all); i++)
                r = history_prepare(history, all[i].sql, all[i].stmt);
        return r;
}

/* Explains to a person why a file is not used. */
static int explain(const char *path, int error, char **ret_sentence) {
        const char *what = strerror(-error);

        if (error == -EBADMSG)
                what = "it is damaged; move it away to begin a new one, and keep it: 'sqlite3 FILE .recover' may read it";
        else if (error == -EMEDIUMTYPE)
                what = "it is a database of another program; move it away";
        else if (error == -EPROTONOSUPPORT)
                what = "it was written by a newer limber; use that one, or move it away";
        else if (error == -EUCLEAN)
                what = "it was written by an older limber; limberd brings it up to date when it starts";
        if (asprintf(ret_sentence, "cannot keep a record in %s: %s", path, what) < 0)
                *ret_sentence = NULL;
        return error;
}

/* By default, every commit takes 85 KiB for pages and 64 KiB for what a statement may have to undo, and gives them back: for events of
 * some hundred bytes, and the heap of a daemon that should be small. Pages are taken one by one instead. */
static void configure_sqlite(void) {
        (void) sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
        (void) sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 16 * 1024);
}

static int open_database(const char *path, int flags, struct history **ret) {
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        _cleanup_(history_freep) struct history *history = calloc(1, sizeof(*history));
        int r;

        if (!history || sodium_init() < 0)
                return -ENOMEM;
        history->path = strdup(path);
        if (!history->path)
                return -ENOMEM;
        (void) pthread_once(&once, configure_sqlite);
        r = sqlite3_open_v2(path, &history->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
        if (r != SQLITE_OK)
                return history_errno(r);
        (void) sqlite3_busy_timeout(history->db, BUSY_MSEC);
        /* Small caches: the daemon is idle most of the time and should hold little memory. */
        (void) sqlite3_db_config(history->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
        (void) sqlite3_exec(history->db, "PRAGMA cache_size = -128", NULL, NULL, NULL);
        (void) sqlite3_db_config(history->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void) sqlite3_db_config(history->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        *ret = TAKE_PTR(history);
        return 0;
}

/* Private data: readable by the daemon only, whatever the umask. */
static int make_private(const char *path) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        if (fd < 0)
                return -errno;
        return close(fd) < 0 ? -errno : 0;
}

int history_open(const char *path, struct history **ret, char **ret_sentence) {
        _cleanup_(history_freep) struct history *history = NULL;
        int r;

        r = make_private(path);
        if (r >= 0)
                r = open_database(path, SQLITE_OPEN_READWRITE, &history);
        if (r >= 0)
                r = identify(history, true);
        /* Commits are durable, even across a power loss. */
        if (r >= 0)
                r = execute(history, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        if (r >= 0)
                r = history_read_head(history);
        if (r >= 0)
                r = prepare_all(history);
        if (r < 0)
                return explain(path, r, ret_sentence);
        *ret = TAKE_PTR(history);
        return 0;
}

int history_open_reader(const char *path, struct history **ret, char **ret_sentence) {
        _cleanup_(history_freep) struct history *history = NULL;
        int r;

        if (access(path, F_OK) < 0)
                return -errno;
        r = open_database(path, SQLITE_OPEN_READWRITE, &history);
        if (r >= 0)
                r = execute(history, "PRAGMA query_only = ON");
        /* One snapshot, while the writer goes on. */
        if (r >= 0)
                r = history_begin_reading(history);
        if (r >= 0)
                r = identify(history, false);
        if (r == -ENOENT)
                return r;
        if (r >= 0)
                r = history_read_head(history);
        if (r >= 0)
                r = history_end_reading(history);
        if (r < 0)
                return explain(path, r, ret_sentence);
        *ret = TAKE_PTR(history);
        return 0;
}

struct history *history_free(struct history *history) {
        if (!history)
                return NULL;
        (void) sqlite3_finalize(history->add_event);
        (void) sqlite3_finalize(history->add_session);
        (void) sqlite3_finalize(history->end_session);
        (void) sqlite3_finalize(history->count_event);
        (void) sqlite3_finalize(history->set_head);
        (void) sqlite3_close(history->db);
        free(history->path);
        free(history);
        return NULL;
}

const struct history_head *history_head(const struct history *history) {
        return &history->head;
}

static void hash_number(crypto_generichash_state *state, uint64_t number) {
        uint8_t bytes[8];

        for (unsigned i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t) (number >> (8 * i));
        (void) crypto_generichash_update(state, bytes, sizeof(bytes));
}

static void hash_text(crypto_generichash_state *state, const char *text) {
        size_t n = text ? strlen(text) : 0;

        hash_number(state, n);
        if (n > 0)
                (void) crypto_generichash_update(state, (const unsigned char *) text, n);
}

void history_chain(uint8_t chain[static HISTORY_CHAIN_SIZE], const struct history_event *event) {
        const struct record_entry *e = &event->entry;
        crypto_generichash_state state;

        (void) crypto_generichash_init(&state, NULL, 0, HISTORY_CHAIN_SIZE);
        (void) crypto_generichash_update(&state, chain, HISTORY_CHAIN_SIZE);
        hash_number(&state, event->seq);
        hash_number(&state, event->at_usec);
        hash_text(&state, record_kind_to_string(e->kind));
        hash_number(&state, e->session);
        hash_number(&state, e->runner);
        hash_text(&state, e->routine);
        hash_text(&state, e->device);
        hash_text(&state, e->feature);
        hash_text(&state, e->zone);
        hash_text(&state, e->side);
        hash_number(&state, (uint64_t) e->asked);
        hash_number(&state, (uint64_t) e->given);
        hash_text(&state, e->reason);
        hash_text(&state, e->text);
        /* Version 1 had no units: its hashes stay valid. */
        if (!isempty(e->unit))
                hash_text(&state, e->unit);
        /* Nor had version 4 this. */
        if (event->up_usec > 0)
                hash_number(&state, event->up_usec);
        (void) crypto_generichash_final(&state, chain, HISTORY_CHAIN_SIZE);
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text) {
        /* The hash treats an empty text like none. */
        if (isempty(text))
                (void) sqlite3_bind_null(stmt, at);
        else
                (void) sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static int run(sqlite3_stmt *stmt) {
        int r;

        r = sqlite3_step(stmt);
        (void) sqlite3_reset(stmt);
        (void) sqlite3_clear_bindings(stmt);
        return r == SQLITE_DONE ? 0 : history_errno(r);
}

static int add_event(struct history *history, const struct history_event *event, const uint8_t *chain) {
        const struct record_entry *e = &event->entry;
        sqlite3_stmt *s = history->add_event;

        (void) sqlite3_bind_int64(s, 1, (int64_t) event->seq);
        (void) sqlite3_bind_int64(s, 2, e->session);
        (void) sqlite3_bind_int64(s, 3, (int64_t) event->at_usec);
        bind_text(s, 4, record_kind_to_string(e->kind));
        (void) sqlite3_bind_int64(s, 5, e->runner);
        bind_text(s, 6, e->routine);
        bind_text(s, 7, e->device);
        bind_text(s, 8, e->feature);
        bind_text(s, 9, e->zone);
        bind_text(s, 10, e->side);
        (void) sqlite3_bind_int64(s, 11, e->asked);
        (void) sqlite3_bind_int64(s, 12, e->given);
        bind_text(s, 13, e->reason);
        bind_text(s, 14, e->text);
        (void) sqlite3_bind_blob(s, 15, chain, HISTORY_CHAIN_SIZE, SQLITE_STATIC);
        bind_text(s, 16, e->unit);
        (void) sqlite3_bind_int64(s, 17, (int64_t) event->up_usec);
        return run(s);
}

/* Updates the session's row: begun, ended, or one more event. */
static int keep_session(struct history *history, const struct history_event *event) {
        const struct record_entry *e = &event->entry;
        int r = 0;

        if (e->session == 0)
                return 0;
        if (e->kind == RECORD_SESSION_STARTED) {
                (void) sqlite3_bind_int64(history->add_session, 1, e->session);
                (void) sqlite3_bind_int64(history->add_session, 2, e->runner);
                (void) sqlite3_bind_text(history->add_session, 3, strnull(e->routine), -1, SQLITE_STATIC);
                (void) sqlite3_bind_int64(history->add_session, 4, (int64_t) event->at_usec);
                (void) sqlite3_bind_int64(history->add_session, 5, (int64_t) event->up_usec);
                r = run(history->add_session);
        } else if (e->kind == RECORD_SESSION_ENDED || e->kind == RECORD_ABANDONED) {
                (void) sqlite3_bind_int64(history->end_session, 1, e->session);
                (void) sqlite3_bind_int64(history->end_session, 2, (int64_t) event->at_usec);
                (void) sqlite3_bind_text(history->end_session, 3, strnull(e->text), -1, SQLITE_STATIC);
                /* Who found an abandoned one may do so after another start of the machine. */
                (void) sqlite3_bind_int64(
                        history->end_session, 4, e->kind == RECORD_ABANDONED ? 0 : (int64_t) event->up_usec);
                r = run(history->end_session);
        }
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(history->count_event, 1, e->session);
        return run(history->count_event);
}

static int append_all(
        struct history *history, struct history_event *events, unsigned n, struct history_head *head) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < n; i++) {
                events[i].seq = ++head->seq;
                history_chain(head->chain, &events[i]);
                r = add_event(history, &events[i], head->chain);
                if (r >= 0)
                        r = keep_session(history, &events[i]);
                head->last_session = MAX(head->last_session, events[i].entry.session);
        }
        if (r < 0)
                return r;
        (void) sqlite3_bind_int64(history->set_head, 1, (int64_t) head->seq);
        (void) sqlite3_bind_blob(history->set_head, 2, head->chain, HISTORY_CHAIN_SIZE, SQLITE_STATIC);
        return run(history->set_head);
}

int history_append(struct history *history, struct history_event *events, unsigned n) {
        struct history_head head = history->head;
        int r;

        if (n == 0)
                return 0;
        r = history_begin_writing(history);
        if (r < 0)
                return r;
        r = history_end_writing(history, append_all(history, events, n, &head));
        if (r < 0)
                return r;
        history->head = head;
        return 0;
}

void history_rest(struct history *history) {
        (void) sqlite3_db_release_memory(history->db);
}
