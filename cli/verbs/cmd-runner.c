/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pwd.h>

#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/list-runner.h"
#include "cli/verbs/runner.h"
#include "lib/bus-names.h"
#include "lib/cap.h"
#include "lib/quantity.h"

/* The lists of a runner, in display order. */
enum list {
        LIST_BLOCKS,
        LIST_SIGN_OFFS,
        LIST_ANSWERS,
        LIST_CAPS,
        LIST_CALIBRATIONS,
        _LIST_MAX,
};
static const char *const list_keys[_LIST_MAX] = { "blocks", "sign_offs", "answers", "caps", "calibrations" };

static struct table *list_of(
        enum list list, const struct runner_info *info, const struct objects *objects, bool json) {
        switch (list) {
        case LIST_BLOCKS:
                return list_runner_blocks(info);
        case LIST_SIGN_OFFS:
                return list_runner_sign_offs(info);
        case LIST_ANSWERS:
                return list_runner_questions(info, !json);
        case LIST_CAPS:
                return list_runner_caps(info);
        case LIST_CALIBRATIONS:
        case _LIST_MAX:
                break;
        }
        return list_runner_calibrations(info, objects);
}

/* The user's name; "" when unknown, as on another machine, where the same number may be another user. */
static const char *user_name(const struct options *options, uint32_t uid) {
        const struct passwd *user = options->host ? NULL : getpwuid(uid);

        return user ? user->pw_name : "";
}

static int show_json(const struct runner_info *info, const struct objects *objects, struct table *head) {
        json_t *rows = table_json(head), *row = json_incref(json_array_get(rows, 0));

        json_decref(rows);
        for (unsigned i = 0; row && i < _LIST_MAX; i++) {
                _cleanup_(table_freep) struct table *table = list_of((enum list) i, info, objects, true);

                if (!table || json_object_set_new(row, list_keys[i], table_json(table)) < 0) {
                        json_decref(row);
                        row = NULL;
                }
        }
        return output_json(row, JSON_INDENT(2));
}

static void say_blocks(const struct runner_info *info) {
        if (!isempty(info->damaged))
                say(stdout, "The file of what was known is damaged and not in force: %s", info->damaged);
        if (info->n_blocks > 0)
                putchar('\n');
        for (size_t i = 0; i < info->n_blocks; i++) {
                const char *sentence = info->blocks[i].sentence;

                /* An unanswered intake gives the same sentence for each kind of output. */
                if (i == 0 || !streq_ptr(sentence, info->blocks[i - 1].sentence))
                        say(stdout, "* %s.", strnull(sentence));
        }
}

static int show_lists(
        const struct options *options, const struct runner_info *info, const struct objects *objects) {
        int status = LIMBER_EXIT_OK;

        for (unsigned i = 0; status == LIMBER_EXIT_OK && i < _LIST_MAX; i++) {
                _cleanup_(table_freep) struct table *table = NULL;

                /* Whole sentences on their own lines: in a column they would be cut. */
                if (i == LIST_BLOCKS) {
                        say_blocks(info);
                        continue;
                }
                table = list_of((enum list) i, info, objects, false);
                if (!table)
                        return failure_no_memory();
                if (table_rows(table) == 0)
                        continue;
                putchar('\n');
                status = output_table(options, table, "");
        }
        return status;
}

static int show(const struct options *options, struct client *client, const char *path) {
        _cleanup_(runner_info_done) struct runner_info info = {};
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(table_freep) struct table *head = NULL;
        int status = runner_fetch(client, path, &info);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        head = list_runner_head(&info, user_name(options, info.uid));
        if (!head)
                return failure_no_memory();
        if (options->json)
                return show_json(&info, objects, head);
        status = output_block(options, head);
        return status == LIMBER_EXIT_OK ? show_lists(options, &info, objects) : status;
}

static int send_cap(struct client *client, const char *path, const char *name, int64_t level) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = runner_new_call(client, path, "SetCaps", &m);
        if (r >= 0 && level == 0)
                r = sd_bus_message_append(m, "a{sv}", 1, name, "s", "none");
        else if (r >= 0)
                r = sd_bus_message_append(m, "a{sv}", 1, name, "d", (double) level / 1000);
        return r < 0 ? failure_report(NULL, r) : client_send(client, m, NULL);
}

/* runner cap CAP VALUE|none */
static int set_cap(const struct options *options, struct client *client, const char *path) {
        const char *name = options->words[2], *value = options->words[3];
        enum cap cap = cap_from_string(name);
        const struct cap_kind *kind;
        int64_t level = 0;
        int status;

        if (cap == _CAP_MAX)
                return failure_say(LIMBER_EXIT_USAGE,
                        "There are: percussion, estim, percussion-levels, estim-levels.",
                        "There is no cap \"%s\".", name);
        kind = cap_kind(cap);
        if (!streq(value, "none") && (quantity_parse(value, kind->dimension, &level) < 0 || level <= 0))
                return failure_say(LIMBER_EXIT_USAGE, "\"none\" lifts it.",
                        "runner cap %s %s: a value in %s is wanted, such as 20%s", name, value, kind->unit,
                        kind->unit);
        status = send_cap(client, path, name, level);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (level == 0)
                return output_done(options, "There is no cap of your own on %s any more.", name);
        return output_done(options, "%s is capped at %s.", name, value);
}

/* runner sign-off QUESTION --by NAME */
static int sign_off(const struct options *options, struct client *client, const char *path) {
        int status;

        status = client_call(client, path, LIMBER_RUNNER_INTERFACE, "SignOff", NULL, "ss", options->words[2],
                options->by);
        if (status != LIMBER_EXIT_OK)
                return status;
        return output_done(options, "It is recorded that %s agrees in spite of the answer to \"%s\".",
                options->by, options->words[2]);
}

static int with_runner(const struct options *options,
        int (*fn)(const struct options *options, struct client *client, const char *path)) {
        _cleanup_(client_freep) struct client *client = NULL;
        char path[RUNNER_PATH_MAX];
        int status;

        status = client_open(options, &client);
        if (status == LIMBER_EXIT_OK)
                status = runner_path(client, path);
        return status == LIMBER_EXIT_OK ? fn(options, client, path) : status;
}

int cmd_runner(const struct options *options) {
        return with_runner(options, show);
}

int cmd_runner_cap(const struct options *options) {
        return with_runner(options, set_cap);
}

int cmd_runner_sign_off(const struct options *options) {
        if (!options->by)
                return failure_say(LIMBER_EXIT_USAGE, "Say with --by NAME which clinician agrees.",
                        "usage: limber runner sign-off QUESTION --by NAME");
        return with_runner(options, sign_off);
}
