/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/read-file.h"

#include <fcntl.h>

#include "cli/term/failure.h"
#include "lib/untrusted.h"

/* Returns the size, or a negative errno; -EFBIG for a file that is too large. */
static ssize_t read_text(const char *path, char *buffer, size_t size) {
        _cleanup_close_ int fd =
                streq(path, "-") ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        size_t used = 0;

        if (fd < 0)
                return -errno;
        while (used < size) {
                ssize_t n = read(fd, buffer + used, size - used);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return (ssize_t) used;
                used += (size_t) n;
        }
        return -EFBIG;
}

int read_named_file(const char *path, const char *what, char **ret_text, size_t *ret_n) {
        _cleanup_free_ char *text = malloc(UNTRUSTED_SIZE_MAX + 1);
        ssize_t n;

        if (!text)
                return failure_no_memory();
        n = read_text(path, text, UNTRUSTED_SIZE_MAX + 1);
        if (n == -EFBIG) {
                char next[80];

                (void) snprintf(next, sizeof(next), "%s is a text file of at most 64 KiB.", what);
                return failure_say(LIMBER_EXIT_INVALID, next, "%s is too large.", path);
        }
        if (n < 0)
                return failure_say(n == -ENOENT ? LIMBER_EXIT_NOT_FOUND : LIMBER_EXIT_FAILURE, NULL,
                        "Cannot read %s: %s.", path, strerror((int) -n));
        *ret_text = TAKE_PTR(text);
        *ret_n = (size_t) n;
        return LIMBER_EXIT_OK;
}
