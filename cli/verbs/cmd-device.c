/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/describe-device.h"
#include "cli/verbs/read-file.h"
#include "lib/conf-text.h"

/* Of text that goes into a file or a pipe. */
#define COLUMNS_MAX 80u

static unsigned columns_of_output(void) {
        unsigned columns = output_columns();

        return columns == 0 ? COLUMNS_MAX : MAX(MIN(columns, COLUMNS_MAX), 40u);
}

static void show_findings(const struct findings *findings, const char *file, bool json, json_t *list) {
        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *f = &findings->items[i];
                const char *severity = finding_severity_to_string(f->severity);

                if (!json)
                        say(stdout, "%s:%u: %s: %s", file, f->line, severity, f->message);
                (void) json_array_append_new(
                        list, json_pack("{s:s, s:i, s:s, s:s}", "severity", severity, "line", (int) f->line,
                                      "code", f->code, "message", f->message));
        }
}

/* Adds what there is to say of the file to a list. Returns an enum limber_exit. */
static int check_file(const struct options *options, const char *file, json_t *list) {
        _cleanup_(definition_unrefp) struct device_definition *definition = NULL;
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_free_ char *text = NULL;
        json_t *found, *description;
        size_t n;
        int r, status = read_named_file(file, "A device definition", &text, &n);

        if (status != LIMBER_EXIT_OK)
                return status;
        r = definition_parse(&conf_text, file, text, n, &findings, &definition);
        if (r < 0 && r != -EBADMSG)
                return failure_report(NULL, r);
        found = json_array();
        show_findings(&findings, file, options->json, found);
        description = definition ? describe_device(definition) : json_null();
        if (!found || !description)
                return failure_no_memory();
        if (definition && !options->json) {
                say(stdout, "%s: good", file);
                describe_print(description, columns_of_output(), stdout);
        }
        (void) json_array_append_new(list,
                json_pack("{s:s, s:o, s:o}", "file", file, "findings", found, "definition", description));
        return definition ? LIMBER_EXIT_OK : LIMBER_EXIT_INVALID;
}

int cmd_device_check(const struct options *options) {
        json_t *list = json_array();
        int status, worst = LIMBER_EXIT_OK;

        for (char **file = options->words + 2; *file; file++) {
                status = check_file(options, *file, list);
                worst = status != LIMBER_EXIT_OK ? status : worst;
        }
        if (!options->json) {
                json_decref(list);
                return worst;
        }
        status = output_json(list, JSON_INDENT(2));
        return worst == LIMBER_EXIT_OK ? status : worst;
}
