/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A folder of independent text files: a bad file is reported and does not affect the others. */

#include "lib/findings.h"

/* A file (or folder) that was rejected. */
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
/* Adds every error of the findings. */
void rejects_add_findings(struct rejects *rejects, const char *path, const struct findings *findings);

/* Files of one folder that are read, and rejects that are kept: more are somebody's mistake, or worse, and every one of them
 * costs whoever asks for the list. */
#define FOLDER_FILES_MAX 256u
#define REJECTS_MAX 256u

/* Calls fn with the text of each readable NAME.conf, sorted by name, of at most FOLDER_FILES_MAX. A missing folder counts as
 * empty. Returns how many could not be handed over, which are among the rejects. Blocks. */
unsigned folder_read(const char *directory, struct rejects *rejects,
        void (*fn)(const char *path, const char *text, size_t n, void *userdata), void *userdata);
