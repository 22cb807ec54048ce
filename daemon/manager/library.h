/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything that is read from folders: the routines that can be started, the device definitions that products are matched
 * with, and the rejected files. Read as a whole off the loop, then replaced as a whole. */

#include "lib/folder.h"
#include "lib/routine.h"
#include "protocols/definition.h"

struct library_folder {
        const char *path;
        const char *source; /* "shipped", "local", "imported" */
};

#define LIBRARY_FOLDERS_MAX 4u

struct library {
        struct routine **routines; /* by id */
        unsigned n_routines;
        struct device_definition **definitions;
        unsigned n_definitions;
        struct rejects rejects;
};

/* Reads the folders, each list in the order given and terminated by a row without a path: a local routine replaces a shipped
 * one of the same id; any other second file of an id is rejected. -ENOMEM. */
int library_read(const struct library_folder *routine_folders, const struct library_folder *device_folders,
        struct library **ret);
struct library *library_free(struct library *library);
DEFINE_CLEANUP(struct library *, library_free);

struct routine *library_routine(const struct library *library, const char *id);
const struct device_definition *library_definition(const struct library *library, const char *id);
/* The definition that fits an advertised name best, or NULL. */
const struct device_definition *library_match(
        const struct library *library, const char *name, const struct match_rule **ret_rule);
