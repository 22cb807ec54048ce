/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/stop-socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

/* Slightly more than limberd itself takes to decide. */
#define GRACE_USEC (200 * USEC_PER_MSEC)

/* With a custom bus address and no address of the socket: the limberd there is not the system's. */
static int find(struct sockaddr_un *ret) {
        const char *directory = getenv("LIMBER_RUNTIME_DIRECTORY");
        int n;

        if (isempty(directory) && !isempty(getenv("DBUS_SYSTEM_BUS_ADDRESS")))
                return -ENOENT;
        ret->sun_family = AF_UNIX;
        n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/" STOP_SOCKET_NAME,
                isempty(directory) ? "/run/limber" : directory);
        return (size_t) n < sizeof(ret->sun_path) ? 0 : -ENAMETOOLONG;
}

static int set_patience(int fd, int option, uint64_t usec) {
        const struct timeval patience = {
                .tv_sec = (time_t) (usec / USEC_PER_SEC),
                .tv_usec = (suseconds_t) (usec % USEC_PER_SEC),
        };

        return setsockopt(fd, SOL_SOCKET, option, &patience, sizeof(patience)) < 0 ? -errno : 0;
}

/* EAGAIN means a socket timeout; from connect(), a full backlog. */
static int error_now(void) {
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

static int pull(const struct sockaddr_un *address, uint64_t usec, FILE **ret) {
        _cleanup_close_ int fd = -1;
        int r;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        r = set_patience(fd, SO_SNDTIMEO, usec);
        if (r >= 0)
                r = set_patience(fd, SO_RCVTIMEO, usec);
        if (r < 0)
                return r;
        if (connect(fd, (const struct sockaddr *) address, sizeof(*address)) < 0)
                return error_now();
        *ret = fdopen(fd, "r");
        if (!*ret)
                return -errno;
        fd = -1;
        return 0;
}

int stop_socket_pull(uint64_t usec, struct stop_socket_answer *ret) {
        _cleanup_fclose_ FILE *f = NULL;
        struct sockaddr_un address = {};
        char line[32];
        int r;

        r = find(&address);
        if (r >= 0)
                r = pull(&address, usec, &f);
        if (r < 0)
                return r;
        errno = 0;
        if (!fgets(line, sizeof(line), f))
                return errno == 0 ? -ECONNRESET : error_now();
        *ret = (struct stop_socket_answer){ .devices = (unsigned) strtoul(line, NULL, 10) };
        if (set_patience(fileno(f), SO_RCVTIMEO, STOP_SOCKET_CONFIRM_USEC + GRACE_USEC) >= 0 &&
                fgets(line, sizeof(line), f))
                ret->off = streq(line, STOP_SOCKET_OFF "\n");
        return 0;
}
