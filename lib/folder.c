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
        struct rejected *items = realloc(rejects->items, (rejects->n + 1) * sizeof(*items));

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

static int is_conf(const struct dirent *entry) {
        size_t n = strlen(entry->d_name);

        return n > 5 && entry->d_name[0] != '.' && streq(entry->d_name + n - 5, ".conf");
}

static void read_one(const char *path, struct rejects *rejects,
        void (*fn)(const char *path, const char *text, size_t n, void *userdata), void *userdata) {
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r;

        r = read_file(path, UNTRUSTED_SIZE_MAX, &text, &n);
        if (r == -EFBIG)
                rejects_add(rejects, path, 0, "larger than 64 KiB");
        else if (r < 0)
                rejects_add(rejects, path, 0, strerror(-r));
        else
                fn(path, text, n, userdata);
}

void folder_read(const char *directory, struct rejects *rejects,
        void (*fn)(const char *path, const char *text, size_t n, void *userdata), void *userdata) {
        struct dirent **entries = NULL;
        int n;

        n = scandir(directory, &entries, is_conf, alphasort);
        if (n < 0) {
                if (errno != ENOENT)
                        rejects_add(rejects, directory, 0, strerror(errno));
                return;
        }
        for (int i = 0; i < n; i++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) >= 0)
                        read_one(path, rejects, fn, userdata);
                free(entries[i]);
        }
        free(entries);
}
