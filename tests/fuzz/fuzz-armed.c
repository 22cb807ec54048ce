/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file that tells how to stop a device: it is refused, or whole; and what was read can be written and is read the same. */

#include "lib/armed.h"
#include "lib/device-id.h"
#include "lib/text-door.h"
#include "tests/fuzz/fuzz.h"

static void check_word(const char *word, size_t size, bool needed) {
        fuzz_check(strnlen(word, size) < size);
        fuzz_check(!needed || word[0] != '\0');
}

static void check_armed(const struct armed *armed) {
        check_word(armed->adapter, sizeof(armed->adapter), false);
        check_word(armed->address, sizeof(armed->address), true);
        check_word(armed->address_type, sizeof(armed->address_type), false);
        check_word(armed->name, sizeof(armed->name), true);
        fuzz_check(armed->n_frames >= 1 && armed->n_frames <= ARMED_FRAMES_MAX);
        fuzz_check(armed->repeats >= 1 && armed->repeats <= 10 && armed->gap_usec <= 10000000);
        for (unsigned i = 0; i < armed->n_frames; i++) {
                const struct armed_frame *frame = &armed->frames[i];

                check_word(frame->service, sizeof(frame->service), true);
                check_word(frame->characteristic, sizeof(frame->characteristic), true);
                fuzz_check(frame->n >= 1 && frame->n <= ARMED_FRAME_SIZE_MAX);
        }
}

static bool frames_equal(const struct armed_frame *a, const struct armed_frame *b) {
        return streq(a->service, b->service) && streq(a->characteristic, b->characteristic) &&
               a->request == b->request && a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* The name is for display: it passes the text door on its way. */
static void check_written(const struct armed *armed) {
        char path[PATH_MAX], name[sizeof(armed->name)];
        struct armed again;

        fuzz_check(armed_write(fuzz_folder(), armed) == 0);
        device_file(path, fuzz_folder(), armed->address, armed->address_type, "");
        fuzz_check(armed_read(path, &again) == 0);
        check_armed(&again);
        fuzz_check(streq(again.adapter, armed->adapter) && streq(again.address, armed->address) &&
                   streq(again.address_type, armed->address_type));
        fuzz_check(streq(again.name, text_copy(name, sizeof(name), armed->name)) || name[0] == '\0');
        fuzz_check(again.gap_usec == armed->gap_usec && again.repeats == armed->repeats &&
                   again.n_frames == armed->n_frames);
        for (unsigned i = 0; i < armed->n_frames; i++)
                fuzz_check(frames_equal(&again.frames[i], &armed->frames[i]));
        fuzz_check(armed_remove(fuzz_folder(), armed->address, armed->address_type) == 0);
        fuzz_check(access(path, F_OK) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        struct armed armed;
        int r = armed_read(fuzz_file(bytes, n), &armed);

        fuzz_check(r == 0 || r == -EBADMSG || r == -EFBIG);
        if (r == 0) {
                check_armed(&armed);
                if (armed.address_type[0] != '\0')
                        check_written(&armed);
        }
        return 0;
}
