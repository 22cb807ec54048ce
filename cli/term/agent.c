/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cli/term/terminal.h"

#define AGENT "pkttyagent"
/* Without polkit the agent waits for it; we do not. */
#define READY_MSEC 2000

static pid_t agent;

/* In the child: async-signal-safe functions only. */
static void run_agent(char *const argv[]) {
        sigset_t none;

        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        (void) signal(SIGPIPE, SIG_DFL);
        /* If limber dies, nobody must be left reading the terminal. */
        (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void) execvp(AGENT, argv);
        _exit(EXIT_FAILURE);
}

void agent_open(void) {
        char process[32], notify[16];
        char *const argv[] = { (char[]){ AGENT }, (char[]){ "--process" }, process, (char[]){ "--fallback" },
                (char[]){ "--notify-fd" }, notify, NULL };
        _cleanup_close_ int ready = -EBADF, theirs = -EBADF;
        struct pollfd in = { .events = POLLIN };
        int pipes[2];

        /* polkit never asks root. */
        if (agent > 0 || geteuid() == 0 || !terminal_present() || pipe2(pipes, 0) < 0)
                return;
        ready = pipes[0];
        theirs = pipes[1];
        (void) fcntl(ready, F_SETFD, FD_CLOEXEC);
        (void) snprintf(process, sizeof(process), "%d", (int) getpid());
        (void) snprintf(notify, sizeof(notify), "%d", theirs);

        agent = fork();
        if (agent == 0)
                run_agent(argv);
        theirs = close_fd(theirs);
        /* It closes its end when it is registered, and also when it cannot run. */
        in.fd = ready;
        if (agent > 0)
                (void) poll(&in, 1, READY_MSEC);
}

void agent_close(void) {
        if (agent <= 0)
                return;
        (void) kill(agent, SIGTERM);
        (void) kill(agent, SIGCONT);
        (void) waitpid(agent, NULL, 0);
        agent = 0;
}
