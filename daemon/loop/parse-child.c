/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/parse-child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/untrusted.h"

/* A text of 64 KiB takes some milliseconds, on an emulated machine some hundred. */
#define TEXT_USEC (5 * USEC_PER_SEC)
/* How often a thread that waits looks whether anybody still does. */
#define LOOK_MSEC 50u

static atomic_bool given_up;

struct parse_child {
        struct conf_reader reader;
        const char *path;
        pid_t pid; /* 0: none */
        int fd;
        bool fresh; /* has not read a text yet */
};

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

static void end(struct parse_child *child) {
        child->fd = close_fd(child->fd);
        if (child->pid > 0) {
                (void) kill(child->pid, SIGKILL);
                while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        child->pid = 0;
}

static int spawn(const char *path, int fd, pid_t *ret) {
        char *argv[] = { (char *) "limber-parse", NULL }, *envp[] = { NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r;

        (void) sigemptyset(&none);
        (void) posix_spawn_file_actions_init(&actions);
        (void) posix_spawnattr_init(&attributes);
        r = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (r == 0)
                r = posix_spawnattr_setsigmask(&attributes, &none);
        if (r == 0)
                r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        if (r == 0)
                r = posix_spawn(ret, path, &actions, &attributes, argv, envp);
        (void) posix_spawn_file_actions_destroy(&actions);
        (void) posix_spawnattr_destroy(&attributes);
        return -r;
}

static int start(struct parse_child *child) {
        int fds[2], r;

        if (child->pid > 0)
                return 0;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        r = spawn(child->path, fds[1], &child->pid);
        (void) close(fds[1]);
        if (r < 0) {
                (void) close(fds[0]);
                child->pid = 0;
                return r;
        }
        (void) fcntl(fds[0], F_SETFL, O_NONBLOCK);
        child->fd = fds[0];
        child->fresh = true;
        return 0;
}

/* Sends (from) or receives (to) n bytes until a time. False: it ended, takes too long, or nobody waits for it any more. */
static bool transfer(const struct parse_child *child, const void *from, void *to, size_t n, uint64_t until) {
        for (size_t done = 0; done < n;) {
                struct pollfd p = { child->fd, from ? POLLOUT : POLLIN, 0 };
                uint64_t now = now_usec();
                ssize_t k;

                if (now >= until || given_up)
                        return false;
                if (poll(&p, 1, (int) MIN((until - now) / 1000 + 1, LOOK_MSEC)) == 0)
                        continue;
                k = from ? send(child->fd, (const char *) from + done, n - done, MSG_NOSIGNAL)
                         : recv(child->fd, (char *) to + done, n - done, 0);
                if (k < 0 && (errno == EAGAIN || errno == EINTR))
                        continue;
                if (k <= 0)
                        return false;
                done += (size_t) k;
        }
        return true;
}

/* -EPIPE: it did not survive. */
static int ask(struct parse_child *child, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        uint64_t until = now_usec() + TEXT_USEC;
        _cleanup_free_ char *packed = NULL;
        uint32_t length = (uint32_t) n;

        child->fresh = false;
        if (!transfer(child, &length, NULL, sizeof(length), until) ||
                !transfer(child, bytes, NULL, n, until) ||
                !transfer(child, NULL, &length, sizeof(length), until) || length > CONF_PACKED_MAX)
                return -EPIPE;
        packed = malloc(length);
        if (!packed)
                return -ENOMEM;
        if (!transfer(child, NULL, packed, length, until))
                return -EPIPE;
        return conf_unpack(packed, length, findings, ret);
}

static int read_text(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        struct parse_child *child = (struct parse_child *) reader; /* its first member */
        bool was_fresh = false;
        int r = -EPIPE;

        if (n > UNTRUSTED_SIZE_MAX)
                return untrusted_refuse_size(findings, n);
        /* One that has read other texts may have died of them. */
        for (unsigned i = 0; i < 2 && !was_fresh && (r == -EPIPE || r == -EPROTO); i++) {
                r = given_up ? -ECANCELED : start(child);
                if (r < 0)
                        return r;
                was_fresh = child->fresh;
                r = ask(child, bytes, n, findings, ret);
                if (r < 0 && r != -EBADMSG)
                        end(child);
        }
        if (given_up)
                return -ECANCELED;
        if (r != -EPIPE && r != -EPROTO)
                return r;
        findings_error(findings, 0, "too-costly",
                "reading this text takes too much memory or time; make it shorter and simpler");
        return -EBADMSG;
}

int parse_child_new(const char *path, struct parse_child **ret) {
        struct parse_child *child = calloc(1, sizeof(*child));

        if (!child)
                return -ENOMEM;
        *child = (struct parse_child){ .reader = { read_text }, .path = path, .fd = -EBADF };
        *ret = child;
        return 0;
}

struct parse_child *parse_child_free(struct parse_child *child) {
        if (!child)
                return NULL;
        end(child);
        free(child);
        return NULL;
}

struct conf_reader *parse_child_reader(struct parse_child *child) {
        return &child->reader;
}

void parse_child_give_up(void) {
        given_up = true;
}

pid_t parse_child_pid(const struct parse_child *child) {
        return child->pid;
}
