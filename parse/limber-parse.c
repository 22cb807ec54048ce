/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* limber-parse: makes trees of texts for limberd. Reads from its standard input, for each text, its length (4 bytes) and its
 * bytes; writes the length and the bytes of the packed tree (lib/conf-tree.h) to its standard output. Ends with its input, and
 * at the first thing that is not as it should be: limberd then refuses the text and starts another one. */

#include <signal.h>

#include "lib/conf-text.h"
#include "lib/untrusted.h"
#include "parse/sandbox.h"

/* False at the end, which may only come where a text begins. */
static bool read_whole(void *to, size_t n) {
        for (size_t done = 0; done < n;) {
                ssize_t k = read(STDIN_FILENO, (char *) to + done, n - done);

                if (k <= 0)
                        return false;
                done += (size_t) k;
        }
        return true;
}

static bool write_whole(const void *from, size_t n) {
        for (size_t done = 0; done < n;) {
                ssize_t k = write(STDOUT_FILENO, (const char *) from + done, n - done);

                if (k <= 0)
                        return false;
                done += (size_t) k;
        }
        return true;
}

static bool serve_one(char *text) {
        _cleanup_free_ char *packed = NULL;
        size_t n_packed;
        uint32_t n;

        if (!read_whole(&n, sizeof(n)) || n > UNTRUSTED_SIZE_MAX || !read_whole(text, n))
                return false;
        if (conf_text_pack(text, n, &packed, &n_packed) < 0)
                return false; /* out of memory: of the text */
        n = (uint32_t) n_packed;
        return write_whole(&n, sizeof(n)) && write_whole(packed, n_packed);
}

int main(void) {
        static char text[UNTRUSTED_SIZE_MAX];

        /* To limberd an end by itself is about the text, one by this signal is not. */
        if (sandbox_enter() < 0) {
                (void) raise(SIGKILL);
                return EXIT_FAILURE;
        }
        while (serve_one(text))
                ;
        /* Not by exit(): nothing is to be tidied up. */
        _exit(EXIT_SUCCESS);
}
