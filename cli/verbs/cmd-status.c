/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/live/follow-up.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/term/words.h"
#include "cli/verbs/cmds.h"

static const struct column manager_columns[] = {
        { "version", "limberd", CELL_TEXT },
        { "bluez", "BlueZ", CELL_TEXT },
        { "powered", "Bluetooth on", CELL_YES_NO },
        { "simulated", "simulated", CELL_YES_NO },
        { "output_active", "output on", CELL_YES_NO },
        { "rejected", "files not loaded", CELL_COUNT },
};
static const struct column session_columns[] = {
        { "session", "Session", CELL_TEXT },
        { "routine", "Routine", CELL_TEXT },
        { "state", "State", CELL_TEXT },
        { "reason", "Because", CELL_TEXT },
        { "step", "Step", CELL_COUNT },
        { "steps", "of", CELL_COUNT },
        { "title", "Now", CELL_TEXT },
        { "remaining", "Left", CELL_DURATION },
        { "output_active", "Output", CELL_YES_NO },
};
static const struct column device_columns[] = {
        { "device", "Device", CELL_NAME },
        { "kind", "Kind", CELL_TEXT },
        { "state", "State", CELL_TEXT },
        { "certainty", "Output", CELL_TEXT },
        { "battery", "Battery", CELL_PERCENT },
};

static const struct column question_columns[] = {
        { "session", "Session", CELL_COUNT },
        { "kind", "Asked", CELL_TEXT },
        { "text", "Question", CELL_TEXT },
};

/* Files, each with one mistake or several. */
static size_t count_rejected_files(const struct manager_info *manager) {
        size_t n = 0;

        for (size_t i = 0; i < manager->n_rejected; i++)
                n += i == 0 || !streq_ptr(manager->rejected[i].path, manager->rejected[i - 1].path);
        return n;
}

static struct table *manager_table(const struct manager_info *manager) {
        struct table *t = table_new(manager_columns, ARRAY_SIZE(manager_columns));

        if (!t)
                return NULL;
        table_text(t, manager->version);
        table_text(t, manager->bluez_version);
        table_yes_no(t, manager->powered);
        table_style(t, manager->powered ? STYLE_PLAIN : STYLE_BAD);
        table_yes_no(t, manager->simulated);
        table_yes_no(t, manager->output_active);
        table_style(t, manager->output_active ? STYLE_WARN : STYLE_GOOD);
        table_count(t, count_rejected_files(manager));
        table_style(t, manager->n_rejected > 0 ? STYLE_WARN : STYLE_PLAIN);
        return t;
}

static struct table *session_table(const struct objects *objects) {
        struct table *t = table_new(session_columns, ARRAY_SIZE(session_columns));

        for (size_t i = 0; t && i < objects->n_sessions; i++) {
                const struct session_info *s = &objects->sessions[i];

                if (session_ended(s))
                        continue;
                table_text(t, session_number(s));
                table_text(t, s->routine);
                table_text(t, s->state);
                table_text(t, s->reason);
                table_count(t, s->step);
                table_count(t, s->steps);
                table_text(t, s->title);
                table_duration(t, s->remaining);
                table_yes_no(t, s->output_active);
                table_style(t, s->output_active ? STYLE_WARN : STYLE_PLAIN);
        }
        return t;
}

static struct table *device_table(const struct objects *objects) {
        struct table *t = table_new(device_columns, ARRAY_SIZE(device_columns));

        for (size_t i = 0; t && i < objects->n_devices; i++) {
                const struct device_info *d = &objects->devices[i];
                bool is_bad;

                if (!d->added)
                        continue;
                table_text(t, device_label(d));
                table_text(t, d->kind);
                table_text(t, d->state);
                (void) words_certainty(d->certainty, &is_bad);
                table_text(t, d->certainty);
                table_style(t, is_bad ? STYLE_BAD : STYLE_PLAIN);
                if (d->battery == BATTERY_UNKNOWN)
                        table_unknown(t);
                else
                        table_percent(t, d->battery);
        }
        return t;
}

static struct table *question_table(const struct follow_up *question) {
        struct table *t = table_new(question_columns, ARRAY_SIZE(question_columns));

        if (!t || !question->text)
                return t;
        table_count(t, question->session);
        table_text(t, question->kind);
        table_text(t, question->text);
        return t;
}

static int print_json(const struct table *manager, const struct table *sessions, const struct table *devices,
        const struct table *questions) {
        json_t *rows = table_json(manager);
        json_t *json = json_pack("{s:O?, s:o?, s:o?, s:o?}", "daemon", json_array_get(rows, 0), "sessions",
                table_json(sessions), "devices", table_json(devices), "questions", table_json(questions));

        json_decref(rows);
        return output_json(json, JSON_INDENT(2));
}

int cmd_status(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(follow_up_done) struct follow_up question = {};
        _cleanup_(table_freep) struct table *manager = NULL, *sessions = NULL, *devices = NULL,
                                            *questions = NULL;
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status == LIMBER_EXIT_OK)
                status = follow_up_fetch(client, &question);
        if (status != LIMBER_EXIT_OK)
                return status;
        manager = manager_table(&objects->manager);
        sessions = session_table(objects);
        devices = device_table(objects);
        questions = question_table(&question);
        if (!manager || !sessions || !devices || !questions)
                return failure_no_memory();
        if (options->json)
                return print_json(manager, sessions, devices, questions);
        status = output_block(options, manager);
        if (objects->manager.n_rejected > 0)
                say(stdout, "\"limber devices\" lists the files that are not loaded, and why.");
        putchar('\n');
        if (status == LIMBER_EXIT_OK)
                status = output_table(
                        options, devices, "No device is added; \"limber scan\" looks for some.");
        putchar('\n');
        if (status == LIMBER_EXIT_OK)
                status = output_table(options, sessions, "No session is running.");
        if (question.text)
                printf("\n%s\nSay it with: limber discomfort 0 (to 10)\n", question.text);
        return status;
}
