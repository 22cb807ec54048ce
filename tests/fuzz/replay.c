/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stands in for libFuzzer in an ordinary build: runs a target with every file of the folders and files it is given, in the order
 * of their names, so that what was found once is looked for in every test run. */

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

#include "lib/conf.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (1024u * 1024u)

static int replay_file(const char *path) {
        _cleanup_free_ char *bytes = NULL;
        _cleanup_free_ uint8_t *exact = NULL;
        size_t n;
        int r = read_file(path, INPUT_MAX, &bytes, &n);

        if (r < 0) {
                fprintf(stderr, "%s: %s\n", path, strerror(-r));
                return r;
        }
        /* Without the NUL behind it, so that a sanitizer sees who reads on. */
        exact = malloc(n > 0 ? n : 1);
        if (!exact)
                return -ENOMEM;
        memcpy(exact, bytes, n);
        /* Where it does not come back, this line says from which file. */
        printf("%s\n", path);
        (void) fflush(stdout);
        (void) LLVMFuzzerTestOneInput(exact, n);
        return 1;
}

static int is_input(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

static int replay_folder(const char *path) {
        struct dirent **entries;
        int n = scandir(path, &entries, is_input, alphasort), count = 0;

        if (n < 0) {
                fprintf(stderr, "%s: %s\n", path, strerror(errno));
                return -errno;
        }
        for (int i = 0; i < n; i++) {
                char file[PATH_MAX];

                (void) snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
                if (count >= 0)
                        count = replay_file(file) < 0 ? -EIO : count + 1;
                free(entries[i]);
        }
        free(entries);
        return count;
}

int main(int argc, char *argv[]) {
        int total = 0;

        for (int i = 1; i < argc; i++) {
                struct stat st;
                int n = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode) ? replay_folder(argv[i])
                                                                       : replay_file(argv[i]);

                if (n < 0)
                        return EXIT_FAILURE;
                total += n;
        }
        printf("%d inputs\n", total);
        /* A test without inputs would show nothing. */
        return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
