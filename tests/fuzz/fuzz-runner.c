/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file of a runner: refused with a reason, or what was read is printed and read again as the same runner. */

#include "daemon/runner/runner-text.h"
#include "lib/conf-text.h"
#include "tests/fuzz/fuzz.h"

static void check_calibration(const struct calibration *a, const struct calibration *b) {
        fuzz_check(a->unit && a->zone && a->sensation > 0 && a->sensation <= a->comfort &&
                   a->comfort <= a->maximum && a->maximum <= CALIBRATION_LEVEL_MAX);
        fuzz_check(streq(a->device, b->device) && streq(a->feature, b->feature) && streq(a->unit, b->unit));
        fuzz_check(a->zone == b->zone && a->side == b->side && a->pad_area_mm2 == b->pad_area_mm2);
        fuzz_check(a->sensation == b->sensation && a->comfort == b->comfort && a->maximum == b->maximum &&
                   a->at_usec == b->at_usec);
}

static void check_same(const struct runner *a, const struct runner *b) {
        fuzz_check(a->uid == b->uid && a->answered_usec == b->answered_usec);
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++) {
                fuzz_check(a->answers[i] == b->answers[i] && a->sign_offs[i].given == b->sign_offs[i].given);
                if (a->sign_offs[i].given)
                        fuzz_check(streq(a->sign_offs[i].by, b->sign_offs[i].by) &&
                                   a->sign_offs[i].at_usec == b->sign_offs[i].at_usec);
        }
        for (unsigned i = 0; i < _CAP_MAX; i++)
                fuzz_check(a->caps[i] == b->caps[i] &&
                           (a->caps[i] == GATE_NO_CAP || a->caps[i] <= cap_ceiling((enum cap) i)));
        fuzz_check(a->n_calibrations == b->n_calibrations && a->n_calibrations <= RUNNER_CALIBRATIONS_MAX);
        for (unsigned i = 0; i < a->n_calibrations; i++)
                check_calibration(&a->calibrations[i], &b->calibrations[i]);
}

static char *print(const struct runner *runner, size_t *ret_n) {
        char *text = NULL;
        FILE *f = open_memstream(&text, ret_n);

        fuzz_check(f);
        runner_print(runner, f);
        fuzz_check(fclose(f) == 0);
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        _cleanup_(findings_done) struct findings findings = {}, more = {};
        _cleanup_(runner_freep) struct runner *runner = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL;
        size_t n_text;
        int r = runner_parse(&conf_text, 1000, (const char *) bytes, n, &findings, &runner);

        fuzz_check_findings(&findings);
        fuzz_check(r >= 0 || r == -EBADMSG);
        fuzz_check((r >= 0) == (findings.n_errors == 0) && (r >= 0) == (runner != NULL));
        if (!runner)
                return 0;
        text = print(runner, &n_text);
        r = runner_parse(&conf_text, 1000, text, n_text, &more, &again);
        if (r < 0)
                fprintf(stderr, "%s\n%s\n", text, more.n > 0 ? more.items[0].message : "");
        fuzz_check(r >= 0);
        check_same(runner, again);
        (void) runner_verdict(runner, ROLE_ESTIM);
        (void) runner_verdict(runner, ROLE_PERCUSSION);
        return 0;
}
