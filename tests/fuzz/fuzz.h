/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every fuzz target begins with. A target has one function, LLVMFuzzerTestOneInput(), and aborts when what it claims is not
 * so. libFuzzer calls it with what it makes up (meson option fuzz), replay.c with the files of the corpus. */

#include "lib/conf-tree.h"
#include "lib/macros.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
/* Told to AddressSanitizer: what is not ours to mend. */
const char *__lsan_default_suppressions(void);

/* Like assert(), in every build. */
#define fuzz_check(condition)                                        \
        do {                                                         \
                if (!(condition))                                    \
                        fuzz_broken(__FILE__, __LINE__, #condition); \
        } while (0)
_Noreturn void fuzz_broken(const char *file, int line, const char *claim);

/* Bytes of an input, taken from the front. What is not there any more is zero. */
struct fuzz_input {
        const uint8_t *bytes;
        size_t n;
};

uint8_t fuzz_u8(struct fuzz_input *input);
uint32_t fuzz_u32(struct fuzz_input *input);
uint64_t fuzz_u64(struct fuzz_input *input);
/* At most n of them, fewer at the end; *ret_n says how many. Points into the input. */
const uint8_t *fuzz_bytes(struct fuzz_input *input, size_t n, size_t *ret_n);
/* So many bytes as the next one says, without zeros, as a string that the caller frees. */
char *fuzz_string(struct fuzz_input *input);

/* Reads everything in a setting, and checks what conf-tree.h says of it. Returns how many settings there are. */
unsigned fuzz_walk(const struct conf_setting *setting);
/* Every finding says something that a terminal can show. */
void fuzz_check_findings(const struct findings *findings);

/* A file in memory with that content, for what reads files by their path. The path is good until the next call. */
const char *fuzz_file(const void *bytes, size_t n);
/* A folder of this process in TMPDIR that goes, with what lies in it, at its end. */
const char *fuzz_folder(void);
/* Removes the files in it. */
void fuzz_folder_clear(const char *folder);
/* A file of the source tree (LIMBER_SOURCE_ROOT), which must be there; the caller frees it. */
char *fuzz_source_file(const char *name, size_t *ret_n);
