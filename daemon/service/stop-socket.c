/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/stop-socket.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/stop-socket.h"

/* Maximum number of callers that wait to hear that output is off; further ones only hear how many devices were told. */
#define WAITERS_MAX 16u
/* Connections that cannot be accepted for want of a descriptor are looked at again. */
#define AGAIN_USEC (20 * USEC_PER_MSEC)

struct waiter {
        int fd;
        uint64_t until_usec;
};

struct stop_socket {
        struct stop_socket_settings settings;
        struct sockaddr_un address;
        int fd;
        int reserve; /* released for a moment when no other descriptor is free; -1: that one was lost, too */
        unsigned devices; /* that the last stop was sent to */
        bool stuck;       /* a connection waits that cannot be accepted: only further ones are events */
        sd_event_source *source;
        struct clock_timer *again;          /* while stuck */
        struct clock_timer *timer;          /* the end of the first waiter's patience */
        struct waiter waiters[WAITERS_MAX]; /* in the order in which they came */
        unsigned n_waiters;
};

/* A caller that does not read loses the answer. */
static void say(int fd, const char *text) {
        (void) send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The first n of them. */
static void tell_waiters(struct stop_socket *s, unsigned n, const char *text) {
        if (n == 0)
                return;
        for (unsigned i = 0; i < n; i++) {
                say(s->waiters[i].fd, text);
                (void) close(s->waiters[i].fd);
        }
        s->n_waiters -= n;
        memmove(s->waiters, s->waiters + n, s->n_waiters * sizeof(s->waiters[0]));
        if (s->n_waiters > 0)
                clock_timer_arm(s->timer, s->waiters[0].until_usec);
        else
                clock_timer_disarm(s->timer);
}

/* Each hears it in its own time, however often others pull. */
static void on_patience(struct clock_timer *timer, void *userdata) {
        struct stop_socket *s = userdata;
        uint64_t now = clock_now(s->settings.clock);
        unsigned n = 0;

        while (n < s->n_waiters && s->waiters[n].until_usec <= now)
                n++;
        tell_waiters(s, n, STOP_SOCKET_UNCONFIRMED "\n");
}

static void take(struct stop_socket *s, int fd, unsigned devices) {
        char text[16];

        (void) snprintf(text, sizeof(text), "%u\n", devices);
        say(fd, text);
        if (s->n_waiters == WAITERS_MAX) {
                (void) close(fd);
                return;
        }
        s->waiters[s->n_waiters++] =
                (struct waiter){ fd, clock_now(s->settings.clock) + STOP_SOCKET_CONFIRM_USEC };
}

/* Out of descriptors: accept and close without an answer. 0: there is none to accept; negative errno: a thread was faster, and took the
 * descriptor that was released. */
static int take_blindly(struct stop_socket *s) {
        int fd, r;

        if (s->reserve >= 0)
                (void) close(s->reserve);
        fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
        r = fd >= 0 ? 1 : errno == EAGAIN ? 0 : -errno;
        if (fd >= 0)
                (void) close(fd);
        s->reserve = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
        return r;
}

/* A connection that stays in the queue would wake the loop again and again, and nothing else would get its turn. */
static void set_stuck(struct stop_socket *s, bool stuck) {
        if (stuck)
                clock_timer_arm_in(s->again, AGAIN_USEC);
        else
                clock_timer_disarm(s->again);
        if (s->stuck == stuck)
                return;
        s->stuck = stuck;
        (void) sd_event_source_set_io_events(
                s->source, EPOLLIN | (stuck ? (uint32_t) EPOLLET : (uint32_t) 0));
}

/* Only those pending now, not ones that arrive meanwhile: the loop must get to others. */
static void accept_pending(struct stop_socket *s, unsigned devices) {
        int r = 1;

        for (unsigned i = 0; i < WAITERS_MAX && r > 0; i++) {
                int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd >= 0)
                        take(s, fd, devices);
                else if (errno == EMFILE || errno == ENFILE)
                        r = take_blindly(s);
                else if (errno != ECONNABORTED && errno != EINTR)
                        r = errno == EAGAIN ? 0 : -errno;
        }
        set_stuck(s, r < 0);
}

static int on_pull(sd_event_source *source, int listener, uint32_t revents, void *userdata) {
        struct stop_socket *s = userdata;

        /* Before anything else, whatever happens to the connection. */
        s->devices = s->settings.stop(s->settings.userdata);
        accept_pending(s, s->devices);
        stop_socket_look(s);
        if (s->n_waiters > 0)
                clock_timer_arm(s->timer, s->waiters[0].until_usec);
        return 0;
}

/* The stop was sent when the connection came that could not be accepted. Behind it others may have come since. */
static void on_again(struct clock_timer *timer, void *userdata) {
        struct stop_socket *s = userdata;

        if (s->reserve < 0)
                s->reserve = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
        s->devices = s->settings.stop(s->settings.userdata);
        accept_pending(s, s->devices);
        stop_socket_look(s);
        if (s->n_waiters > 0)
                clock_timer_arm(s->timer, s->waiters[0].until_usec);
}

static int listen_at(struct stop_socket *s) {
        int n;

        s->address.sun_family = AF_UNIX;
        n = snprintf(s->address.sun_path, sizeof(s->address.sun_path), "%s/" STOP_SOCKET_NAME,
                s->settings.directory);
        if ((size_t) n >= sizeof(s->address.sun_path))
                return -ENAMETOOLONG;
        s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (s->fd < 0)
                return -errno;
        if (unlink(s->address.sun_path) < 0 && errno != ENOENT)
                return -errno;
        /* Open to everybody, whatever the umask: anybody may stop. */
        if (bind(s->fd, (const struct sockaddr *) &s->address, sizeof(s->address)) < 0 ||
                chmod(s->address.sun_path, 0666) < 0 || listen(s->fd, SOMAXCONN) < 0)
                return -errno;
        s->reserve = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
        return s->reserve < 0 ? -errno : 0;
}

int stop_socket_new(const struct stop_socket_settings *settings, struct stop_socket **ret) {
        _cleanup_(stop_socket_freep) struct stop_socket *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->settings = *settings;
        s->fd = s->reserve = -1;
        r = clock_timer_new(settings->clock, on_patience, s, &s->timer);
        if (r >= 0)
                r = clock_timer_new(settings->clock, on_again, s, &s->again);
        if (r >= 0)
                r = listen_at(s);
        if (r >= 0)
                r = sd_event_add_io(settings->event, &s->source, s->fd, EPOLLIN, on_pull, s);
        if (r >= 0)
                r = sd_event_source_set_priority(s->source, settings->priority);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

void stop_socket_look(struct stop_socket *s) {
        if (s && s->n_waiters > 0 && s->settings.is_off(s->settings.userdata))
                tell_waiters(s, s->n_waiters, STOP_SOCKET_OFF "\n");
}

struct stop_socket *stop_socket_free(struct stop_socket *s) {
        if (!s)
                return NULL;
        tell_waiters(s, s->n_waiters, "");
        sd_event_source_unref(s->source);
        if (s->fd >= 0) {
                (void) unlink(s->address.sun_path);
                (void) close(s->fd);
        }
        if (s->reserve >= 0)
                (void) close(s->reserve);
        clock_timer_free(s->timer);
        clock_timer_free(s->again);
        free(s);
        return NULL;
}
