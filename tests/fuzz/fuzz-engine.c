/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The shipped definitions, chosen by the first byte, with any setpoints and any bytes from the air. */

#include "lib/conf-text.h"
#include "tests/fuzz/drive.h"

static const char *const names[] = {
        "coyote3",
        "theragun-gen4",
        "therabody-wave-duo",
        "therabody-wave-roller",
        "therabody-wave-solo",
};
static struct device_definition *definitions[ARRAY_SIZE(names)];

static const struct device_definition *definition_at(size_t i) {
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t n;

        if (definitions[i])
                return definitions[i];
        fuzz_check(asprintf(&path, "protocols/devices/%s.conf", names[i]) > 0);
        text = fuzz_source_file(path, &n);
        fuzz_check(definition_parse(&conf_text, path, text, n, &findings, &definitions[i]) == 0);
        return definitions[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        struct fuzz_input input = { bytes, n };

        fuzz_drive(definition_at(fuzz_u8(&input) % ARRAY_SIZE(names)), &input);
        return 0;
}
