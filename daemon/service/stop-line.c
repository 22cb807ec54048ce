/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/stop-line.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/loop/settle.h"
#include "lib/stop-line.h"

/* Maximum number of callers that wait to hear that output is off; further ones only hear how many devices were told. */
#define WAITERS_MAX 16u

struct stop_line {
        struct stop_line_settings settings;
        struct sockaddr_un address;
        int fd;
        int reserve; /* released for a moment when no other descriptor is free */
        sd_event_source *source;
        struct settle *settle;
        int waiters[WAITERS_MAX];
        unsigned n_waiters;
};

/* A caller that does not read loses the answer. */
static void say(int fd, const char *text) {
        (void) send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void tell_waiters(struct stop_line *line, const char *text) {
        while (line->n_waiters > 0) {
                int fd = line->waiters[--line->n_waiters];

                say(fd, text);
                (void) close(fd);
        }
}

static bool is_off(void *userdata) {
        const struct stop_line *line = userdata;

        return line->settings.is_off(line->settings.userdata);
}

static void on_settled(bool off, void *userdata) {
        tell_waiters(userdata, off ? STOP_LINE_OFF "\n" : STOP_LINE_UNCONFIRMED "\n");
}

static void take(struct stop_line *line, int fd, unsigned devices) {
        char text[16];

        (void) snprintf(text, sizeof(text), "%u\n", devices);
        say(fd, text);
        if (line->n_waiters == WAITERS_MAX) {
                (void) close(fd);
                return;
        }
        line->waiters[line->n_waiters++] = fd;
}

/* Out of descriptors: accept and close without an answer, since a pending connection would wake the loop again and again. */
static void take_blindly(struct stop_line *line) {
        int fd;

        (void) close(line->reserve);
        fd = accept4(line->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
                (void) close(fd);
        line->reserve = fcntl(line->fd, F_DUPFD_CLOEXEC, 0);
}

static int on_pull(sd_event_source *source, int listener, uint32_t revents, void *userdata) {
        struct stop_line *line = userdata;
        /* Before anything else, whatever happens to the connection. */
        unsigned devices = line->settings.stop(line->settings.userdata);

        /* Only those pending now, not ones that arrive meanwhile: the loop must get to others. */
        for (unsigned i = 0; i < WAITERS_MAX; i++) {
                int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd >= 0)
                        take(line, fd, devices);
                else if (errno == EMFILE || errno == ENFILE)
                        take_blindly(line);
                else if (errno != ECONNABORTED && errno != EINTR)
                        break;
        }
        settle_begin(line->settle, STOP_LINE_CONFIRM_USEC);
        return 0;
}

static int listen_at(struct stop_line *line) {
        int n;

        line->address.sun_family = AF_UNIX;
        n = snprintf(line->address.sun_path, sizeof(line->address.sun_path), "%s/" STOP_LINE_NAME,
                line->settings.directory);
        if ((size_t) n >= sizeof(line->address.sun_path))
                return -ENAMETOOLONG;
        line->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (line->fd < 0)
                return -errno;
        if (unlink(line->address.sun_path) < 0 && errno != ENOENT)
                return -errno;
        /* Open to everybody, whatever the umask: anybody may stop. */
        if (bind(line->fd, (const struct sockaddr *) &line->address, sizeof(line->address)) < 0 ||
                chmod(line->address.sun_path, 0666) < 0 || listen(line->fd, SOMAXCONN) < 0)
                return -errno;
        line->reserve = fcntl(line->fd, F_DUPFD_CLOEXEC, 0);
        return line->reserve < 0 ? -errno : 0;
}

int stop_line_new(const struct stop_line_settings *settings, struct stop_line **ret) {
        _cleanup_(stop_line_freep) struct stop_line *line = calloc(1, sizeof(*line));
        const struct settle_settings settle = { settings->clock, is_off, on_settled, line };
        int r;

        if (!line)
                return -ENOMEM;
        line->settings = *settings;
        line->fd = line->reserve = -1;
        r = settle_new(&settle, &line->settle);
        if (r >= 0)
                r = listen_at(line);
        if (r >= 0)
                r = sd_event_add_io(settings->event, &line->source, line->fd, EPOLLIN, on_pull, line);
        if (r >= 0)
                r = sd_event_source_set_priority(line->source, settings->priority);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(line);
        return 0;
}

void stop_line_look(struct stop_line *line) {
        if (line)
                settle_look(line->settle);
}

struct stop_line *stop_line_free(struct stop_line *line) {
        if (!line)
                return NULL;
        tell_waiters(line, "");
        sd_event_source_unref(line->source);
        if (line->fd >= 0) {
                (void) unlink(line->address.sun_path);
                (void) close(line->fd);
        }
        if (line->reserve >= 0)
                (void) close(line->reserve);
        settle_free(line->settle);
        free(line);
        return NULL;
}
