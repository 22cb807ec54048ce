/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

/* Alternate screen, no cursor; and back. */
#define SCREEN_ON "\x1b[?1049h\x1b[?25l\x1b[2J"
#define SCREEN_OFF "\x1b[?25h\x1b[?1049l"

#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT 24

static struct termios saved;
static volatile sig_atomic_t entered, on_screen;

bool terminal_present(void) {
        return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

bool terminal_has_screen(void) {
        const char *term = getenv("TERM");

        return !isempty(term) && !streq(term, "dumb");
}

static void put(const char *s) {
        ssize_t n = write(STDOUT_FILENO, s, strlen(s));

        (void) n; /* a terminal that is gone needs no restoring */
}

void terminal_leave(void) {
        int saved_errno = errno;

        if (on_screen)
                put(SCREEN_OFF);
        on_screen = 0;
        if (entered)
                (void) tcsetattr(STDIN_FILENO, TCSANOW, &saved);
        entered = 0;
        errno = saved_errno;
}

bool terminal_entered(void) {
        return entered;
}

static void on_crash(int sig) {
        terminal_leave();
        (void) raise(sig); /* the handler was reset: the default action follows */
}

static void prepare_exits(void) {
        static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };
        struct sigaction action = { .sa_handler = on_crash, .sa_flags = (int) (SA_RESETHAND | SA_NODEFER) };
        static bool prepared;

        if (prepared)
                return;
        prepared = true;
        (void) atexit(terminal_leave);
        for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
                (void) sigaction(crashes[i], &action, NULL);
}

int terminal_enter(bool screen) {
        struct termios raw;

        if (!entered && tcgetattr(STDIN_FILENO, &saved) < 0)
                return -errno;
        prepare_exits();
        raw = saved;
        /* Keep signals, so that Ctrl-C and Ctrl-Z work. No flow control, so that Ctrl-S cannot freeze the loop that sends
         * the beats. */
        raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO | IEXTEN);
        raw.c_iflag &= ~(tcflag_t) (IXON | IXOFF);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
                return -errno;
        entered = 1;
        if (screen) {
                put(SCREEN_ON);
                on_screen = 1;
        }
        return 0;
}

void terminal_size(unsigned *ret_columns, unsigned *ret_rows) {
        struct winsize size = {};

        (void) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
        *ret_columns = size.ws_col > 0 ? size.ws_col : COLUMNS_DEFAULT;
        *ret_rows = size.ws_row > 0 ? size.ws_row : ROWS_DEFAULT;
}
