/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/stop.h"

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#include "cli/term/failure.h"
#include "cli/term/text.h"
#include "cli/term/words.h"
#include "lib/bus-names.h"

#define ALLSTOP "limber-allstop"

int stop_session(struct client *client, const char *session_path) {
        int r = -ENXIO;

        if (session_path)
                r = client_stop_call(client, session_path, LIMBER_SESSION_INTERFACE, "Stop",
                        CLIENT_STOP_USEC, NULL, NULL);
        if (r < 0)
                r = client_stop_call(client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "StopAll",
                        CLIENT_STOP_USEC, NULL, NULL);
        return r < 0 ? r : 0;
}

/* Prefers the program in our own folder, which is of the same build, to one found in PATH. */
static void exec_allstop(void) {
        char *const argv[] = { (char[]){ ALLSTOP }, NULL };
        char self[PATH_MAX], path[PATH_MAX + sizeof(ALLSTOP) + 1];
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

        if (n > 0) {
                self[n] = '\0';
                snprintf(path, sizeof(path), "%s/" ALLSTOP, dirname(self));
                (void) execv(path, argv);
        }
        (void) execvp(ALLSTOP, argv);
}

int stop_without_daemon(const struct options *options, const char *why) {
        if (options->host)
                return failure_say(LIMBER_EXIT_NO_DAEMON, words_hands, "On %s: %s", options->host, why);
        say(stderr, "limber: %s Running " ALLSTOP " instead.", why);
        (void) fflush(stdout);
        exec_allstop();
        return failure_say(LIMBER_EXIT_NO_DAEMON,
                "Take the pads or the gun off the body and switch the device off by its own button.",
                "Cannot run " ALLSTOP ": %s.", strerror(errno));
}

int stop_by_allstop(const struct options *options, const char *why) {
        int status = -1;
        pid_t pid;

        (void) fflush(NULL);
        pid = fork();
        if (pid == 0) {
                sigset_t none;

                /* Ctrl-C ends it; what it says is for a person, also where our output is for a program. */
                (void) sigemptyset(&none);
                (void) sigprocmask(SIG_SETMASK, &none, NULL);
                (void) dup2(STDERR_FILENO, STDOUT_FILENO);
                _exit(stop_without_daemon(options, why));
        }
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (pid < 0)
                return failure_say(LIMBER_EXIT_NOT_CONFIRMED, words_hands, "%s", why);
        return WIFEXITED(status) && WEXITSTATUS(status) == LIMBER_EXIT_OK ? LIMBER_EXIT_STOPPED
                                                                          : LIMBER_EXIT_NOT_CONFIRMED;
}
