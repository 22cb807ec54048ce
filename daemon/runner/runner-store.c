/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/runner/runner-store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/runner/runner-text.h"
#include "lib/atomic-file.h"
#include "lib/clock.h"

/* Maximum number of damaged files kept for one runner. */
#define DAMAGED_MAX 99u

/* Identifies the file that was last read or written. */
struct signature {
        bool there;
        dev_t device;
        ino_t inode;
        off_t size;
        struct timespec changed;
};

struct entry {
        uid_t uid;
        struct runner *runner; /* NULL: damaged */
        char *damage;
        struct signature signature;
        unsigned revision;
        bool busy;
};

struct runner_store {
        struct runner_store_settings settings;
        struct rejects rejects;
        int error; /* the reader does not work */
        struct entry *entries;
        unsigned n_entries;
};

static void path_of(
        char path[static PATH_MAX], const struct runner_store *store, uid_t uid, const char *suffix) {
        (void) snprintf(path, PATH_MAX, "%s/%u%s", store->settings.directory, (unsigned) uid, suffix);
}

static struct signature signature_of(const char *path) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return (struct signature){ .there = errno != ENOENT };
        return (struct signature){ true, st.st_dev, st.st_ino, st.st_size, st.st_mtim };
}

static bool signature_same(const struct signature *a, const struct signature *b) {
        return a->there == b->there && a->device == b->device && a->inode == b->inode &&
               a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
               a->changed.tv_nsec == b->changed.tv_nsec;
}

static struct entry *find(const struct runner_store *store, uid_t uid) {
        for (unsigned i = 0; i < store->n_entries; i++)
                if (store->entries[i].uid == uid)
                        return &store->entries[i];
        return NULL;
}

static struct entry *find_or_add(struct runner_store *store, uid_t uid) {
        struct entry *entry = find(store, uid), *grown;

        if (entry)
                return entry;
        grown = reallocarray(store->entries, store->n_entries + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        store->entries = grown;
        entry = &grown[store->n_entries++];
        *entry = (struct entry){ .uid = uid };
        return entry;
}

/* "…/1000.conf" → 1000, only in the form that we write. */
static bool uid_of_path(const char *path, uid_t *ret) {
        const char *name = strrchr(path, '/');
        char again[32], *end;
        unsigned long uid;

        name = name ? name + 1 : path;
        uid = strtoul(name, &end, 10);
        if (uid >= (uid_t) -1)
                return false;
        (void) snprintf(again, sizeof(again), "%lu.conf", uid);
        if (!streq(again, name))
                return false;
        *ret = (uid_t) uid;
        return true;
}

static void read_one(const char *path, const char *text, size_t n, void *userdata) {
        struct runner_store *store = userdata;
        _cleanup_(findings_done) struct findings findings = {};
        struct runner *runner = NULL;
        struct entry *entry;
        uid_t uid;
        int r;

        if (!uid_of_path(path, &uid)) {
                rejects_add(&store->rejects, path, 0,
                        "the file of a runner has the number of its user as its name, such as 1000.conf");
                return;
        }
        r = runner_parse(store->settings.reader, uid, text, n, &findings, &runner);
        if (r < 0) {
                rejects_add_findings(&store->rejects, path, &findings);
                if (findings.n_errors == 0)
                        store->error = r;
                return;
        }
        entry = find_or_add(store, uid);
        if (!entry) {
                runner_free(runner);
                return;
        }
        entry->runner = runner;
        entry->revision = 1;
        entry->signature = signature_of(path);
}

static char *reject_sentence(const struct rejected *reject) {
        char *sentence = NULL;
        int n;

        if (reject->line > 0)
                n = asprintf(&sentence, "%s:%u: %s", reject->path, reject->line, reject->message);
        else
                n = asprintf(&sentence, "%s: %s", reject->path, reject->message);
        return n < 0 ? NULL : sentence;
}

/* Records the first error of each file. */
static int note_damage(struct runner_store *store) {
        for (unsigned i = 0; i < store->rejects.n; i++) {
                const struct rejected *reject = &store->rejects.items[i];
                struct entry *entry;
                uid_t uid;

                if (!uid_of_path(reject->path, &uid))
                        continue;
                entry = find_or_add(store, uid);
                if (!entry)
                        return -ENOMEM;
                if (entry->damage)
                        continue;
                entry->revision = 1;
                entry->damage = reject_sentence(reject);
                if (!entry->damage)
                        return -ENOMEM;
                entry->signature = signature_of(reject->path);
        }
        return 0;
}

int runner_store_new(const struct runner_store_settings *settings, struct runner_store **ret) {
        _cleanup_(runner_store_freep) struct runner_store *store = calloc(1, sizeof(*store));

        if (!store)
                return -ENOMEM;
        store->settings = *settings;
        folder_read(settings->directory, &store->rejects, read_one, store);
        /* What was not read is not damaged, and what is in it is not known. */
        if (store->error < 0)
                return store->error;
        if (note_damage(store) < 0)
                return -ENOMEM;
        *ret = TAKE_PTR(store);
        return 0;
}

struct runner_store *runner_store_free(struct runner_store *store) {
        if (!store)
                return NULL;
        for (unsigned i = 0; i < store->n_entries; i++) {
                runner_free(store->entries[i].runner);
                free(store->entries[i].damage);
        }
        free(store->entries);
        rejects_done(&store->rejects);
        free(store);
        return NULL;
}

const struct rejects *runner_store_rejects(const struct runner_store *store) {
        return &store->rejects;
}

unsigned runner_store_revision(const struct runner_store *store, uid_t uid) {
        const struct entry *entry = find(store, uid);

        return entry ? entry->revision : 0;
}

uint64_t runner_store_wall(const struct runner_store *store) {
        uint64_t now = store->settings.wall();

        return now - now % USEC_PER_SEC;
}

const struct runner *runner_store_find(struct runner_store *store, uid_t uid) {
        struct entry *entry = find(store, uid);
        struct runner *copy;

        if (!entry || !entry->runner)
                return NULL;
        /* Expired for good, also after a restart; until the disk takes the change, at least in memory. */
        if (runner_expire(entry->runner, runner_store_wall(store)) && !entry->busy &&
                runner_copy(entry->runner, &copy) >= 0)
                (void) runner_store_keep(store, copy, NULL, NULL);
        return find(store, uid)->runner;
}

const char *runner_store_damage(const struct runner_store *store, uid_t uid) {
        const struct entry *entry = find(store, uid);

        return entry ? entry->damage : NULL;
}

bool runner_store_at(const struct runner_store *store, unsigned i, uid_t *ret) {
        for (unsigned k = 0; k < store->n_entries; k++) {
                const struct entry *entry = &store->entries[k];

                /* A user whose first file is being written, or failed to be, has none. */
                if ((!entry->runner && !entry->damage) || i-- > 0)
                        continue;
                *ret = entry->uid;
                return true;
        }
        return false;
}

/* A runner being written to the disk. */
struct job {
        struct runner_store *store;
        struct runner *next;
        char *text;
        size_t n;
        bool damaged; /* the existing file is to be moved aside */
        char path[PATH_MAX], moved[PATH_MAX + 16];
        struct signature signature; /* of the existing file, then of the one written */
        int result;
        const char *failed; /* the operation that failed */
        runner_kept_fn kept;
        void *userdata;
};

static void job_free(struct job *job) {
        runner_free(job->next);
        free(job->text);
        free(job);
}

/* Link first, so that a file exists at all times. */
static int move_aside(struct job *job) {
        for (unsigned i = 1; i <= DAMAGED_MAX; i++) {
                int n = snprintf(job->moved, sizeof(job->moved), "%s.damaged", job->path);

                if (i > 1)
                        (void) snprintf(job->moved + n, sizeof(job->moved) - (size_t) n, "-%u", i);
                if (link(job->path, job->moved) >= 0)
                        return 0;
                if (errno != EEXIST)
                        break;
        }
        job->moved[0] = '\0';
        return -errno;
}

/* On a thread: uses nothing but the job and the folder. */
static void job_work(void *data) {
        struct job *job = data;
        const char *directory = job->store->settings.directory;
        struct signature now;
        int r = 0;

        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
                r = -errno;
        now = signature_of(job->path);
        if (r >= 0 && !signature_same(&now, &job->signature))
                r = -ESTALE;
        if (r >= 0 && job->damaged) {
                r = move_aside(job);
                job->failed = r < 0 ? "the damaged file cannot be moved aside" : NULL;
        }
        if (r >= 0)
                r = atomic_file_write(job->path, job->text, job->n, 0600, ATOMIC_FILE_SYNC);
        if (r < 0 && job->moved[0]) {
                (void) unlink(job->moved);
                job->moved[0] = '\0';
        }
        job->signature = signature_of(job->path);
        job->result = r;
}

static char *job_note(const struct job *job) {
        char *note = NULL;
        int n = 0;

        if (job->result == -ESTALE)
                n = asprintf(&note,
                        "%s was changed by hand while limberd runs; restart limberd, so that it is read",
                        job->path);
        else if (job->result < 0)
                n = asprintf(&note, "%s: %s: %s", job->path, job->failed ?: "it cannot be written",
                        strerror(-job->result));
        else if (job->moved[0])
                n = asprintf(
                        &note, "the damaged file was saved as %s; nothing else in it applies", job->moved);
        return n < 0 ? NULL : note;
}

static void job_done(void *data) {
        struct job *job = data;
        struct runner_store *store = job->store;
        _cleanup_free_ char *note = job_note(job);
        struct entry *entry = find(store, job->next->uid);
        uid_t uid = job->next->uid;

        entry->busy = false;
        if (job->result >= 0) {
                entry->signature = job->signature;
                free(entry->damage);
                entry->damage = NULL;
        }
        if (job->result >= 0) {
                runner_free(entry->runner);
                entry->runner = TAKE_PTR(job->next);
                entry->revision++;
                if (store->settings.changed)
                        store->settings.changed(uid, store->settings.userdata);
        }
        if (job->kept)
                job->kept(job->result, note, job->userdata);
        job_free(job);
}

static int job_new(
        struct runner_store *store, struct runner *next, const struct entry *entry, struct job **ret) {
        struct job *job = calloc(1, sizeof(*job));
        FILE *f = job ? open_memstream(&job->text, &job->n) : NULL;
        bool failed;

        if (!f) {
                free(job);
                return -ENOMEM;
        }
        runner_print(next, f);
        failed = ferror(f) != 0;
        if (fclose(f) != 0 || failed) {
                job_free(job);
                return -ENOMEM;
        }
        job->store = store;
        job->next = next;
        job->damaged = entry->damage;
        job->signature = entry->signature;
        path_of(job->path, store, next->uid, ".conf");
        *ret = job;
        return 0;
}

int runner_store_keep(struct runner_store *store, struct runner *next, runner_kept_fn kept, void *userdata) {
        struct entry *entry = find_or_add(store, next->uid);
        struct job *job = NULL;
        int r = !entry ? -ENOMEM : entry->busy ? -EBUSY : 0;

        if (r >= 0)
                r = job_new(store, next, entry, &job);
        if (r < 0) {
                runner_free(next);
                return r;
        }
        job->kept = kept;
        job->userdata = userdata;
        entry->busy = true;
        r = jobs_run(store->settings.jobs, job_work, job_done, job);
        if (r < 0) {
                entry->busy = false;
                job_free(job);
        }
        return r;
}
