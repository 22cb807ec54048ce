/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded: a wall clock that is wrong by the seconds in the file $CLOCK_ERROR, read anew each time, and that no network keeps. Time
 * since the start of the machine is true. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static long wrong_by(void) {
        char text[32] = "";
        const char *path = getenv("CLOCK_ERROR");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t n;

        if (fd < 0)
                return 0;
        n = read(fd, text, sizeof(text) - 1);
        (void) close(fd);
        return n > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t id, struct timespec *ret) {
        int r = (int) syscall(SYS_clock_gettime, id, ret);

        if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
                ret->tv_sec += wrong_by();
        return r;
}

int adjtimex(struct timex *ret) {
        *ret = (struct timex){ .status = STA_UNSYNC };
        return TIME_ERROR;
}
