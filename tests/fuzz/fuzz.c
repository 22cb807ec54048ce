/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <sys/mman.h>

#include "lib/conf.h"
#include "lib/text-door.h"
#include "lib/untrusted.h"

const char *__lsan_default_suppressions(void) {
        /* It keeps memory of texts it refuses (lib/conf-text.h): one more reason for a child of its own. */
        return "leak:libconfig\n";
}

void fuzz_broken(const char *file, int line, const char *claim) {
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, claim);
        abort();
}

static uint64_t take(struct fuzz_input *input, size_t size) {
        uint64_t value = 0;

        for (size_t i = 0; i < size && input->n > 0; i++, input->bytes++, input->n--)
                value |= (uint64_t) *input->bytes << 8 * i;
        return value;
}

uint8_t fuzz_u8(struct fuzz_input *input) {
        return (uint8_t) take(input, 1);
}

uint32_t fuzz_u32(struct fuzz_input *input) {
        return (uint32_t) take(input, 4);
}

uint64_t fuzz_u64(struct fuzz_input *input) {
        return take(input, 8);
}

const uint8_t *fuzz_bytes(struct fuzz_input *input, size_t n, size_t *ret_n) {
        const uint8_t *bytes = input->bytes;

        *ret_n = MIN(n, input->n);
        input->bytes += *ret_n;
        input->n -= *ret_n;
        return bytes;
}

char *fuzz_string(struct fuzz_input *input) {
        size_t n = fuzz_u8(input);
        const uint8_t *bytes = fuzz_bytes(input, n, &n);
        char *s = malloc(n + 1), *to = s;

        fuzz_check(s);
        for (size_t i = 0; i < n; i++)
                if (bytes[i] != '\0')
                        *to++ = (char) bytes[i];
        *to = '\0';
        return s;
}

static unsigned walk(
        const struct conf_setting *s, unsigned depth, bool named) { /* NOLINT(misc-no-recursion) */
        bool has_members =
                conf_type(s) == CONF_GROUP || conf_type(s) == CONF_LIST || conf_type(s) == CONF_ARRAY;
        unsigned n = 1, line = conf_line(s);

        (void) line;
        fuzz_check(depth <= UNTRUSTED_DEPTH_MAX);
        fuzz_check(conf_type(s) < _CONF_TYPE_MAX);
        fuzz_check(named ? conf_name(s)[0] != '\0' : !conf_name(s));
        fuzz_check((conf_type(s) == CONF_STRING) == (conf_text_value(s) != NULL));
        if (conf_text_value(s))
                n += strlen(conf_text_value(s)) > UNTRUSTED_SIZE_MAX * 64;
        if (conf_type(s) != CONF_INTEGER && conf_type(s) != CONF_BOOL)
                fuzz_check(conf_integer_value(s) == 0);
        fuzz_check(has_members || conf_length(s) == 0);
        fuzz_check(conf_length(s) <= UNTRUSTED_MEMBERS_MAX);
        fuzz_check(!conf_element(s, conf_length(s)));
        for (unsigned i = 0; i < conf_length(s); i++) {
                const struct conf_setting *element = conf_element(s, i);

                n += walk(element, depth + 1, conf_type(s) == CONF_GROUP);
                /* The first of that name, which may be another one: conf_unpack() takes two of a name. */
                if (conf_name(element))
                        fuzz_check(streq(conf_name(conf_member(s, conf_name(element))), conf_name(element)));
        }
        return n;
}

unsigned fuzz_walk(const struct conf_setting *setting) {
        fuzz_check(conf_type(setting) == CONF_GROUP);
        return walk(setting, 0, false);
}

void fuzz_check_findings(const struct findings *findings) {
        size_t errors = 0;

        fuzz_check(findings->n <= FINDINGS_MAX);
        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = &findings->items[i];

                errors += finding->severity == FINDING_ERROR;
                fuzz_check(finding->message && text_is_plain(finding->message));
                fuzz_check(strlen(finding->message) <= FINDING_MESSAGE_MAX);
        }
        fuzz_check(findings->n_errors >= errors);
}

const char *fuzz_file(const void *bytes, size_t n) {
        static char path[32];
        static int fd = -1;

        if (fd < 0)
                fd = memfd_create("fuzz", MFD_CLOEXEC);
        fuzz_check(fd >= 0);
        fuzz_check(ftruncate(fd, 0) == 0);
        fuzz_check(n == 0 || pwrite(fd, bytes, n, 0) == (ssize_t) n);
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return path;
}

void fuzz_folder_clear(const char *folder) {
        DIR *dir = opendir(folder);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                char path[PATH_MAX];

                (void) snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..") && unlink(path) < 0) {
                        fuzz_folder_clear(path);
                        (void) rmdir(path);
                }
        }
        if (dir)
                (void) closedir(dir);
}

static char own_folder[64];

static void remove_own_folder(void) {
        fuzz_folder_clear(own_folder);
        (void) rmdir(own_folder);
}

const char *fuzz_folder(void) {
        if (own_folder[0] == '\0') {
                (void) snprintf(own_folder, sizeof(own_folder), "%.40s/limber-fuzz-XXXXXX",
                        getenv("TMPDIR") ?: "/tmp");
                fuzz_check(mkdtemp(own_folder));
                (void) atexit(remove_own_folder);
        }
        return own_folder;
}

char *fuzz_source_file(const char *name, size_t *ret_n) {
        _cleanup_free_ char *path = NULL;
        char *text = NULL;

        fuzz_check(asprintf(&path, "%s/%s", getenv("LIMBER_SOURCE_ROOT") ?: ".", name) > 0);
        if (read_file(path, 1024 * 1024, &text, ret_n) < 0) {
                fprintf(stderr, "%s cannot be read; LIMBER_SOURCE_ROOT must name the source tree\n", path);
                abort();
        }
        return text;
}
