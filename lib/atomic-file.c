/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/atomic-file.h"

#include <fcntl.h>
#include <sys/stat.h>

static int write_all(int fd, const char *bytes, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, bytes, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                bytes += k;
                n -= (size_t) k;
        }
        return 0;
}

/* The rename is durable only once the folder is synced. Ignores failures: the folder may be unreadable, or on a file system
 * without sync. */
static void sync_folder(const char *path, size_t n_folder) {
        _cleanup_free_ char *folder = n_folder > 0 ? strndup(path, n_folder) : strdup(".");
        _cleanup_close_ int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -EBADF;

        if (fd >= 0)
                (void) fsync(fd);
}

static int fill(int fd, const void *bytes, size_t n, mode_t mode, unsigned flags) {
        int r = write_all(fd, bytes, n);

        if (r < 0)
                return r;
        if (fchmod(fd, mode) < 0)
                return -errno;
        return flags & ATOMIC_FILE_SYNC && fsync(fd) < 0 ? -errno : 0;
}

int atomic_file_write(const char *path, const void *bytes, size_t n, mode_t mode, unsigned flags) {
        const char *slash = strrchr(path, '/');
        size_t n_folder = slash ? (size_t) (slash - path) + 1 : 0;
        _cleanup_free_ char *temporary = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (asprintf(&temporary, "%.*s.%s.XXXXXX", (int) n_folder, path, path + n_folder) < 0) {
                temporary = NULL;
                return -ENOMEM;
        }
        fd = mkostemp(temporary, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = fill(fd, bytes, n, mode, flags);
        if (r >= 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                (void) unlink(temporary);
        else if (flags & ATOMIC_FILE_SYNC)
                sync_folder(path, n_folder);
        return r;
}
