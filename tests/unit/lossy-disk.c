/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/lossy-disk.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "lib/macros.h"

/* What a disk writes whole. */
#define SECTOR 512u
#define FILES_MAX 8u

/* One write that is not synced; n 0: the file was cut to offset. */
struct pending {
        size_t offset, n;
        unsigned char *bytes;
};

struct lossy_file {
        sqlite3_file base;
        char *path; /* NULL: not one that is kept (temporary files) */
        unsigned char *durable;
        size_t n_durable;
        struct pending *pending;
        size_t n_pending;
        sqlite3_file real; /* and behind it as much as the real one wants */
};

static struct {
        sqlite3_vfs vfs, *real;
        struct lossy_file *files[FILES_MAX];
        unsigned operations;
        void (*fn)(unsigned operation, void *userdata);
        void *userdata;
} disk;

static struct lossy_file *of(sqlite3_file *file) {
        return (struct lossy_file *) file;
}

static void *need(void *p) {
        if (!p)
                abort();
        return p;
}

static void operation(void) {
        disk.operations++;
        if (disk.fn)
                disk.fn(disk.operations, disk.userdata);
}

static void add_pending(struct lossy_file *f, size_t offset, const void *bytes, size_t n) {
        f->pending = need(reallocarray(f->pending, f->n_pending + 1, sizeof(*f->pending)));
        f->pending[f->n_pending] = (struct pending){ offset, n, n > 0 ? need(malloc(n)) : NULL };
        if (n > 0)
                memcpy(f->pending[f->n_pending].bytes, bytes, n);
        f->n_pending++;
}

static void resize(unsigned char **image, size_t *n, size_t wanted) {
        *image = need(realloc(*image, wanted + 1));
        if (wanted > *n)
                memset(*image + *n, 0, wanted - *n);
        *n = wanted;
}

/* All of it, or the sectors that luck leaves. */
static void apply(const struct pending *p, unsigned char **image, size_t *n, unsigned *luck) {
        if (p->n == 0) {
                if (!luck || rand_r(luck) % 2)
                        resize(image, n, p->offset);
                return;
        }
        for (size_t at = 0; at < p->n;) {
                size_t end = MIN(((p->offset + at) / SECTOR + 1) * SECTOR - p->offset, p->n);

                if (!luck || rand_r(luck) % 2) {
                        if (p->offset + end > *n)
                                resize(image, n, p->offset + end);
                        memcpy(*image + p->offset + at, p->bytes + at, end - at);
                }
                at = end;
        }
}

static int lossy_close(sqlite3_file *file) {
        struct lossy_file *f = of(file);
        int r = f->real.pMethods->xClose(&f->real);

        for (unsigned i = 0; i < FILES_MAX; i++)
                if (disk.files[i] == f)
                        disk.files[i] = NULL;
        for (size_t i = 0; i < f->n_pending; i++)
                free(f->pending[i].bytes);
        free(f->pending);
        free(f->durable);
        free(f->path);
        return r;
}

static int lossy_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset) {
        struct lossy_file *f = of(file);
        int r = f->real.pMethods->xWrite(&f->real, bytes, n, offset);

        if (r == SQLITE_OK && f->path) {
                add_pending(f, (size_t) offset, bytes, (size_t) n);
                operation();
        }
        return r;
}

static int lossy_truncate(sqlite3_file *file, sqlite3_int64 size) {
        struct lossy_file *f = of(file);
        int r = f->real.pMethods->xTruncate(&f->real, size);

        if (r == SQLITE_OK && f->path) {
                add_pending(f, (size_t) size, NULL, 0);
                operation();
        }
        return r;
}

static int lossy_sync(sqlite3_file *file, int flags) {
        struct lossy_file *f = of(file);

        for (size_t i = 0; i < f->n_pending; i++) {
                apply(&f->pending[i], &f->durable, &f->n_durable, NULL);
                free(f->pending[i].bytes);
        }
        f->n_pending = 0;
        if (f->path)
                operation();
        return SQLITE_OK; /* the real disk is not what is tried here */
}

#define FORWARD(name, parameters, arguments)                       \
        static int lossy_##name parameters {                       \
                return of(file)->real.pMethods->x##name arguments; \
        }

FORWARD(Read, (sqlite3_file * file, void *bytes, int n, sqlite3_int64 offset),
        (&of(file)->real, bytes, n, offset))
FORWARD(FileSize, (sqlite3_file * file, sqlite3_int64 *size), (&of(file)->real, size))
FORWARD(Lock, (sqlite3_file * file, int level), (&of(file)->real, level))
FORWARD(Unlock, (sqlite3_file * file, int level), (&of(file)->real, level))
FORWARD(CheckReservedLock, (sqlite3_file * file, int *ret), (&of(file)->real, ret))
FORWARD(SectorSize, (sqlite3_file * file), (&of(file)->real))
FORWARD(ShmMap, (sqlite3_file * file, int page, int size, int extend, void volatile **ret),
        (&of(file)->real, page, size, extend, ret))
FORWARD(ShmLock, (sqlite3_file * file, int offset, int n, int flags), (&of(file)->real, offset, n, flags))
FORWARD(ShmUnmap, (sqlite3_file * file, int delete), (&of(file)->real, delete))

static void lossy_ShmBarrier(sqlite3_file *file) {
        of(file)->real.pMethods->xShmBarrier(&of(file)->real);
}

/* Nothing that the real file promises of its sectors holds here. */
static int lossy_characteristics(sqlite3_file *file) {
        return 0;
}

static int lossy_control(sqlite3_file *file, int op, void *argument) {
        if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
                return SQLITE_OK;
        return of(file)->real.pMethods->xFileControl(&of(file)->real, op, argument);
}

static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = lossy_close,
        .xRead = lossy_Read,
        .xWrite = lossy_write,
        .xTruncate = lossy_truncate,
        .xSync = lossy_sync,
        .xFileSize = lossy_FileSize,
        .xLock = lossy_Lock,
        .xUnlock = lossy_Unlock,
        .xCheckReservedLock = lossy_CheckReservedLock,
        .xFileControl = lossy_control,
        .xSectorSize = lossy_SectorSize,
        .xDeviceCharacteristics = lossy_characteristics,
        .xShmMap = lossy_ShmMap,
        .xShmLock = lossy_ShmLock,
        .xShmBarrier = lossy_ShmBarrier,
        .xShmUnmap = lossy_ShmUnmap,
};

/* What is there when it is opened was there before, and is durable. */
static void read_whole(const char *path, unsigned char **ret, size_t *ret_n) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return;
        resize(ret, ret_n, (size_t) st.st_size);
        if (pread(fd, *ret, *ret_n, 0) != (ssize_t) *ret_n)
                abort();
}

static int lossy_open(
        sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags) {
        struct lossy_file *f = of(file);
        int r;

        memset(f, 0, sizeof(*f));
        if (name && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) {
                f->path = need(strdup(name));
                read_whole(name, &f->durable, &f->n_durable);
        }
        r = disk.real->xOpen(disk.real, name, &f->real, flags, ret_flags);
        if (r != SQLITE_OK) {
                free(f->path);
                free(f->durable);
                return r;
        }
        f->base.pMethods = &methods;
        for (unsigned i = 0; f->path && i < FILES_MAX; i++)
                if (!disk.files[i]) {
                        disk.files[i] = f;
                        break;
                }
        return SQLITE_OK;
}

void lossy_disk_begin(void) {
        disk.real = sqlite3_vfs_find(NULL);
        disk.vfs = *disk.real;
        disk.vfs.zName = "lossy";
        disk.vfs.szOsFile = (int) sizeof(struct lossy_file) + disk.real->szOsFile;
        disk.vfs.xOpen = lossy_open;
        disk.vfs.pNext = NULL;
        (void) sqlite3_vfs_register(&disk.vfs, 1);
}

void lossy_disk_watch(void (*fn)(unsigned operation, void *userdata), void *userdata) {
        disk.operations = 0;
        disk.fn = fn;
        disk.userdata = userdata;
}

static void write_whole(const char *folder, const char *path, const unsigned char *bytes, size_t n) {
        _cleanup_close_ int fd = -EBADF;
        char copy[256];

        (void) snprintf(copy, sizeof(copy), "%s/%s", folder, strrchr(path, '/') + 1);
        fd = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || (n > 0 && pwrite(fd, bytes, n, 0) != (ssize_t) n))
                abort();
}

void lossy_disk_picture(const char *folder, unsigned seed) {
        for (unsigned i = 0; i < FILES_MAX; i++) {
                const struct lossy_file *f = disk.files[i];
                unsigned char *image = NULL;
                size_t n = 0;

                if (!f)
                        continue;
                resize(&image, &n, f->n_durable);
                if (f->n_durable > 0)
                        memcpy(image, f->durable, f->n_durable);
                for (size_t k = 0; k < f->n_pending; k++)
                        apply(&f->pending[k], &image, &n, &seed);
                write_whole(folder, f->path, image, n);
                free(image);
        }
}
