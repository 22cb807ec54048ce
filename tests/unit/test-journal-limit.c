/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One cause cannot fill the journal, and takes nothing from another. */

#include "daemon/record/journal-limit.h"
#include "tests/test.h"

static bool take(struct journal_limit *limit, const char *device, uint64_t at_usec, bool *ret_last) {
        const struct record_entry entry = {
                .kind = RECORD_MALFORMED,
                .device = device,
                .reason = "short",
        };

        *ret_last = false;
        return journal_limit_take(limit, &entry, at_usec, ret_last);
}

static void test_one_cause(void **state) {
        struct journal_limit limit = {};
        uint64_t now = 1000 * USEC_PER_SEC;
        bool last;

        for (unsigned minute = 0; minute < 3; minute++, now += JOURNAL_LIMIT_USEC) {
                unsigned written = 0;

                for (unsigned i = 0; i < 500; i++) {
                        bool taken = take(&limit, "AA", now + i, &last);

                        written += taken;
                        assert_int_equal(taken, i < JOURNAL_LIMIT_LINES);
                        assert_int_equal(last, i == JOURNAL_LIMIT_LINES - 1);
                }
                assert_int_equal(written, JOURNAL_LIMIT_LINES);
                /* Another device's line is written all the same. */
                assert_true(take(&limit, "BB", now + 501, &last));
        }
}

/* More causes than are counted: each is heard, and what is told apart stays within its place. */
static void test_many_causes(void **state) {
        struct journal_limit limit = {};
        char name[16];
        bool last;

        for (unsigned i = 0; i < 4 * JOURNAL_LIMIT_CAUSES; i++) {
                (void) snprintf(name, sizeof(name), "%u", i);
                assert_true(take(&limit, name, (i + 1) * USEC_PER_SEC, &last));
        }
        /* The last of them are still known. */
        for (unsigned i = 1; i < JOURNAL_LIMIT_LINES; i++)
                assert_true(take(&limit, name, 4 * (JOURNAL_LIMIT_CAUSES + 1) * USEC_PER_SEC, &last));
        assert_false(take(&limit, name, 4 * (JOURNAL_LIMIT_CAUSES + 1) * USEC_PER_SEC, &last));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_cause),
                cmocka_unit_test(test_many_causes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
