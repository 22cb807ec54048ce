/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/folder.h"

#include <dirent.h>

#include "lib/conf.h"
#include "lib/untrusted.h"

void rejects_done(struct rejects *rejects) {
        for (unsigned i = 0; i < rejects->n; i++) {
                free(rejects->items[i].path);
                free(rejects->items[i].message);
        }
        free(rejects->items);
        *rejects = (struct rejects){};
}

void rejects_add(struct rejects *rejects, const char *path, unsigned line, const char *message) {
        struct rejected *items;

        if (rejects->n >= REJECTS_MAX)
                return;
        if (rejects->n == REJECTS_MAX - 1) {
                line = 0;
                message = "there are more errors than are listed here";
        }
        items = reallocarray(rejects->items, rejects->n + 1, sizeof(*items));
        if (!items)
                return;
        rejects->items = items;
        items[rejects->n] =
                (struct rejected){ .path = strdup(path), .line = line, .message = strdup(message) };
        if (items[rejects->n].path && items[rejects->n].message)
                rejects->n++;
        else {
                free(items[rejects->n].path);
                free(items[rejects->n].message);
        }
}

void rejects_add_findings(struct rejects *rejects, const char *path, const struct findings *findings) {
        for (size_t i = 0; i < findings->n; i++)
                if (findings->items[i].severity == FINDING_ERROR)
                        rejects_add(rejects, path, findings->items[i].line, findings->items[i].message);
}

static bool is_conf(const char *name) {
        size_t n = strlen(name);

        return n > 5 && name[0] != '.' && streq(name + n - 5, ".conf");
}

/* Keeps names in order; the last one gives way when there are too many. */
static int keep_name(
        const char *name, char *names[static FOLDER_FILES_MAX], unsigned *n, unsigned *left_out) {
        char *copy = strdup(name);
        unsigned i = *n;

        if (!copy)
                return -ENOMEM;
        if (*n == FOLDER_FILES_MAX) {
                (*left_out)++;
                if (strcmp(copy, names[*n - 1]) > 0) {
                        free(copy);
                        return 0;
                }
                free(names[--i]);
        } else
                (*n)++;
        for (; i > 0 && strcmp(names[i - 1], copy) > 0; i--)
                names[i] = names[i - 1];
        names[i] = copy;
        return 0;
}

static int list(const char *directory, char *names[static FOLDER_FILES_MAX], unsigned *ret_n,
        unsigned *ret_left_out) {
        DIR *dir = opendir(directory);
        const struct dirent *entry;
        int r = 0;

        if (!dir)
                return -errno;
        while (r >= 0 && (entry = readdir(dir)))
                if (is_conf(entry->d_name))
                        r = keep_name(entry->d_name, names, ret_n, ret_left_out);
        (void) closedir(dir);
        return r;
}

static void reject_rest(struct rejects *rejects, const char *directory, unsigned left_out) {
        char message[128];

        (void) snprintf(message, sizeof(message),
                "more than %u files; the last %u by name are not read, remove or merge some",
                FOLDER_FILES_MAX, left_out);
        rejects_add(rejects, directory, 0, message);
}

static bool read_one(const char *path, struct rejects *rejects,
        void (*fn)(const char *path, const char *text, size_t n, void *userdata), void *userdata) {
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r;

        r = read_file(path, UNTRUSTED_SIZE_MAX, &text, &n);
        if (r < 0)
                rejects_add(rejects, path, 0, r == -EFBIG ? "larger than 64 KiB" : strerror(-r));
        else
                fn(path, text, n, userdata);
        return r >= 0;
}

unsigned folder_read(const char *directory, struct rejects *rejects,
        void (*fn)(const char *path, const char *text, size_t n, void *userdata), void *userdata) {
        char *names[FOLDER_FILES_MAX];
        unsigned n = 0, left_out = 0;
        int r;

        r = list(directory, names, &n, &left_out);
        if (r < 0 && r != -ENOENT) {
                rejects_add(rejects, directory, 0, strerror(-r));
                left_out++;
        } else if (left_out > 0)
                reject_rest(rejects, directory, left_out);
        for (unsigned i = 0; i < n; i++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%s/%s", directory, names[i]) < 0 ||
                        !read_one(path, rejects, fn, userdata))
                        left_out++;
                free(names[i]);
        }
        return left_out;
}
