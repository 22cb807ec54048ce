/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/store.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "daemon/loop/file-worker.h"
#include "daemon/record/record-journal.h"
#include "daemon/service/dose-history.h"
#include "daemon/service/follow-up-history.h"
#include "lib/wall.h"

#define LOCK_FILE "lock"

struct store {
        struct store_settings settings;
        char *armed_directory, *device_directory, *runner_directory, *history_path;
        int lock_fd;
        struct recorder *recorder;
        uint64_t needed_seq;       /* events from it on decide what rests */
        struct timeline *timeline; /* until what earlier daemons recorded is loaded */
        struct runner_store *runners;
        struct file_worker *armed_worker, *disk_worker;
};

static int name_folders(struct store *store) {
        const struct {
                char **path;
                const char *folder, *name;
        } names[] = {
                { &store->armed_directory, store->settings.runtime_directory, "armed" },
                { &store->device_directory, store->settings.state_directory, "devices" },
                { &store->runner_directory, store->settings.state_directory, "runners" },
                { &store->history_path, store->settings.state_directory, HISTORY_FILE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (asprintf(names[i].path, "%s/%s", names[i].folder, names[i].name) < 0) {
                        *names[i].path = NULL;
                        return -ENOMEM;
                }
        return 0;
}

/* Two daemons with the same folders would stop each other's devices and end each other's sessions in the record. The lock is
 * on a file that only the daemon's own user may open: a folder could be locked by anybody. It is released when the process
 * exits, in whatever way. */
static int lock_folder(struct store *store) {
        char path[PATH_MAX];
        int error;

        (void) snprintf(path, sizeof(path), "%s/" LOCK_FILE, store->settings.runtime_directory);
        store->lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (store->lock_fd >= 0 && flock(store->lock_fd, LOCK_EX | LOCK_NB) >= 0)
                return 0;
        error = errno;
        fprintf(stderr, SD_ERR "%s: %s\n", path,
                error == EWOULDBLOCK ? "another limberd runs with this folder; there can be only one"
                                     : strerror(error));
        return -error;
}

static int make_folders(struct store *store) {
        int r = name_folders(store);

        if (r < 0)
                return r;
        (void) mkdir(store->settings.runtime_directory, 0755);
        (void) mkdir(store->settings.state_directory, 0755);
        if (mkdir(store->armed_directory, 0755) < 0 && errno != EEXIST) {
                r = -errno;
                fprintf(stderr, SD_ERR "cannot make %s: %s\n", store->armed_directory, strerror(-r));
                return r;
        }
        /* Armed files are readable by everybody, whatever the umask. */
        (void) chmod(store->armed_directory, 0755);
        return lock_folder(store);
}

static void tell_abandoned(const struct history_session *session, void *userdata) {
        fprintf(stderr,
                SD_WARNING
                "session %u (%s) was never ended: limberd did not live to do it; see 'limber history show %u'\n",
                session->id, session->routine, session->id);
}

/* First of all that is recorded: in which run of the machine the rest is. */
static int read_timeline(struct store *store) {
        struct history *history = recorder_history(store->recorder);
        struct timeline_now now = {
                .wall_usec = wall_now(),
                .wall_is_kept = wall_is_kept(),
                .up_usec = wall_up(),
                .boot = wall_boot(),
        };
        int r;

        if (!history)
                return 0;
        r = timeline_new(history, &now, &store->timeline);
        if (r >= 0)
                store->needed_seq = timeline_since(store->timeline, DOSE_LEDGER_ROUTINE_KEEP_USEC);
        if (r >= 0 && timeline_is_news(store->timeline))
                record_put(
                        store_record(store), &(struct record_entry){ RECORD_CLOCK, .given = now.wall_is_kept,
                                                     .reason = RECORD_CLOCK_STARTED, .text = now.boot });
        return r;
}

/* Records to the journal and to the history. */
static int open_record(struct store *store) {
        struct record *journal;
        int r;

        r = record_journal_start(store->settings.event, &journal);
        if (r >= 0)
                r = recorder_new(store->settings.event, store->history_path, journal,
                        store->settings.handler, store->settings.userdata, &store->recorder);
        if (r < 0)
                return r;
        if (store_record(store)->failed)
                fprintf(stderr, SD_ERR "%s; nothing is switched on\n", strnull(store_record(store)->why));
        r = read_timeline(store);
        if (r < 0)
                return r;
        return recorder_find_abandoned(store->recorder, tell_abandoned, NULL);
}

static void on_runner_changed(uid_t uid, void *userdata) {
        const struct store *store = userdata;

        store->settings.runner_changed(uid, store->settings.userdata);
}

/* Before the first call, like the record: every start depends on what it holds. */
static int read_runners(struct store *store) {
        const struct runner_store_settings settings = {
                .directory = store->runner_directory,
                .reader = store->settings.reader,
                .wall = wall_now,
                .jobs = file_worker_jobs(store->disk_worker),
                .changed = on_runner_changed,
                .userdata = store,
        };

        return runner_store_new(&settings, &store->runners);
}

int store_load_body(
        struct store *store, struct dose_ledger *doses, struct follow_ups *follow_ups, uint64_t now_usec) {
        struct history *history = recorder_history(store->recorder);
        int r;

        if (!history)
                return 0;
        r = dose_ledger_load(doses, history, store->timeline, (int64_t) now_usec);
        if (r >= 0)
                r = follow_ups_load(follow_ups, history, store->timeline, wall_now());
        store->timeline = timeline_free(store->timeline);
        return r;
}

int store_new(const struct store_settings *settings, struct store **ret) {
        _cleanup_(store_freep) struct store *store = calloc(1, sizeof(*store));
        int r;

        if (!store)
                return -ENOMEM;
        store->settings = *settings;
        store->lock_fd = -EBADF;
        r = make_folders(store);
        /* Output waits for armed files, so they have priority over everything but stops. */
        if (r >= 0)
                r = file_worker_new(settings->event, settings->armed_priority, &store->armed_worker);
        if (r >= 0)
                r = file_worker_new(settings->event, SD_EVENT_PRIORITY_NORMAL, &store->disk_worker);
        if (r >= 0)
                r = open_record(store);
        if (r >= 0)
                r = read_runners(store);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(store);
        return 0;
}

struct store *store_free(struct store *store) {
        if (!store)
                return NULL;
        file_worker_free(store->armed_worker);
        file_worker_free(store->disk_worker);
        runner_store_free(store->runners);
        recorder_free(store->recorder);
        record_journal_finish();
        (void) close_fd(store->lock_fd);
        timeline_free(store->timeline);
        free(store->armed_directory);
        free(store->device_directory);
        free(store->runner_directory);
        free(store->history_path);
        free(store);
        return NULL;
}

void store_keep_for(struct store *store, uint64_t usec) {
        recorder_keep_for(store->recorder, usec, store->needed_seq);
}

struct record *store_record(struct store *store) {
        return recorder_record(store->recorder);
}

unsigned store_last_session(const struct store *store) {
        return recorder_last_session(store->recorder);
}

struct runner_store *store_runners(struct store *store) {
        return store->runners;
}

struct jobs *store_armed_jobs(struct store *store) {
        return file_worker_jobs(store->armed_worker);
}

struct jobs *store_disk_jobs(struct store *store) {
        return file_worker_jobs(store->disk_worker);
}

void store_drain(struct store *store) {
        if (!store)
                return;
        file_worker_drain(store->armed_worker);
        file_worker_drain(store->disk_worker);
}

const char *store_armed_directory(const struct store *store) {
        return store->armed_directory;
}

const char *store_device_directory(const struct store *store) {
        return store->device_directory;
}

const char *store_history_path(const struct store *store) {
        return store->history_path;
}
