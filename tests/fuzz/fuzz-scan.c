/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the scan lets pass, libconfig takes or refuses: it neither ends the process nor makes a tree that conf_unpack() would not
 * take. What comes out of the packed form is what libconfig has. */

#include <libconfig.h>

#include "lib/conf-text.h"
#include "lib/untrusted.h"
#include "tests/fuzz/fuzz.h"

static void compare(
        const config_setting_t *theirs, const struct conf_setting *ours) { /* NOLINT(misc-no-recursion) */
        int length = config_setting_is_aggregate(theirs) ? config_setting_length(theirs) : 0;

        fuzz_check(conf_length(ours) == (unsigned) length);
        fuzz_check(streq(strnull(config_setting_name(theirs)), strnull(conf_name(ours))));
        fuzz_check(config_setting_source_line(theirs) == conf_line(ours));
        if (config_setting_type(theirs) == CONFIG_TYPE_STRING)
                fuzz_check(streq(strnull(config_setting_get_string(theirs)), conf_text_value(ours)));
        if (config_setting_type(theirs) == CONFIG_TYPE_INT)
                fuzz_check(config_setting_get_int(theirs) == conf_integer_value(ours));
        if (config_setting_type(theirs) == CONFIG_TYPE_BOOL)
                fuzz_check(config_setting_get_bool(theirs) == conf_integer_value(ours));
        for (int i = 0; i < length; i++)
                compare(config_setting_get_elem(theirs, (unsigned) i), conf_element(ours, (unsigned) i));
}

/* Alone, so that it is seen who ends the process. */
static void read_by_libconfig(const char *text, const struct conf *conf) {
        config_t config;

        config_init(&config);
        if (config_read_string(&config, text) == CONFIG_TRUE) {
                fuzz_check(conf);
                compare(config_root_setting(&config), conf_root(conf));
        } else
                fuzz_check(!conf);
        config_destroy(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        _cleanup_(findings_done) struct findings scanned = {}, findings = {};
        _cleanup_free_ char *text = NULL, *packed = NULL;
        _cleanup_(conf_freep) struct conf *conf = NULL;
        int scan, unpack;
        size_t n_packed;

        scan = untrusted_scan(bytes, n, &scanned, &text);
        fuzz_check_findings(&scanned);
        fuzz_check(scan >= 0 ? text != NULL : scan == -EBADMSG && !text && scanned.n_errors > 0);
        if (text)
                fuzz_check(strlen(text) == n && n <= UNTRUSTED_SIZE_MAX && !strstr(text, "\n@include"));

        fuzz_check(conf_text_pack(bytes, n, &packed, &n_packed) == 0);
        fuzz_check(n_packed <= CONF_PACKED_MAX);
        unpack = conf_unpack(packed, n_packed, &findings, &conf);
        fuzz_check_findings(&findings);
        fuzz_check(unpack >= 0 ? scan >= 0 && conf : unpack == -EBADMSG && !conf && findings.n_errors > 0);
        if (conf)
                (void) fuzz_walk(conf_root(conf));
        if (text)
                read_by_libconfig(text, conf);
        return 0;
}
