/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "daemon/bus/polkit.h"
#include "tests/bus/bus-pair.h"

/* limberd at one end; polkit, and somebody who calls, at the other. */
struct bench {
        sd_bus *server, *client;
        struct polkit *polkit;
        const struct polkit_question
                *questions;  /* of the call, one after the other, up to one without an action */
        const char *allowed; /* what polkit says yes to, among other words */
        unsigned asked, handled;
        int result; /* of the call; 0: it waits */
        uid_t user; /* of the call */
        const char *sender;
        bool silent; /* polkit waits for somebody's password */
};

static int check(struct bench *b, sd_bus_message *m) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = 1;

        for (unsigned i = 0; r > 0 && b->questions[i].action; i++)
                r = polkit_check(b->polkit, m, b->user, &b->questions[i], &error);
        b->handled++;
        b->result = r;
        return r;
}

static void handle_again(sd_bus_message *m, void *userdata) {
        (void) check(userdata, m);
}

static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        if (!sd_bus_message_is_method_call(m, "org.limber1.Test", "Call"))
                return 0;
        (void) check(userdata, m);
        return 1;
}

/* polkit's answer. */
static int on_question(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bench *b = userdata;
        const char *action;

        if (!sd_bus_message_is_method_call(m, NULL, "CheckAuthorization"))
                return 0;
        b->asked++;
        if (b->silent)
                return 1;
        assert_true(sd_bus_message_skip(m, "(sa{sv})") >= 0 && sd_bus_message_read(m, "s", &action) >= 0);
        return sd_bus_reply_method_return(m, "(bba{ss})", strstr(b->allowed, action) != NULL, 0, 0);
}

static int setup(void **state) {
        static struct bench b;

        b = (struct bench){ .allowed = "", .sender = ":1.1", .user = 1000 };
        assert_true(bus_pair_open(&b.server, &b.client) >= 0);
        assert_true(sd_bus_add_filter(b.server, NULL, on_call, &b) >= 0);
        assert_true(sd_bus_add_filter(b.client, NULL, on_question, &b) >= 0);
        assert_int_equal(polkit_new(b.server, handle_again, &b, &b.polkit), 0);
        *state = &b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        /* What is held of a call is held of the bus: a sanitizer sees it. */
        b->polkit = polkit_free(b->polkit);
        b->server = sd_bus_close_unref(b->server);
        b->client = sd_bus_close_unref(b->client);
        return 0;
}

/* A call that needs all of these, where polkit allows those. */
static int call(struct bench *b, const struct polkit_question *questions, const char *allowed) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        b->questions = questions;
        b->allowed = allowed;
        b->asked = b->handled = 0;
        b->result = 0;
        assert_true(
                sd_bus_message_new_method_call(b->client, &m, NULL, "/", "org.limber1.Test", "Call") >= 0);
        assert_true(sd_bus_message_set_sender(m, b->sender) >= 0);
        assert_true(sd_bus_send(b->client, m, NULL) >= 0);
        for (unsigned i = 0; i < 100; i++) {
                assert_true(sd_bus_process(b->server, NULL) >= 0);
                assert_true(sd_bus_process(b->client, NULL) >= 0);
        }
        return b->result;
}

static void one_is_asked_once(void **state) {
        static const struct polkit_question one[] = { { "a", .what = "do it" }, {} };
        struct bench *b = *state;

        assert_int_equal(call(b, one, "a"), 1);
        assert_int_equal(b->asked, 1);
        assert_int_equal(b->handled, 2);
        assert_true(call(b, one, "") < 0);
        /* A yes was for that call. */
        assert_int_equal(b->asked, 1);
}

static void two_are_asked_one_after_the_other(void **state) {
        static const struct polkit_question two[] = { { "a", .what = "do it" }, { "b", .what = "do that" },
                {} };
        struct bench *b = *state;

        assert_int_equal(call(b, two, "a b"), 1);
        assert_int_equal(b->asked, 2);
        assert_int_equal(b->handled, 3);
        assert_true(call(b, two, "a") < 0);
        assert_int_equal(b->asked, 2);
        assert_true(call(b, two, "b") < 0);
        assert_int_equal(b->asked, 1);
        /* Nothing is left that would count as open. */
        for (unsigned i = 0; i < 2 * POLKIT_QUERIES_CLIENT_MAX; i++)
                assert_int_equal(call(b, two, "a b"), 1);
}

static void the_other_one_does_as_well(void **state) {
        static const struct polkit_question either[] = { { "a", .otherwise = "b", .what = "do it" }, {} };
        struct bench *b = *state;

        assert_int_equal(call(b, either, "b"), 1);
        assert_int_equal(b->asked, 2);
        assert_int_equal(call(b, either, "a"), 1);
        assert_int_equal(b->asked, 1);
        assert_true(call(b, either, "") < 0);
        assert_int_equal(b->asked, 2);
}

/* With however many connections. */
static void one_user_locks_nobody_out(void **state) {
        static const struct polkit_question one[] = { { "a", .what = "do it" }, {} };
        static const char *const senders[] = { ":1.1", ":1.2", ":1.3", ":1.4", ":1.5" };
        struct bench *b = *state;
        unsigned open = 0;

        b->silent = true;
        for (size_t i = 0; i < ARRAY_SIZE(senders); i++)
                for (unsigned k = 0; k < POLKIT_QUERIES_CLIENT_MAX; k++) {
                        b->sender = senders[i];
                        open += call(b, one, "") == 0;
                }
        assert_int_equal(open, POLKIT_QUERIES_USER_MAX);
        b->sender = ":1.9";
        b->user = 1001;
        assert_int_equal(call(b, one, ""), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(one_is_asked_once),
                TEST(two_are_asked_one_after_the_other),
                TEST(the_other_one_does_as_well),
                TEST(one_user_locks_nobody_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
