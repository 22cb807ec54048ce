/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which simulated runner a command line asks for. What it then feels and says: tests/virtual/test-discomfort.c. */

#include "lib/clock.h"
#include "sim/runner/runner-setup.h"
#include "tests/test.h"

static const struct {
        const char *text;
        int result;
        const char *name;
        uint64_t latency_usec;
        double soreness;
} setups[] = {
        { "tender", 0, "tender", 500 * USEC_PER_MSEC, 0 },
        { "sore:latency=5s", 0, "sore", 5 * USEC_PER_SEC, 0 },
        { "sore:soreness=2", 0, "sore", 500 * USEC_PER_MSEC, 2 },
        { "sore:latency=5s,soreness=10", 0, "sore", 5 * USEC_PER_SEC, 10 },
        { "sore:soreness=0,latency=0s", 0, "sore", 0, 0 },
        { "easy:soreness=1,soreness=3", 0, "easy", 500 * USEC_PER_MSEC, 3 }, /* the last one counts */
        { "easy:latency=10min", 0, "easy", 600 * USEC_PER_SEC, 0 },
        { "", -ENOENT, NULL, 0, 0 },
        { "tend", -ENOENT, NULL, 0, 0 },
        { "tenderly", -ENOENT, NULL, 0, 0 },
        { ":soreness=2", -ENOENT, NULL, 0, 0 },
        { "sore:", -EINVAL, NULL, 0, 0 },
        { "sore:soreness=2,", -EINVAL, NULL, 0, 0 },
        { "sore:soreness", -EINVAL, NULL, 0, 0 },
        { "sore:soreness=", -EINVAL, NULL, 0, 0 },
        { "sore:soreness=-1", -EINVAL, NULL, 0, 0 },
        { "sore:soreness=2.5", -EINVAL, NULL, 0, 0 },
        { "sore:soreness=11", -ERANGE, NULL, 0, 0 },
        { "sore:soreness=99999999999999999999", -ERANGE, NULL, 0, 0 },
        { "sore:latency=5", -EINVAL, NULL, 0, 0 },
        { "sore:latency=1-5s", -EINVAL, NULL, 0, 0 },
        { "sore:latency=601s", -ERANGE, NULL, 0, 0 },
};

static void a_runner_is_asked_for_by_name_and_habits(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(setups); i++) {
                struct runner_setup setup = { .soreness = 7 };
                int r = runner_setup_parse(setups[i].text, &setup);

                if (r != setups[i].result)
                        fail_msg("'%s': %d", setups[i].text, r);
                if (r < 0) {
                        assert_true(setup.soreness == 7 && !setup.traits);
                        continue;
                }
                assert_string_equal(setup.name, setups[i].name);
                assert_ptr_equal(setup.traits, runner_traits_by_name(setups[i].name));
                assert_int_equal(setup.latency_usec, setups[i].latency_usec);
                assert_true(setup.soreness == setups[i].soreness);
        }
}

static void every_name_is_a_runner(void **state) {
        const char *name;

        for (size_t i = 0; (name = runner_traits_name(i)); i++) {
                struct runner_setup setup;

                assert_int_equal(runner_setup_parse(name, &setup), 0);
                assert_string_equal(setup.name, name);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_runner_is_asked_for_by_name_and_habits),
                cmocka_unit_test(every_name_is_a_runner),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
