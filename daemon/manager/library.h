/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything that is read from folders: the routines that can be started, the device definitions that products are matched
 * with, the devices that were added, and the rejected files. Read off the loop, then replaced as a whole. */

#include "daemon/manager/device-store.h"
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
        struct stored_device *stored;
        unsigned n_stored;
        struct rejects rejects;
};

/* What is to be read; a NULL is left out. Folders are in order, terminated by a row without a path. */
struct library_sources {
        const struct library_folder *device_folders;
        const char *store_directory; /* of the devices that were added */
        const struct library_folder *routine_folders;
};

/* Blocks. The first device folders are limber's own, "shipped": what others say of the same products may only narrow that. A local routine replaces a shipped one of the same id; any other second file of an id is rejected. -ENOMEM; other errors: the reader does not work, and no file is judged. */
int library_read(const struct library_sources *sources, struct conf_reader *reader, struct library **ret);
/* Moves the routines and the rejects of from, which must have come without definitions, into library. from is freed. */
void library_take_routines(struct library *library, struct library *from);
struct library *library_free(struct library *library);
DEFINE_CLEANUP(struct library *, library_free);

struct routine *library_routine(const struct library *library, const char *id);
const struct device_definition *library_definition(const struct library *library, const char *id);
/* The local definition that narrows this one and means products of that name, however its rule looks; without one, the definition itself,
 * and *ret_rule stays as it is. */
const struct device_definition *library_narrower(const struct library *library,
        const struct device_definition *definition, const char *name, const struct match_rule **ret_rule);
/* The definition that fits an advertised name best, or a narrower one, or NULL. */
const struct device_definition *library_match(
        const struct library *library, const char *name, const struct match_rule **ret_rule);
