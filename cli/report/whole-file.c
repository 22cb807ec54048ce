/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/whole-file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "lib/atomic-file.h"

static int write_through(const char *path, const char *text, size_t n) {
        _cleanup_close_ int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

        while (fd >= 0 && n > 0) {
                ssize_t k = write(fd, text, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                text += k;
                n -= (size_t) k;
        }
        return fd < 0 ? -errno : 0;
}

int whole_file_write(const char *path, const char *text, size_t n) {
        _cleanup_free_ char *target = realpath(path, NULL);
        struct stat st;

        if (!target || stat(target, &st) < 0)
                return atomic_file_write(path, text, n, S_IRUSR | S_IWUSR, ATOMIC_FILE_SYNC);
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return write_through(target, text, n);
        return atomic_file_write(
                target, text, n, st.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO), ATOMIC_FILE_SYNC);
}
