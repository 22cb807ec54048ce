/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/whole-file.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/stat.h>

static int write_all(int fd, const char *text, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, text, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                text += k;
                n -= (size_t) k;
        }
        return 0;
}

static int write_through(const char *path, const char *text, size_t n) {
        _cleanup_close_ int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

        return fd < 0 ? -errno : write_all(fd, text, n);
}

/* The name has come to mean the new file for good only when its folder is on the disk. */
static int sync_folder_of(const char *path) {
        _cleanup_free_ char *copy = strdup(path);
        _cleanup_close_ int fd = -EBADF;

        if (!copy)
                return -ENOMEM;
        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        /* It may not be readable, or of a kind that knows no sync: then that is as well as it gets. */
        if (fd >= 0)
                (void) fsync(fd);
        return 0;
}

/* Text in the open file, which is then called path. */
static int finish(int fd, const char *temporary, const char *path, mode_t mode, const char *text, size_t n) {
        int r = write_all(fd, text, n);

        if (r < 0)
                return r;
        if (fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0)
                return -errno;
        return sync_folder_of(path);
}

static int replace(const char *path, mode_t mode, const char *text, size_t n) {
        _cleanup_free_ char *temporary = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
                temporary = NULL;
                return -ENOMEM;
        }
        fd = mkostemp(temporary, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = finish(fd, temporary, path, mode, text, n);
        if (r < 0)
                (void) unlink(temporary);
        return r;
}

int whole_file_write(const char *path, const char *text, size_t n) {
        _cleanup_free_ char *target = realpath(path, NULL);
        struct stat st;

        if (!target || stat(target, &st) < 0)
                return replace(path, S_IRUSR | S_IWUSR, text, n);
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return write_through(target, text, n);
        return replace(target, st.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO), text, n);
}
