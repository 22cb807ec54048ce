/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/report/report.h"
#include "tests/unit/history-events.h"

/* Markup, an end of an attribute, a control, a turn of the reading direction, and what is no UTF-8. */
#define EVIL "<evil x=\"'>&\x1b\xe2\x80\xae\xff"

static char *written(const struct history_infos *infos, const struct objects *objects, const char *runner) {
        struct report_session sessions[4];
        struct session_chart *charts[4];
        struct report report = { sessions, infos->n_sessions, objects, BEGAN };
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        for (size_t i = 0; i < infos->n_sessions; i++) {
                assert_int_equal(session_chart_new(infos, &infos->sessions[i], objects, &charts[i]), 0);
                sessions[i] = (struct report_session){ &infos->sessions[i], charts[i], runner };
        }
        report_write(&report, f);
        fclose(f);
        for (size_t i = 0; i < infos->n_sessions; i++)
                session_chart_free(charts[i]);
        return text;
}

static void expect(const char *text, const char *part) {
        if (!strstr(text, part))
                fail_msg("'%s' is not in: %s", part, text);
}

static void add_told(struct history_infos *infos) {
        add_session(infos, 12);
        add_event(infos, 0, "session-started", "", "");
        add_event(infos, 1000, "prompt", "", "Ready?");
        add_event(infos, 3000, "answer", "", "go");
        add_step(infos, 3000, "Roll the calf", "percussion", "calf", 60);
        add_setpoint(infos, 3000, GUN, "Hz", 33000, 17000, "slew");
        add_setpoint(infos, 8000, GUN, "Hz", 33000, 28500, "device");
        add_event(infos, 20000, "discomfort", "asked", "")->given = 2;
        add_event(infos, 30000, "discomfort", "unasked", "burning")->given = 6;
        add_event(infos, 30100, "eased", "discomfort", "");
        add_event(infos, 40000, "alert", "battery", "the battery is low");
        add_dose(infos, 63000, "percussion", "calf", 60000);
        add_event(infos, 63000, "session-ended", "", "completed");
        add_event(infos, 64000, "rest", "", "")->zone = text_of("calf");
        add_event(infos, 80000000, "discomfort", "morning", "")->given = 3;
}

static void test_everything_is_told(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_free_ char *text = NULL;

        add_told(&infos);
        text = written(&infos, NULL, "anna");
        expect(text, "<h2>Session 12, gun</h2>");
        expect(text,
                "For <bdi>anna</bdi>, began <time datetime=\"2026-11-21T07:05:00.000000Z\">2026-11-21 07:05 "
                "UTC+00:00</time>, took 1 min.");
        expect(text, "Ended: it was stopped.");
        expect(text, "<bdi>left calf</bdi></th><td data-title=\"What\"><bdi>percussion</bdi></td>"
                     "<td class=\"number\" data-title=\"Output on\"><bdi>1 min</bdi></td>"
                     "<td class=\"number\" data-title=\"At most\"><bdi>28.5 Hz</bdi>");
        expect(text, "<dt>Worst discomfort</dt>\n<dd>6 of 10</dd>");
        expect(text, "<bdi>burning</bdi>");
        expect(text, "<bdi>when asked</bdi>");
        expect(text, "<bdi>afterwards</bdi>");
        expect(text, "<bdi>on the next morning</bdi>");
        expect(text, "<bdi>the device cannot do more</bdi>");
        expect(text, "<bdi>0:08–1:03</bdi>");
        expect(text, "<bdi>the level was lowered: it hurt</bdi>");
        expect(text, "<bdi>the battery is low</bdi>");
        expect(text, "<bdi>it hurt too much: calf and the routine rests from now on</bdi>");
        expect(text, "<bdi>Ready?</bdi>");
        expect(text, "<bdi>Roll the calf</bdi>");
        expect(text, "limberd --check-record");
        /* The curve: on at 3 of 64 seconds, with 17 of 33 Hz. */
        expect(text,
                "<path class=\"given\" vector-effect=\"non-scaling-stroke\" d=\"M0 100H46.9V48.5H125.0V13.6H984.4V100.0H");
        expect(text, "<rect class=\"limit\" x=\"12.50%\"");
        /* One session needs no table of sessions. */
        assert_null(strstr(text, "The sessions of this report"));
}

/* On a telephone the whole width has room for about a dozen: two labels at one height are never nearer than that. */
static void test_scores_do_not_touch(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_free_ char *text = NULL;
        double last[256] = {};
        unsigned n = 0;

        add_session(&infos, 1);
        for (unsigned second = 0; second <= 100; second++)
                add_event(&infos, second * 1000, "discomfort", "", second % 3 ? "10" : "1 numb");
        text = written(&infos, NULL, NULL);
        for (char *s = strstr(text, "<desc id=\"d1-hurt\">"); (s = strstr(s, "<text x=")); s++) {
                double x;
                unsigned y;
                char anchor[8], number[8];

                assert_int_equal(sscanf(s, "<text x=\"%lf%%\" y=\"%u\" text-anchor=\"%7[a-z]\">%7[^<]", &x,
                                         &y, anchor, number),
                        4);
                if (strchr(number, ':'))
                        continue; /* a time */
                assert_true(streq(number, "10") || streq(number, "1!"));
                assert_true(last[y] == 0 || x - last[y] >= 6);
                last[y] = x;
                n++;
        }
        assert_in_range(n, 20, 36);
}

/* Whatever a file, a device or an older daemon brought into the record. */
static void test_texts_stay_texts(void **state) {
        struct device_info device = { .address = (char[]){ GUN },
                .alias = (char[]){ EVIL },
                .model = (char[]){ EVIL },
                .kind = (char[]){ EVIL } };
        struct routine_info routine = { .id = (char[]){ "gun" }, .title = (char[]){ EVIL } };
        struct objects objects = { .devices = &device,
                .n_devices = 1,
                .routines = &routine,
                .n_routines = 1,
                .manager = { .version = (char[]){ EVIL } } };
        static const char *const kinds[] = { "step", "setpoint", "discomfort", "prompt", "answer", "alert",
                "eased", "rest", "paused", "stop", "stop-unconfirmed", "dose", "abandoned",
                "session-ended" };
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_free_ char *text = NULL;

        free(add_session(&infos, 1)->reason);
        infos.sessions[0].reason = text_of(EVIL);
        for (unsigned round = 0; round < 2; round++)
                for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                        struct history_event_info *e = add_event(&infos, 1000 * i, kinds[i], EVIL, EVIL);

                        e->device = text_of(round ? GUN : EVIL);
                        e->feature = text_of(EVIL);
                        e->zone = text_of(EVIL);
                        e->side = text_of(EVIL);
                        e->unit = text_of(EVIL);
                        e->asked = 5000;
                        e->given = 4;
                }
        text = written(&infos, &objects, EVIL);
        assert_null(strstr(text, "<evil"));
        assert_null(strchr(text, '\x1b'));
        assert_null(strchr(text, '\xff'));
        assert_null(strstr(text, "\xe2\x80\xae"));
        expect(text, "&lt;evil x=&quot;&#39;&gt;&amp;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

/* A session that never began, and one whose end nobody saw, beside it. */
static void test_of_sessions_with_nothing_in_them(void **state) {
        _cleanup_(history_infos_done) struct history_infos infos = {};
        _cleanup_free_ char *text = NULL;

        add_session(&infos, 1);
        add_session(&infos, 2)->ended = 0;
        free(infos.sessions[1].reason);
        infos.sessions[1].reason = NULL;
        text = written(&infos, NULL, NULL);
        expect(text, "The sessions of this report");
        expect(text, "No output was given.");
        expect(text, "For <bdi>user 1000</bdi>");
        expect(text, "Ended: not ended: limberd died, or could not keep the end.");
        expect(text, "took at least 1 s.");
        expect(text, "<bdi>not said</bdi>");
        assert_null(strstr(text, "How it went"));
}

static int in_utc(void **state) {
        return setenv("TZ", "UTC0", 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_everything_is_told),
                cmocka_unit_test(test_scores_do_not_touch),
                cmocka_unit_test(test_texts_stay_texts),
                cmocka_unit_test(test_of_sessions_with_nothing_in_them),
        };

        return cmocka_run_group_tests(tests, in_utc, NULL);
}
