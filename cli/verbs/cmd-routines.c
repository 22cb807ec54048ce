/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/words.h"
#include "cli/verbs/cmds.h"

static const struct column list_columns[] = {
        { "id", "Routine", CELL_NAME },
        { "title", "Title", CELL_TEXT },
        { "duration", "Takes", CELL_DURATION },
        { "devices", "Needs", CELL_TEXT },
        { "zones", "Zones", CELL_LIST },
        { "source", "From", CELL_TEXT },
};
static const struct column show_columns[] = {
        { "id", "Routine", CELL_TEXT },
        { "title", "Title", CELL_TEXT },
        { "when", "When", CELL_TEXT },
        { "duration", "Takes", CELL_DURATION },
        { "zones", "Zones", CELL_LIST },
        { "devices", "Needs", CELL_LIST },
        { "discomfort_profile", "Discomfort", CELL_TEXT },
        { "confidence", "Confidence", CELL_TEXT },
        { "claims", "May do", CELL_TEXT },
        { "sign_off_required", "Sign-off needed", CELL_YES_NO },
        { "signer", "Signed by", CELL_TEXT },
        { "source", "From", CELL_TEXT },
};
static const struct column step_columns[] = {
        { "step", "Step", CELL_COUNT },
        { "kind", "Kind", CELL_TEXT },
        { "title", "Title", CELL_TEXT },
        { "zone", "Zone", CELL_TEXT },
        { "sides", "Sides", CELL_TEXT },
        { "duration", "A side", CELL_DURATION },
        { "dose", "Dose", CELL_TEXT },
};

int cmd_routines(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(table_freep) struct table *t = NULL;
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        t = table_new(list_columns, ARRAY_SIZE(list_columns));
        if (!t)
                return failure_no_memory();
        for (size_t i = 0; i < objects->n_routines; i++) {
                const struct routine_info *r = &objects->routines[i];

                table_text(t, r->id);
                table_text(t, r->title);
                table_duration(t, r->duration);
                table_text(t, routine_kind(r));
                table_list(t, r->zones);
                table_text(t, r->source);
        }
        return output_table(options, t, "No routine is installed.");
}

/* "gun (percussion)" for each role. */
static char **role_words(const struct routine_info *routine) {
        char **words = calloc(routine->n_roles + 1, sizeof(*words));

        for (size_t i = 0; words && i < routine->n_roles; i++)
                if (asprintf(&words[i], "%s (%s)", routine->roles[i].role, routine->roles[i].kind) < 0) {
                        words[i] = NULL;
                        break;
                }
        return words;
}

static struct table *show_table(const struct routine_info *r) {
        _cleanup_(strv_freep) char **roles = role_words(r);
        struct table *t = table_new(show_columns, ARRAY_SIZE(show_columns));

        if (!t)
                return NULL;
        table_text(t, r->id);
        table_text(t, r->title);
        table_text(t, r->when);
        table_duration(t, r->duration);
        table_list(t, r->zones);
        table_list(t, roles);
        table_text(t, r->profile);
        table_text(t, r->confidence);
        table_text(t, r->claims);
        table_yes_no(t, r->sign_off_required);
        table_style(t, r->sign_off_required ? STYLE_WARN : STYLE_PLAIN);
        table_text(t, r->signer);
        table_text(t, r->source);
        return t;
}

static struct table *step_table(const struct routine_info *routine) {
        struct table *t = table_new(step_columns, ARRAY_SIZE(step_columns));

        for (size_t i = 0; t && i < routine->n_steps; i++) {
                const struct routine_step *s = &routine->steps[i];

                table_count(t, i + 1);
                table_text(t, s->kind);
                table_text(t, s->title);
                table_text(t, s->zone);
                table_text(t, s->sides);
                if (s->usec > 0)
                        table_duration(t, s->usec);
                else
                        table_unknown(t);
                table_text(t, s->dose);
        }
        return t;
}

static int show_json(const struct table *show, const struct table *steps) {
        json_t *rows = table_json(show), *row = json_incref(json_array_get(rows, 0));

        json_decref(rows);
        if (row && json_object_set_new(row, "steps", table_json(steps)) < 0) {
                json_decref(row);
                row = NULL;
        }
        return output_json(row, JSON_INDENT(2));
}

int cmd_show(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(table_freep) struct table *show = NULL, *steps = NULL;
        const struct routine_info *routine;
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        routine = objects_find_routine(objects, options->words[1]);
        if (!routine)
                return LIMBER_EXIT_NOT_FOUND;
        show = show_table(routine);
        steps = step_table(routine);
        if (!show || !steps)
                return failure_no_memory();
        if (options->json)
                return show_json(show, steps);
        status = output_block(options, show);
        putchar('\n');
        return status == LIMBER_EXIT_OK ? output_table(options, steps, "It has no steps.") : status;
}
