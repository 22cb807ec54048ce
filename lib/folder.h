/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A folder of text files, each of which stands for itself: one bad file is reported and never keeps the others out. */

#include "lib/findings.h"

/* A file (or folder) that was not taken. */
struct rejected {
        char *path;
        unsigned line;
        char *message;
};

struct rejects {
        struct rejected *items;
        unsigned n;
};

void rejects_done(struct rejects *rejects);
void rejects_add(struct rejects *rejects, const char *path, unsigned line, const char *message);
/* Every error of the findings. */
void rejects_add_findings(struct rejects *rejects, const char *path, const struct findings *findings);

/* Calls fn with the text of each readable NAME.conf, in the order of names. A missing folder is empty. */
void folder_read(const char *directory, struct rejects *rejects,
        void (*fn)(const char *path, const char *text, size_t n, void *userdata), void *userdata);
