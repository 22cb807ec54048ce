/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <termios.h>

#include "cli/bus/properties.h"
#include "cli/live/follow-up.h"
#include "cli/term/failure.h"
#include "cli/term/keys.h"
#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "lib/bus-names.h"
#include "lib/clock.h"

/* Timeout for a person who has walked away. */
#define KEY_MSEC 60000
#define PATIENCE_USEC (2 * USEC_PER_SEC)

#define FIELD(name, signature, reader) \
        { #name, signature, offsetof(struct follow_up, name), property_read_##reader }

static const struct property fields[] = {
        FIELD(session, "t", u64),
        FIELD(kind, "s", string),
        FIELD(text, "s", string),
        {},
};

/* The last is the newest; we ask at most one. */
static int read_question(sd_bus_message *m, void *userdata) {
        struct follow_up *question = userdata;

        follow_up_done(question);
        return properties_read(m, fields, question);
}

/* Reports no errors, and does not start the daemon: the session may have ended because it was stopped. */
static int fetch_quietly(struct client *client, struct follow_up *ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        int r;

        r = client_new_call(client, "Questions", &m);
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_call(client_bus(client), m, PATIENCE_USEC, NULL, &reply);
        return r < 0 ? r : property_read_array(reply, "a{sv}", read_question, ret);
}

int follow_up_fetch(struct client *client, struct follow_up *ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int status, r;

        *ret = (struct follow_up){};
        status = client_call(client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Questions", &reply, NULL);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = property_read_array(reply, "a{sv}", read_question, ret);
        return r < 0 ? failure_report(NULL, r) : LIMBER_EXIT_OK;
}

void follow_up_done(struct follow_up *question) {
        properties_free_strings(fields, question);
        *question = (struct follow_up){};
}

int follow_up_answer(
        struct client *client, const struct follow_up *question, unsigned score, char **ret_advice) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *advice;
        int status, r;

        status = client_call(client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "AnswerQuestion", &reply, "tsy",
                question->session, question->kind, score);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = sd_bus_message_read(reply, "s", &advice);
        if (r < 0)
                return failure_report(NULL, r);
        *ret_advice = strdup(advice);
        return *ret_advice ? LIMBER_EXIT_OK : failure_no_memory();
}

/* A digit or '!'; false for any other key, or on timeout. */
static bool read_score(unsigned *ret) {
        struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
        struct key key = {};
        char c;

        if (terminal_enter(false) < 0)
                return false;
        if (poll(&in, 1, KEY_MSEC) == 1 && read(STDIN_FILENO, &c, 1) == 1)
                key = key_of(c);
        terminal_leave();
        *ret = (unsigned) key.value;
        return key.action == KEY_DISCOMFORT;
}

static void print_line(const char *line, void *userdata) {
        puts(line);
}

void follow_up_ask_here(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(follow_up_done) struct follow_up question = {};
        _cleanup_free_ char *advice = NULL;
        unsigned score, columns, rows;

        if (options->host) /* a new connection means a new ssh, which may ask for a password again */
                return;
        if (client_open_quiet(options, &client) < 0 || fetch_quietly(client, &question) < 0 ||
                !question.text)
                return;
        terminal_size(&columns, &rows);
        /* Discards keys meant for the session; before the question is shown, so that no answer is lost. */
        (void) tcflush(STDIN_FILENO, TCIFLUSH);
        putchar('\n');
        text_fold(question.text, columns, print_line, NULL);
        fputs("Press 0 to 9 (! is 10), or any other key for not now: ", stdout);
        (void) fflush(stdout);
        if (!read_score(&score)) {
                puts("not now");
                return;
        }
        printf("%u\n", score);
        if (follow_up_answer(client, &question, score, &advice) == LIMBER_EXIT_OK && !isempty(advice))
                puts(advice);
}
