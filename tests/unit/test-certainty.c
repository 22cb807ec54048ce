/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every state and everything that can happen in it. */

#include "daemon/safety/certainty.h"
#include "tests/test.h"

enum event {
        COMMAND_UP,
        COMMAND_DOWN,
        COMMAND_ZERO,
        REPORT_SOME,
        REPORT_ZERO,
        FAIL,
        LOSE_STOPS,
        LOSE_MAY_GO_ON,
        REGAIN,
        STOP,
        SETTLE,
        _EVENT_MAX,
};

static void apply(struct certainty *c, enum event event, uint64_t now) {
        switch (event) {
        case COMMAND_UP:
                certainty_command(c, 9, now);
                break;
        case COMMAND_DOWN:
                certainty_command(c, 3, now);
                break;
        case COMMAND_ZERO:
                certainty_command(c, 0, now);
                break;
        case REPORT_SOME:
                certainty_report(c, 4, now);
                break;
        case REPORT_ZERO:
                certainty_report(c, 0, now);
                break;
        case FAIL:
                certainty_fail(c, now);
                break;
        case LOSE_STOPS:
                certainty_lose(c, true, now);
                break;
        case LOSE_MAY_GO_ON:
                certainty_lose(c, false, now);
                break;
        case REGAIN:
                certainty_regain(c, now);
                break;
        case STOP:
                certainty_stop(c, now);
                break;
        default:
                certainty_settle(c, now);
                break;
        }
}

#define OFF CERTAINTY_OFF
#define CMD CERTAINTY_COMMANDED
#define CNF CERTAINTY_CONFIRMED
#define UNC CERTAINTY_UNCERTAIN
#define UNR CERTAINTY_UNREACHABLE

struct row {
        const char *name;
        struct certainty from;
        struct certainty to[_EVENT_MAX];
};

static const struct row table[] = {
        { "off", { OFF, 0, 0, 1 },
                {
                        [COMMAND_UP] = { CMD, 9, 9, 2 },
                        [COMMAND_DOWN] = { CMD, 3, 3, 2 },
                        [COMMAND_ZERO] = { OFF, 0, 0, 1 },
                        [REPORT_SOME] = { CNF, 4, 4, 2 },
                        [REPORT_ZERO] = { OFF, 0, 0, 1 },
                        [FAIL] = { OFF, 0, 0, 1 },
                        [LOSE_STOPS] = { OFF, 0, 0, 1 },
                        [LOSE_MAY_GO_ON] = { OFF, 0, 0, 1 },
                        [REGAIN] = { UNC, 0, 0, 2, .new_link = true },
                        [STOP] = { OFF, 0, 0, 1 },
                        [SETTLE] = { OFF, 0, 0, 1 },
                } },
        { "commanded", { CMD, 5, 7, 1 },
                {
                        [COMMAND_UP] = { CMD, 9, 9, 1 },
                        [COMMAND_DOWN] = { CMD, 3, 7, 1 },
                        [COMMAND_ZERO] = { CMD, 0, 7, 1 },
                        [REPORT_SOME] = { CNF, 4, 4, 2 },
                        [REPORT_ZERO] = { OFF, 0, 0, 2 },
                        [FAIL] = { UNC, 5, 7, 2 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { UNR, 5, 7, 2 },
                        [REGAIN] = { CMD, 5, 7, 1 },
                        [STOP] = { CMD, 0, 7, 1 },
                        [SETTLE] = { CMD, 5, 7, 1 },
                } },
        { "commanded to zero and settled", { CMD, 0, 0, 1 },
                {
                        [COMMAND_UP] = { CMD, 9, 9, 1 },
                        [COMMAND_DOWN] = { CMD, 3, 3, 1 },
                        [COMMAND_ZERO] = { CMD, 0, 0, 1 },
                        [REPORT_SOME] = { CNF, 4, 4, 2 },
                        [REPORT_ZERO] = { OFF, 0, 0, 2 },
                        [FAIL] = { UNC, 0, 0, 2 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { OFF, 0, 0, 2 },
                        [REGAIN] = { CMD, 0, 0, 1 },
                        [STOP] = { CMD, 0, 0, 1 },
                        [SETTLE] = { CMD, 0, 0, 1 },
                } },
        { "confirmed", { CNF, 5, 5, 1 },
                {
                        [COMMAND_UP] = { CMD, 9, 9, 2 },
                        [COMMAND_DOWN] = { CMD, 3, 5, 2 },
                        [COMMAND_ZERO] = { CMD, 0, 5, 2 },
                        [REPORT_SOME] = { CNF, 4, 4, 1 },
                        [REPORT_ZERO] = { OFF, 0, 0, 2 },
                        [FAIL] = { UNC, 5, 5, 2 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { UNR, 5, 5, 2 },
                        [REGAIN] = { CNF, 5, 5, 1 },
                        [STOP] = { CMD, 0, 5, 2 },
                        [SETTLE] = { CNF, 5, 5, 1 },
                } },
        { "uncertain", { UNC, 5, 7, 1 },
                {
                        [COMMAND_UP] = { UNC, 9, 9, 1 },
                        [COMMAND_DOWN] = { UNC, 3, 7, 1 },
                        [COMMAND_ZERO] = { UNC, 0, 7, 1 },
                        [REPORT_SOME] = { CNF, 4, 4, 2 },
                        [REPORT_ZERO] = { OFF, 0, 0, 2 },
                        [FAIL] = { UNC, 5, 7, 1 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { UNR, 5, 7, 2 },
                        [REGAIN] = { UNC, 5, 7, 1 },
                        [STOP] = { UNC, 0, 7, 1 },
                        [SETTLE] = { UNC, 5, 7, 1 },
                } },
        { "uncertain at zero", { UNC, 0, 0, 1 },
                {
                        [COMMAND_UP] = { UNC, 9, 9, 1 },
                        [COMMAND_DOWN] = { UNC, 3, 3, 1 },
                        [COMMAND_ZERO] = { UNC, 0, 0, 1 },
                        [REPORT_SOME] = { CNF, 4, 4, 2 },
                        [REPORT_ZERO] = { OFF, 0, 0, 2 },
                        [FAIL] = { UNC, 0, 0, 1 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { UNR, 0, 0, 2 },
                        [REGAIN] = { UNC, 0, 0, 1 },
                        [STOP] = { UNC, 0, 0, 1 },
                        [SETTLE] = { CMD, 0, 0, 2 },
                } },
        { "on a new link", { UNC, 0, 0, 1, .new_link = true },
                {
                        [COMMAND_UP] = { UNC, 9, 9, 1 },
                        [COMMAND_DOWN] = { UNC, 3, 3, 1 },
                        [COMMAND_ZERO] = { UNC, 0, 0, 1, .new_link = true },
                        [REPORT_SOME] = { CNF, 4, 4, 2 },
                        [REPORT_ZERO] = { OFF, 0, 0, 2 },
                        [FAIL] = { UNC, 0, 0, 1, .new_link = true },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { OFF, 0, 0, 2 },
                        [REGAIN] = { UNC, 0, 0, 1, .new_link = true },
                        [STOP] = { UNC, 0, 0, 1, .new_link = true },
                        [SETTLE] = { OFF, 0, 0, 2 },
                } },
        { "uncertain, stop handed over", { UNC, 0, 7, 1 },
                {
                        [COMMAND_UP] = { UNC, 9, 9, 1 },
                        [COMMAND_DOWN] = { UNC, 3, 7, 1 },
                        [COMMAND_ZERO] = { UNC, 0, 7, 1 },
                        [REPORT_SOME] = { CNF, 4, 4, 2 },
                        [REPORT_ZERO] = { OFF, 0, 0, 2 },
                        [FAIL] = { UNC, 0, 7, 1 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { UNR, 0, 7, 2 },
                        [REGAIN] = { UNC, 0, 7, 1 },
                        [STOP] = { UNC, 0, 7, 1 },
                        [SETTLE] = { CMD, 0, 0, 2 },
                } },
        { "unreachable", { UNR, 5, 7, 1 },
                {
                        [COMMAND_UP] = { UNR, 9, 9, 1 },
                        [COMMAND_DOWN] = { UNR, 3, 7, 1 },
                        [COMMAND_ZERO] = { UNR, 0, 7, 1 },
                        [REPORT_SOME] = { UNR, 5, 7, 1 },
                        [REPORT_ZERO] = { UNR, 5, 7, 1 },
                        [FAIL] = { UNR, 5, 7, 1 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { UNR, 5, 7, 1 },
                        [REGAIN] = { UNC, 5, 7, 2 },
                        [STOP] = { UNR, 0, 7, 1 },
                        [SETTLE] = { UNR, 5, 7, 1 },
                } },
        { "unreachable, stop handed over", { UNR, 0, 7, 1 },
                {
                        [COMMAND_UP] = { UNR, 9, 9, 1 },
                        [COMMAND_DOWN] = { UNR, 3, 7, 1 },
                        [COMMAND_ZERO] = { UNR, 0, 7, 1 },
                        [REPORT_SOME] = { UNR, 0, 7, 1 },
                        [REPORT_ZERO] = { UNR, 0, 7, 1 },
                        [FAIL] = { UNR, 0, 7, 1 },
                        [LOSE_STOPS] = { OFF, 0, 0, 2 },
                        [LOSE_MAY_GO_ON] = { UNR, 0, 7, 1 },
                        [REGAIN] = { UNC, 0, 7, 2 },
                        [STOP] = { UNR, 0, 7, 1 },
                        [SETTLE] = { UNR, 0, 7, 1 },
                } },
};

static void every_event_in_every_state(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                for (int e = 0; e < _EVENT_MAX; e++) {
                        struct certainty c = table[i].from;
                        const struct certainty *to = &table[i].to[e];

                        apply(&c, (enum event) e, 2);
                        if (c.state != to->state || c.level != to->level || c.worst != to->worst ||
                                c.since_usec != to->since_usec || c.new_link != to->new_link)
                                fail_msg("%s, event %d: %s %lld %lld %llu", table[i].name, e,
                                        certainty_to_string(c.state), (long long) c.level,
                                        (long long) c.worst, (unsigned long long) c.since_usec);
                }
}

/* However events follow each other: "off" only by the device's word or a link loss that is known to stop, and never below
 * the worst that was commanded without proof. */
static void off_is_never_said_without_proof(void **state) {
        static const enum event events[] = { COMMAND_UP, COMMAND_ZERO, REPORT_SOME, FAIL, LOSE_MAY_GO_ON,
                REGAIN, STOP };
        const unsigned n = ARRAY_SIZE(events);

        for (unsigned sequence = 0; sequence < n * n * n * n * n; sequence++) {
                struct certainty c = {};

                certainty_command(&c, 5, 1);
                for (unsigned k = 0, s = sequence; k < 5; k++, s /= n) {
                        apply(&c, events[s % n], 2);
                        assert_int_not_equal(c.state, CERTAINTY_OFF);
                        assert_true(certainty_may_be_on(&c));
                        assert_true(c.worst >= c.level);
                }
        }
}

static void doubt_forbids_a_raise(void **state) {
        for (int s = 0; s < _CERTAINTY_MAX; s++) {
                struct certainty c = { .state = (enum certainty_state) s };

                assert_int_equal(certainty_allows_raise(&c), s != UNC && s != UNR);
                assert_true(strlen(certainty_to_string(c.state)) > 0);
        }
}

static void the_least_output_is_output(void **state) {
        assert_false(certainty_may_be_on(&(struct certainty){ .worst = 0 }));
        assert_true(certainty_may_be_on(&(struct certainty){ .worst = 1 }));
}

static void what_is_no_state_has_no_name(void **state) {
        assert_string_equal(certainty_to_string(_CERTAINTY_MAX), "");
        assert_string_equal(certainty_to_string((enum certainty_state) - 1), "");
        assert_string_equal(certainty_to_string(UNR), "unreachable");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_event_in_every_state),
                cmocka_unit_test(off_is_never_said_without_proof),
                cmocka_unit_test(doubt_forbids_a_raise),
                cmocka_unit_test(the_least_output_is_output),
                cmocka_unit_test(what_is_no_state_has_no_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
