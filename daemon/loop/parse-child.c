/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop/parse-child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/untrusted.h"

/* A text of 64 KiB takes some milliseconds, on an emulated machine some hundred. Who computes for longer has a costly text; who
 * does not answer without that was stopped or gets no processor. */
#define TEXT_USEC (5 * USEC_PER_SEC)
#define TEXT_CPU_USEC USEC_PER_SEC
/* A child that was killed is no news of the text: another one reads it, after a pause, for so often and so long [D]. */
#define KILLED_MAX 20u
#define KILLED_USEC (20 * USEC_PER_SEC)
#define PAUSE_FIRST_USEC (10 * USEC_PER_MSEC)
#define PAUSE_MAX_USEC (200 * USEC_PER_MSEC)
/* For a child whose end of the socket is closed to be gone, too. */
#define GONE_USEC USEC_PER_SEC
/* How often a thread that waits looks whether anybody still does. */
#define LOOK_MSEC 50u

static atomic_bool given_up;

struct parse_child {
        struct conf_reader reader;
        const char *path;
        pid_t pid; /* 0: none */
        int fd;
        bool fresh;   /* has not read a text yet */
        bool useless; /* children were killed, or did not answer, too often: nothing more is read */
};

static uint64_t usec_of(clockid_t clock) {
        struct timespec ts = {};

        (void) clock_gettime(clock, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

static uint64_t now_usec(void) {
        return usec_of(CLOCK_MONOTONIC);
}

static void pause_for(uint64_t usec) {
        (void) nanosleep(&(struct timespec){ .tv_nsec = (long) (usec * 1000) }, NULL);
}

/* What the child has computed so far. */
static uint64_t cpu_usec(const struct parse_child *child) {
        clockid_t clock;

        return clock_getcpuclockid(child->pid, &clock) == 0 ? usec_of(clock) : 0;
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

/* Nothing but calls that a signal handler may make. */
static _Noreturn void become(const char *path, int fd) {
        char *argv[] = { (char *) "limber-parse", NULL }, *envp[] = { NULL };
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        sigset_t none;

        (void) sigemptyset(&none);
        if (dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0 &&
                sigprocmask(SIG_SETMASK, &none, NULL) >= 0)
                (void) execve(path, argv, envp);
        /* Not about a text. */
        (void) raise(SIGKILL);
        _exit(EXIT_FAILURE);
}

/* Not by posix_spawn(): that waits until the program runs, for ever where somebody stops the child before. */
static int spawn(const char *path, int fd, pid_t *ret) {
        pid_t pid;

        if (access(path, X_OK) < 0)
                return -errno;
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                become(path, fd);
        *ret = pid;
        return 0;
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

static bool is_stopped(const struct parse_child *child) {
        siginfo_t info = {};

        return waitid(P_PID, (id_t) child->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0;
}

/* Sends (from) or receives (to) n bytes until a time. -EPIPE: it ended. -ETIME: it takes too long. -EAGAIN: it was stopped.
 * -ECANCELED: nobody waits for it any more. */
static int transfer(const struct parse_child *child, const void *from, void *to, size_t n, uint64_t until) {
        for (size_t done = 0; done < n;) {
                struct pollfd p = { child->fd, from ? POLLOUT : POLLIN, 0 };
                uint64_t now = now_usec();
                ssize_t k;

                if (given_up)
                        return -ECANCELED;
                if (now >= until)
                        return -ETIME;
                if (poll(&p, 1, (int) MIN((until - now) / 1000 + 1, LOOK_MSEC)) == 0) {
                        if (is_stopped(child))
                                return -EAGAIN;
                        continue;
                }
                k = from ? send(child->fd, (const char *) from + done, n - done, MSG_NOSIGNAL)
                         : recv(child->fd, (char *) to + done, n - done, 0);
                if (k < 0 && (errno == EAGAIN || errno == EINTR))
                        continue;
                if (k <= 0)
                        return -EPIPE;
                done += (size_t) k;
        }
        return 0;
}

/* Signals that a process earns by what it does, those of its bounds among them (parse/sandbox.c). */
static bool is_own_end(int signal) {
        static const int own[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS, SIGXCPU,
                SIGXFSZ };

        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
                if (own[i] == signal)
                        return true;
        return false;
}

/* Why it ended (-EPIPE) or did not answer (-ETIME). -EPIPE: by what it read. -EAGAIN: by somebody else, such as the kernel where
 * memory ends; that says nothing about the text. */
static int judge(struct parse_child *child, int r, uint64_t cpu_before) {
        int status = 0;

        if (r == -ETIME)
                return cpu_usec(child) - cpu_before >= TEXT_CPU_USEC ? -EPIPE : -EAGAIN;
        for (uint64_t until = now_usec() + GONE_USEC; now_usec() < until && !given_up;
                pause_for(USEC_PER_MSEC))
                if (waitpid(child->pid, &status, WNOHANG) == child->pid) {
                        child->pid = 0;
                        return WIFSIGNALED(status) && !is_own_end(WTERMSIG(status)) ? -EAGAIN : -EPIPE;
                }
        return -EPIPE;
}

static int converse(
        const struct parse_child *child, const void *bytes, size_t n, char **ret, uint32_t *ret_n) {
        uint64_t until = now_usec() + TEXT_USEC;
        _cleanup_free_ char *packed = NULL;
        uint32_t length = (uint32_t) n;
        int r;

        r = transfer(child, &length, NULL, sizeof(length), until);
        if (r >= 0)
                r = transfer(child, bytes, NULL, n, until);
        if (r >= 0)
                r = transfer(child, NULL, &length, sizeof(length), until);
        if (r < 0)
                return r;
        if (length > CONF_PACKED_MAX)
                return -EPROTO;
        packed = malloc(length);
        if (!packed)
                return -ENOMEM;
        r = transfer(child, NULL, packed, length, until);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(packed);
        *ret_n = length;
        return 0;
}

/* -EPIPE: it did not survive the text. -EAGAIN: it was killed or stopped. */
static int ask(struct parse_child *child, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        uint64_t cpu_before = cpu_usec(child);
        _cleanup_free_ char *packed = NULL;
        uint32_t length = 0;
        int r;

        child->fresh = false;
        r = converse(child, bytes, n, &packed, &length);
        if (r >= 0)
                return conf_unpack(packed, length, findings, ret);
        return r == -EPIPE || r == -ETIME ? judge(child, r, cpu_before) : r;
}

/* One that has read other texts may have died of them. */
static int ask_anew(struct parse_child *child, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        bool was_fresh = false;
        int r = -EPIPE;

        for (unsigned i = 0; i < 2 && !was_fresh && (r == -EPIPE || r == -EPROTO); i++) {
                r = given_up ? -ECANCELED : start(child);
                if (r < 0)
                        return r;
                was_fresh = child->fresh;
                r = ask(child, bytes, n, findings, ret);
                if (r < 0 && r != -EBADMSG)
                        end(child);
        }
        return r;
}

static int read_text(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        struct parse_child *child = (struct parse_child *) reader; /* its first member */
        uint64_t until = now_usec() + KILLED_USEC, pause_usec = PAUSE_FIRST_USEC;
        int r;

        if (n > UNTRUSTED_SIZE_MAX)
                return untrusted_refuse_size(findings, n);
        if (child->useless)
                return -EAGAIN;
        r = ask_anew(child, bytes, n, findings, ret);
        for (unsigned i = 1; r == -EAGAIN && i < KILLED_MAX && now_usec() < until && !given_up; i++) {
                pause_for(pause_usec);
                pause_usec = MIN(2 * pause_usec, PAUSE_MAX_USEC);
                r = ask_anew(child, bytes, n, findings, ret);
        }
        if (given_up)
                return -ECANCELED;
        child->useless = r == -EAGAIN;
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
