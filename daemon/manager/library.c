/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/manager/library.h"

#include <stdarg.h>

#include "protocols/definition-check.h"
#include "protocols/definition-claim.h"

struct reading {
        struct library *library;
        struct conf_reader *reader;
        const char *source;
        bool no_memory;
        int error; /* the reader does not work */
};

static int append(void *list, unsigned *n, void *item) {
        void **items = realloc(*(void ***) list, (*n + 1) * sizeof(void *));

        if (!items)
                return -ENOMEM;
        *(void ***) list = items;
        items[(*n)++] = item;
        return 0;
}

/* What was found wrong with a file. A reader that does not work says nothing about files. */
static void reject(struct reading *reading, const char *path, int error, const struct findings *findings) {
        rejects_add_findings(&reading->library->rejects, path, findings);
        if (findings->n_errors == 0)
                reading->error = error;
}

static void reject_double(struct reading *reading, const char *path, const char *id, const char *other) {
        _cleanup_free_ char *message = NULL;

        if (asprintf(&message, "the id '%s' is already taken by %s", id, other) >= 0)
                rejects_add(&reading->library->rejects, path, 0, message);
}

/* Takes ownership. */
static void take_routine(struct reading *reading, struct routine *routine) {
        struct library *library = reading->library;

        for (unsigned i = 0; i < library->n_routines; i++) {
                struct routine *other = library->routines[i];

                if (!streq(other->id, routine->id))
                        continue;
                if (streq_ptr(other->source, "shipped") && streq(reading->source, "local")) {
                        routine_unref(other);
                        library->routines[i] = routine;
                } else {
                        reject_double(reading, routine->path, routine->id, other->path);
                        routine_unref(routine);
                }
                return;
        }
        if (append(&library->routines, &library->n_routines, routine) < 0) {
                reading->no_memory = true;
                routine_unref(routine);
        }
}

static void read_routine(const char *path, const char *text, size_t n, void *userdata) {
        struct reading *reading = userdata;
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        _cleanup_(findings_done) struct findings findings = {};

        int r;

        r = routine_parse(reading->reader, text, n, &findings, &routine);
        if (r < 0) {
                reject(reading, path, r, &findings);
                return;
        }
        if (free_and_strdup(&routine->path, path) < 0 ||
                free_and_strdup(&routine->source, reading->source) < 0) {
                reading->no_memory = true;
                return;
        }
        take_routine(reading, TAKE_PTR(routine));
}

/* Another definition with the same match rule, from the same kind of folder: which of the two would drive the product is undefined. A
 * whole name and a prefix of it are no conflict, since the whole name is more specific. */
static const struct device_definition *find_rival(
        const struct library *library, const struct device_definition *definition, const char **ret_name) {
        for (unsigned i = 0; i < library->n_definitions; i++)
                for (unsigned k = 0; k < definition->n_matches; k++)
                        if (library->definitions[i]->local == definition->local &&
                                definition_rule_claims(definition, &definition->matches[k]) &&
                                definition_claims(library->definitions[i], &definition->matches[k])) {
                                *ret_name = definition->matches[k].name;
                                return library->definitions[i];
                        }
        return NULL;
}

/* A shipped definition by whose "set" frames a question or a stop of this one would switch a device on: products of one maker, or with
 * one radio module, understand the same frames. */
static const struct device_definition *find_driven(const struct library *library,
        const struct device_definition *definition, const char **ret_frame, const char **ret_feature) {
        for (unsigned i = 0; i < library->n_definitions; i++)
                if (!library->definitions[i]->local &&
                        definition_drives_by(definition, library->definitions[i], ret_frame, ret_feature))
                        return library->definitions[i];
        return NULL;
}

/* A shipped definition of a product that a local one would describe anew instead of narrowing what is known of it. */
static const struct device_definition *find_contradicted(const struct library *library,
        const struct device_definition *definition, const char **ret_what, const char **ret_why) {
        for (unsigned i = 0; definition->local && i < library->n_definitions; i++) {
                const struct device_definition *shipped = library->definitions[i];

                if (!shipped->local && definition_overlaps(definition, shipped, ret_what) &&
                        !definition_narrows(definition, shipped, ret_why))
                        return shipped;
        }
        return NULL;
}

/* What it says of its product is known from a shipped definition, too: find_contradicted() found nothing. */
static bool narrows_shipped(const struct library *library, const struct device_definition *definition) {
        const char *what;

        for (unsigned i = 0; i < library->n_definitions; i++)
                if (!library->definitions[i]->local &&
                        definition_overlaps(definition, library->definitions[i], &what))
                        return true;
        return false;
}

_printf_(3, 4) static void reject_with(struct reading *reading, const char *path, const char *format, ...) {
        _cleanup_free_ char *message = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&message, format, ap);
        va_end(ap);
        if (r >= 0)
                rejects_add(&reading->library->rejects, path, 0, message);
        else
                message = NULL;
}

/* Whether it may stand beside those there are; otherwise the reason is among the rejects. */
static bool is_welcome(struct reading *reading, const struct device_definition *definition) {
        const struct library *library = reading->library;
        const struct device_definition *other;
        const char *what, *why;

        if ((other = library_definition(library, definition->id)))
                reject_double(reading, definition->path, definition->id, other->path);
        else if ((other = find_contradicted(library, definition, &what, &why)))
                reject_with(reading, definition->path,
                        "products called '%s' are described by %s, and a file of your own may only narrow that: %s",
                        what, other->path, why);
        else if ((other = find_driven(library, definition, &what, &why)))
                reject_with(reading, definition->path,
                        "frame '%s' would switch '%s' on, by the frames of %s on the same characteristic",
                        what, why, other->path);
        else if ((other = find_rival(library, definition, &what)))
                reject_with(reading, definition->path, "products called '%s' are already described by %s",
                        what, other->path);
        else
                return true;
        return false;
}

static void read_definition(const char *path, const char *text, size_t n, void *userdata) {
        struct reading *reading = userdata;
        struct library *library = reading->library;
        _cleanup_(definition_unrefp) struct device_definition *definition = NULL;
        _cleanup_(findings_done) struct findings findings = {};
        int r;

        r = definition_parse(reading->reader, path, text, n, &findings, &definition);
        if (r < 0) {
                reject(reading, path, r, &findings);
                return;
        }
        if (!streq(reading->source, "shipped") && definition_distrust(definition) < 0) {
                reading->no_memory = true;
                return;
        }
        if (!is_welcome(reading, definition))
                return;
        if (definition->local && !narrows_shipped(library, definition) &&
                definition_distrust_link_loss(definition) < 0) {
                reading->no_memory = true;
                return;
        }
        if (append(&library->definitions, &library->n_definitions, definition) < 0)
                reading->no_memory = true;
        else
                (void) TAKE_PTR(definition);
}

static int compare_ids(const void *a, const void *b) {
        const struct routine *const *x = a, *const *y = b;

        return strcmp((*x)->id, (*y)->id);
}

static void take_stored(const struct stored_device *device, void *userdata) {
        struct reading *reading = userdata;
        struct library *library = reading->library;
        struct stored_device *grown =
                reallocarray(library->stored, library->n_stored + 1, sizeof(*library->stored));

        if (!grown) {
                reading->no_memory = true;
                return;
        }
        library->stored = grown;
        grown[library->n_stored++] = *device;
}

static void read_folders(struct reading *reading, const struct library_folder *folders,
        void (*read)(const char *path, const char *text, size_t n, void *userdata)) {
        for (const struct library_folder *f = folders; f && f->path; f++) {
                reading->source = f->source;
                folder_read(f->path, &reading->library->rejects, read, reading);
        }
}

int library_read(const struct library_sources *sources, struct conf_reader *reader, struct library **ret) {
        _cleanup_(library_freep) struct library *library = calloc(1, sizeof(*library));
        struct reading reading = { .library = library, .reader = reader };
        int r = 0;

        if (!library)
                return -ENOMEM;
        read_folders(&reading, sources->device_folders, read_definition);
        if (sources->store_directory)
                r = device_store_read(
                        reader, sources->store_directory, &library->rejects, take_stored, &reading);
        read_folders(&reading, sources->routine_folders, read_routine);
        if (reading.no_memory)
                return -ENOMEM;
        if (r < 0 || reading.error < 0)
                return r < 0 ? r : reading.error;
        if (library->n_routines > 1)
                qsort(library->routines, library->n_routines, sizeof(*library->routines), compare_ids);
        *ret = TAKE_PTR(library);
        return 0;
}

void library_take_routines(struct library *library, struct library *from) {
        library->routines = TAKE_PTR(from->routines);
        library->n_routines = from->n_routines;
        from->n_routines = 0;
        for (unsigned i = 0; i < from->rejects.n; i++)
                rejects_add(&library->rejects, from->rejects.items[i].path, from->rejects.items[i].line,
                        from->rejects.items[i].message);
        library_free(from);
}

struct library *library_free(struct library *library) {
        if (!library)
                return NULL;
        for (unsigned i = 0; i < library->n_routines; i++)
                routine_unref(library->routines[i]);
        for (unsigned i = 0; i < library->n_definitions; i++)
                definition_unref(library->definitions[i]);
        free(library->routines);
        free(library->definitions);
        free(library->stored);
        rejects_done(&library->rejects);
        free(library);
        return NULL;
}

struct routine *library_routine(const struct library *library, const char *id) {
        for (unsigned i = 0; i < library->n_routines; i++)
                if (streq(library->routines[i]->id, id))
                        return library->routines[i];
        return NULL;
}

const struct device_definition *library_definition(const struct library *library, const char *id) {
        for (unsigned i = 0; i < library->n_definitions; i++)
                if (streq(library->definitions[i]->id, id))
                        return library->definitions[i];
        return NULL;
}

const struct device_definition *library_narrower(const struct library *library,
        const struct device_definition *definition, const char *name, const struct match_rule **ret_rule) {
        const struct device_definition *narrower = definition;
        unsigned best_score = 0;

        for (unsigned i = 0; !definition->local && i < library->n_definitions; i++) {
                const struct device_definition *local = library->definitions[i];
                const struct match_rule *rule = NULL;
                unsigned score = local->local ? definition_match(local, name, &rule) : 0;
                const char *why;

                if (score > best_score && definition_narrows(local, definition, &why)) {
                        best_score = score;
                        narrower = local;
                        *ret_rule = rule;
                }
        }
        return narrower;
}

const struct device_definition *library_match(
        const struct library *library, const char *name, const struct match_rule **ret_rule) {
        const struct device_definition *best = NULL;
        unsigned best_score = 0;

        for (unsigned i = 0; i < library->n_definitions; i++) {
                const struct match_rule *rule = NULL;
                unsigned score = definition_match(library->definitions[i], name, &rule);

                if (score > best_score) {
                        best_score = score;
                        best = library->definitions[i];
                        *ret_rule = rule;
                }
        }
        return best ? library_narrower(library, best, name, ret_rule) : NULL;
}
