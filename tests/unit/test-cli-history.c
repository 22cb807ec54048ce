/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "cli/report/list-history.h"
#include "lib/clock.h"

#define BEGAN (1795244700 * USEC_PER_SEC) /* 2026-11-21 07:05 UTC */
#define GUN "C0:FF:EE:00:00:01"

static char *text_of(const char *s) {
        char *copy = strdup(s);

        assert_non_null(copy);
        return copy;
}

static struct history_session_info *add_session(struct history_infos *infos, uint64_t number,
        const char *routine, uint64_t ended, const char *reason) {
        struct history_session_info *s = array_grow(&infos->sessions, &infos->n_sessions, sizeof(*s));

        assert_non_null(s);
        *s = (struct history_session_info){ .session = number,
                .runner = 1000,
                .routine = text_of(routine),
                .reason = text_of(reason),
                .began = BEGAN,
                .ended = ended,
                .events = 12 };
        return s;
}

static struct history_event_info *add_event(
        struct history_infos *infos, uint64_t at, const char *kind, const char *reason, const char *text) {
        struct history_event_info *e = array_grow(&infos->events, &infos->n_events, sizeof(*e));

        assert_non_null(e);
        *e = (struct history_event_info){ .seq = 100 + infos->n_events,
                .at = at,
                .kind = text_of(kind),
                .reason = text_of(reason),
                .text = text_of(text) };
        return e;
}

static void add_setpoint(struct history_infos *infos, const char *reason, const char *unit) {
        struct history_event_info *e = add_event(infos, BEGAN + 5110000, "setpoint", reason, "");

        e->device = text_of(GUN);
        e->feature = text_of("motor");
        e->unit = unit ? text_of(unit) : NULL;
        e->asked = 31500;
        e->given = 29166;
}

static char *print(const struct table *t, bool csv, bool colour) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(t);
        assert_int_equal(csv ? table_print_csv(t, f) : table_print(t, f, 0, colour), 0);
        fclose(f);
        return text;
}

static void test_sessions(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(table_freep) struct table *t = NULL;
        _cleanup_free_ char *text = NULL, *csv = NULL;

        add_session(&infos, 12, "post-run-easy", BEGAN + 754332000, "completed");
        add_session(&infos, 9, "gun", BEGAN - 1, "strange-new-reason"); /* the clock was set back */
        t = list_history_table(&infos, NULL);
        text = print(t, false, false);
        csv = print(t, true, false);
        assert_string_equal(text,
                "Session             Began         Took  Routine        Ended                    Events\n"
                "     12  2026-11-21 07:05  12 min 34 s  post-run-easy  the routine is complete      12\n"
                "      9  2026-11-21 07:05            -  gun            strange-new-reason           12\n");
        assert_string_equal(csv,
                "session,runner,began,ended,took,routine,state,reason,events\r\n"
                "12,1000,2026-11-21T07:05:00.000000Z,2026-11-21T07:17:34.332000Z,754.332,post-run-easy,ended,"
                "completed,12\r\n"
                "9,1000,2026-11-21T07:05:00.000000Z,2026-11-21T07:04:59.999999Z,,gun,ended,strange-new-reason,"
                "12\r\n");
}

/* Three ways not to have an end, and only one of them is as it should be. */
static void test_abandoned(void **state) {
        struct session_info live = { .path = (char[]){ "/org/limber1/session/3" } };
        struct objects objects = { .sessions = &live, .n_sessions = 1 };
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(table_freep) struct table *t = NULL;
        _cleanup_free_ char *text = NULL, *csv = NULL;

        add_session(&infos, 3, "gun", 0, "");
        add_session(&infos, 2, "gun", 0, "");
        add_session(&infos, 1, "gun", BEGAN + USEC_PER_SEC, "daemon-died");
        t = list_history_table(&infos, &objects);
        text = print(t, false, true);
        csv = print(t, true, false);
        assert_non_null(strstr(text, "  not ended yet"));
        assert_non_null(strstr(text, "\x1b[1;33mnot ended: limberd died, or could not keep the end\x1b[0m"));
        assert_non_null(strstr(text, "\x1b[1;33mnot ended: limberd died\x1b[0m"));
        assert_string_equal(csv, "session,runner,began,ended,took,routine,state,reason,events\r\n"
                                 "3,1000,2026-11-21T07:05:00.000000Z,,,gun,running,,12\r\n"
                                 "2,1000,2026-11-21T07:05:00.000000Z,,,gun,abandoned,,12\r\n"
                                 "1,1000,2026-11-21T07:05:00.000000Z,,,gun,abandoned,daemon-died,12\r\n");
}

static void expect_head(
        const struct history_session_info *session, const char *runner, const char *expected) {
        _cleanup_(table_freep) struct table *t = list_history_head(session, NULL, runner);
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_int_equal(table_print_blocks(t, f, false), 0);
        fclose(f);
        assert_string_equal(text, expected);
}

static void test_head(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};

        add_session(&infos, 12, "gun", BEGAN + 60 * USEC_PER_SEC, "discomfort");
        add_session(&infos, 11, "gun", 0, "");
        expect_head(history_infos_find(&infos, 12), "anna",
                "Session  12\n"
                "Routine  gun\n"
                "For      anna\n"
                "Began    2026-11-21 07:05\n"
                "Ended    2026-11-21 07:06\n"
                "Took     1 min\n"
                "Because  it hurt more than this routine allows\n");
        expect_head(history_infos_find(&infos, 11), NULL,
                "Session  11\n"
                "Routine  gun\n"
                "For      user 1000\n"
                "Began    2026-11-21 07:05\n"
                "Ended    -\n"
                "Took     -\n"
                "Because  not ended: limberd died, or could not keep the end\n");
        assert_null(history_infos_find(&infos, 13));
        assert_null(history_infos_find(&infos, 0));
}

static void test_events(void **state) {
        struct device_info device = { .address = (char[]){ GUN }, .alias = (char[]){ "blue gun" } };
        struct objects objects = { .devices = &device, .n_devices = 1 };
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(table_freep) struct table *t = NULL;
        _cleanup_free_ char *text = NULL, *csv = NULL;

        add_session(&infos, 3, "gun", 0, "");
        add_event(&infos, BEGAN, "session-started", "", "");
        add_setpoint(&infos, "slew", "Hz");
        add_setpoint(&infos, "none", NULL);
        add_event(&infos, BEGAN + 65250000, "discomfort", "", "3 sharp");
        add_event(&infos, BEGAN + 3723 * USEC_PER_SEC, "session-ended", "", "stopped");
        t = list_history_events(&infos, infos.sessions, &objects);
        text = print(t, false, false);
        csv = print(t, true, false);
        assert_string_equal(text,
                "       Time  Event            Device    Feature    Asked    Given  Reason               Text\n"
                "  00:00.000  session-started  -         -              -        -  -                    -\n"
                "  00:05.110  setpoint         blue gun  motor    31.5 Hz  29.2 Hz  still rising slowly  -\n"
                "  00:05.110  setpoint         blue gun  motor       31.5     29.2  -                    -\n"
                "  01:05.250  discomfort       -         -              -        -  -                    3 sharp\n"
                "1:02:03.000  session-ended    -         -              -        -  -                    it was "
                "stopped\n");
        assert_string_equal(csv,
                "session,seq,at,kind,device,feature,asked,given,unit,reason,text,zone,side,score\r\n"
                "3,101,2026-11-21T07:05:00.000000Z,session-started,,,,,,,,,,\r\n"
                "3,102,2026-11-21T07:05:05.110000Z,setpoint," GUN ",motor,31.5,29.166,Hz,slew,,,,\r\n"
                "3,103,2026-11-21T07:05:05.110000Z,setpoint," GUN ",motor,31.5,29.166,,none,,,,\r\n"
                "3,104,2026-11-21T07:06:05.250000Z,discomfort,,,,,,,3 sharp,,,3\r\n"
                "3,105,2026-11-21T08:07:03.000000Z,session-ended,,,,,,,stopped,,,\r\n");
}

/* A score as it is kept now, and where a dose went: a person reads both, a program finds each by its name. */
static void test_scores_and_places(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(table_freep) struct table *t = NULL;
        _cleanup_free_ char *text = NULL, *csv = NULL;
        struct history_event_info *e;

        add_session(&infos, 3, "gun", 0, "");
        add_event(&infos, BEGAN, "discomfort", "asked", "burning")->given = 7;
        e = add_event(&infos, BEGAN, "dose", "", "");
        e->feature = text_of("percussion");
        e->zone = text_of("low_back");
        e->side = text_of("left");
        e->given = 61 * (int64_t) USEC_PER_SEC;
        t = list_history_events(&infos, infos.sessions, NULL);
        text = print(t, false, false);
        csv = print(t, true, false);
        assert_non_null(strstr(text, "  when asked  7 burning\n"));
        assert_non_null(strstr(text, "  left low back: 1 min 1 s\n"));
        assert_non_null(strstr(csv, ",discomfort,,,,,,asked,burning,,,7\r\n"));
        assert_non_null(strstr(csv, ",dose,,percussion,,,,,,low_back,left,\r\n"));
}

/* Words of ours are only put in where the daemon says why; what a person answered stays as it is. */
static void test_event_words(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(table_freep) struct table *t = NULL;
        _cleanup_free_ char *text = NULL;

        add_session(&infos, 3, "gun", 0, "");
        add_event(&infos, BEGAN, "answer", "", "stopped");
        add_event(&infos, BEGAN, "alert", "failed", "\x1b[2Jtake it off");
        add_event(&infos, BEGAN - 10000, "stop-unconfirmed", "Connection timed out", "");
        t = list_history_events(&infos, infos.sessions, NULL);
        text = print(t, false, true);
        assert_non_null(strstr(text, " stopped\n"));
        assert_null(strstr(text, "it was stopped"));
        assert_non_null(strstr(text, "  failed"));
        assert_non_null(strstr(text, "?[2Jtake it off"));
        assert_null(strstr(text, "\x1b[2J"));
        assert_non_null(strstr(text, "-00:00.010"));
        assert_non_null(strstr(text, "\x1b[1;31mstop-unconfirmed\x1b[0m"));
        assert_non_null(strstr(text, "\x1b[1;33malert\x1b[0m"));
}

/* A bus that nobody answers on, to make messages with. */
static sd_bus *bus_of(int fds[static 2]) {
        sd_bus *bus;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(sd_bus_new(&bus), 0);
        assert_true(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
        assert_true(sd_bus_start(bus) >= 0);
        return bus;
}

static sd_bus_message *message_of(sd_bus *bus) {
        sd_bus_message *m;

        assert_true(sd_bus_message_new_signal(bus, &m, "/a", "a.b", "C") >= 0);
        return m;
}

static void seal(sd_bus_message *m) {
        assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
        assert_true(sd_bus_message_rewind(m, true) >= 0);
}

/* What a newer daemon adds, what an older one leaves out, and what has another type is passed over. */
static void test_read(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *sessions = NULL, *events = NULL;
        int fds[2];
        sd_bus *bus = bus_of(fds);

        sessions = message_of(bus);
        assert_true(sd_bus_message_append(sessions, "aa{sv}", 2, 4, "session", "t", (uint64_t) 7, "runner",
                            "u", 1000, "routine", "s", "gun", "new", "as", 1, "x", 3, "session", "t",
                            (uint64_t) 6, "ended", "s", "yesterday", "reason", "s", "stopped") >= 0);
        seal(sessions);
        assert_true(history_infos_read_sessions(sessions, &infos) >= 0);
        assert_int_equal(infos.n_sessions, 2);
        assert_int_equal(infos.sessions[0].session, 7);
        assert_int_equal(infos.sessions[0].runner, 1000);
        assert_string_equal(infos.sessions[0].routine, "gun");
        assert_true(history_session_lacks_end(&infos.sessions[0]));
        assert_int_equal(infos.sessions[1].ended, 0);
        assert_string_equal(infos.sessions[1].reason, "stopped");

        events = message_of(bus);
        assert_true(sd_bus_message_append(events, "aa{sv}", 1, 4, "kind", "s", "setpoint", "asked", "x",
                            (int64_t) 28000, "given", "x", (int64_t) -1, "at", "t", BEGAN) >= 0);
        seal(events);
        assert_true(history_infos_read_events(events, &infos) >= 0);
        assert_int_equal(infos.n_events, 1);
        assert_true(history_event_is_setpoint(infos.events));
        assert_int_equal(infos.events[0].asked, 28000);
        assert_int_equal(infos.events[0].given, -1);
        assert_true(infos.events[0].at == BEGAN);
        assert_null(infos.events[0].unit);
        sd_bus_close_unref(bus);
        close(fds[1]);
}

/* An answer of another kind is an error, and what was read before it is freed as ever. */
static void test_read_nonsense(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int fds[2];
        sd_bus *bus = bus_of(fds);

        m = message_of(bus);
        assert_true(sd_bus_message_append(m, "as", 1, "x") >= 0);
        seal(m);
        assert_true(history_infos_read_sessions(m, &infos) < 0);
        assert_true(history_infos_read_events(m, &infos) < 0);
        assert_int_equal(infos.n_sessions, 0);
        sd_bus_close_unref(bus);
        close(fds[1]);
}

static int in_utc(void **state) {
        return setenv("TZ", "UTC0", 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sessions),
                cmocka_unit_test(test_abandoned),
                cmocka_unit_test(test_head),
                cmocka_unit_test(test_events),
                cmocka_unit_test(test_scores_and_places),
                cmocka_unit_test(test_event_words),
                cmocka_unit_test(test_read),
                cmocka_unit_test(test_read_nonsense),
        };

        return cmocka_run_group_tests(tests, in_utc, NULL);
}
