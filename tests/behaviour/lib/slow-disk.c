/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded: while the file $LIMBER_TEST_SLOW_DISK exists, each fsync of what has $LIMBER_TEST_SLOW_FOLDER in its path takes four
 * seconds, as on a worn card or a busy disk. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_the_disk(int fd) {
        char link[64], path[512];
        const char *when = getenv("LIMBER_TEST_SLOW_DISK"), *folder = getenv("LIMBER_TEST_SLOW_FOLDER");
        if (!when || !folder || access(when, F_OK) < 0)
                return;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        if (n <= 0)
                return;
        path[n] = 0;
        if (strstr(path, folder))
                usleep(4000000);
}

int fsync(int fd) {
        wait_for_the_disk(fd);
        return (int) syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
        wait_for_the_disk(fd);
        return (int) syscall(SYS_fdatasync, fd);
}
