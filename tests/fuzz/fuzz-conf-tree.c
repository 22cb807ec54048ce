/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The packed form of settings, as if limber-parse were in a stranger's hand: refused, or a tree that can be walked to its end. */

#include "lib/conf-tree.h"
#include "lib/text-door.h"
#include "lib/untrusted.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_(conf_freep) struct conf *conf = NULL;
        int r = conf_unpack(bytes, n, &findings, &conf);

        fuzz_check_findings(&findings);
        fuzz_check(r == 0 || r == -EBADMSG || r == -EPROTO);
        fuzz_check((r == 0) == (conf != NULL));
        fuzz_check(r != -EBADMSG || findings.n_errors > 0);
        if (conf)
                fuzz_check(fuzz_walk(conf_root(conf)) <= UNTRUSTED_SIZE_MAX / 2);
        return 0;
}
