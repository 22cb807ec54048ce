/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/current.h"
#include "tests/test.h"

/* rms and energy of the worked examples, turned round: the peak that reaches a limit. */
static void the_peak_that_reaches_a_limit_is_rounded_down(void **state) {
        /* 60 mA, 300 us, 50 Hz is 10.4 mA rms: 50 mA rms is reached at 288.6 mA. */
        assert_int_equal(current_max_by_rms(300, 50000) / 1000, 288);
        /* 2 mA/cm2 on 25 cm2 is the same 50 mA rms; on 4 cm2 it is 8. */
        assert_int_equal(current_max_by_density(300, 50000, 2500), current_max_by_rms(300, 50000));
        assert_int_equal(current_max_by_density(300, 50000, 400) / 1000, 46);
        assert_int_equal(current_max_by_density(300, 50000, 0), current_max_by_density(300, 50000, 400));
        /* 120 mA, 400 us is 5.8 mJ: 300 mJ is reached at 866 mA. */
        assert_int_equal(current_max_by_energy(400) / 1000, 866);
}

/* To the last microampere, worked out apart from the code. */
static void the_figures_are_exact(void **state) {
        assert_int_equal(current_max_by_rms(300, 50000), 288675);
        assert_int_equal(current_max_by_rms(400, 120000), 161374);
        assert_int_equal(current_max_by_density(300, 50000, 400), 46188);
        assert_int_equal(current_max_by_density(300, 50000, -1), 46188);
        assert_int_equal(current_max_by_density(300, 50000, 1), 115);
        assert_int_equal(current_max_by_energy(400), 866025);
        assert_int_equal(current_max_by_energy(250), 1095445);
        assert_int_equal(current_max_by_energy(1), 17320508);
}

static void what_carries_nothing_has_no_limit(void **state) {
        assert_int_equal(current_max_by_rms(0, 50000), INT64_MAX);
        assert_int_equal(current_max_by_rms(300, 0), INT64_MAX);
        assert_int_equal(current_max_by_energy(0), INT64_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_peak_that_reaches_a_limit_is_rounded_down),
                cmocka_unit_test(the_figures_are_exact),
                cmocka_unit_test(what_carries_nothing_has_no_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
