/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded into limberd: while the file $LIMBER_TEST_WATCH_MAIN exists, the process is killed when its main thread waits for anything
 * but the event loop: a disk (fsync), an answer on the bus (sd-bus waits for one with ppoll), a lock, or time. Says which first. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void judge(const char *what) {
        const char *when = getenv("LIMBER_TEST_WATCH_MAIN");
        char text[128];
        int n;

        if (!when || getpid() != gettid() || access(when, F_OK) < 0)
                return;
        n = snprintf(text, sizeof(text), "the main thread waits: %s\n", what);
        if (write(STDERR_FILENO, text, (size_t) n) < 0)
                _exit(97);
        raise(SIGKILL);
}

int fsync(int fd) {
        judge("fsync");
        return (int) syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
        judge("fdatasync");
        return (int) syscall(SYS_fdatasync, fd);
}

void sync(void) {
        judge("sync");
        (void) syscall(SYS_sync);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask) {
        static int (*next)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

        if (!timeout || timeout->tv_sec > 0 || timeout->tv_nsec > 0)
                judge("ppoll, for an answer on the bus");
        if (!next)
                next = (int (*)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *)) dlsym(
                        RTLD_NEXT, "ppoll");
        return next(fds, n, timeout, mask);
}

int poll(struct pollfd *fds, nfds_t n, int timeout) {
        static int (*next)(struct pollfd *, nfds_t, int);

        if (timeout != 0)
                judge("poll");
        if (!next)
                next = (int (*)(struct pollfd *, nfds_t, int)) dlsym(RTLD_NEXT, "poll");
        return next(fds, n, timeout);
}

int nanosleep(const struct timespec *wanted, struct timespec *rest) {
        judge("nanosleep");
        return (int) syscall(SYS_nanosleep, wanted, rest);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *rest) {
        judge("clock_nanosleep");
        return syscall(SYS_clock_nanosleep, clock, flags, wanted, rest) < 0 ? 1 : 0;
}

int usleep(useconds_t usec) {
        const struct timespec wanted = { usec / 1000000, (long) (usec % 1000000) * 1000 };

        judge("usleep");
        return (int) syscall(SYS_nanosleep, &wanted, NULL);
}

unsigned sleep(unsigned seconds) {
        const struct timespec wanted = { seconds, 0 };

        judge("sleep");
        return syscall(SYS_nanosleep, &wanted, NULL) < 0 ? seconds : 0;
}

int flock(int fd, int operation) {
        if (!(operation & LOCK_NB))
                judge("flock");
        return (int) syscall(SYS_flock, fd, operation);
}
