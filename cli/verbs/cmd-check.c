/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/read-file.h"
#include "lib/conf-text.h"
#include "lib/routine.h"

struct check {
        const struct options *options;
        const char *file;
        struct table *table;
        bool bad;
};

static const struct column columns[] = {
        { "file", "File", CELL_TEXT },
        { "severity", "Severity", CELL_TEXT },
        { "line", "Line", CELL_COUNT },
        { "code", "Code", CELL_TEXT },
        { "message", "Message", CELL_TEXT },
};

static void show(struct check *check, const struct finding *f) {
        const char *severity = finding_severity_to_string(f->severity);

        if (f->severity == FINDING_ERROR)
                check->bad = true;
        table_text(check->table, check->file);
        table_text(check->table, severity);
        table_count(check->table, f->line);
        table_text(check->table, f->code);
        table_text(check->table, f->message);
        if (!check->options->json)
                say(stdout, "%s:%u: %s: %s", check->file, f->line, severity, f->message);
}

static int check_text(struct check *check, const char *text, size_t size) {
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        _cleanup_(findings_done) struct findings findings = {};
        int r = routine_parse(&conf_text, text, size, &findings, &routine);

        if (r < 0 && r != -EBADMSG)
                return failure_report(NULL, r);
        for (size_t i = 0; i < findings.n; i++)
                show(check, &findings.items[i]);
        if (findings.n == 0 && !check->options->json)
                say(stdout, "%s: good", check->file);
        return LIMBER_EXIT_OK;
}

static int check_file(struct check *check) {
        _cleanup_free_ char *text = NULL;
        size_t n;
        int status = read_named_file(check->file, "A routine", &text, &n);

        return status == LIMBER_EXIT_OK ? check_text(check, text, n) : status;
}

int cmd_check(const struct options *options) {
        _cleanup_(table_freep) struct table *table = table_new(columns, ARRAY_SIZE(columns));
        struct check check = { .options = options, .table = table };
        int status, worst = LIMBER_EXIT_OK;

        if (!table)
                return failure_no_memory();
        for (char **file = options->words + 1; *file; file++) {
                check.file = *file;
                status = check_file(&check);
                worst = status != LIMBER_EXIT_OK ? status : worst;
        }
        if (options->json) {
                status = output_table(options, table, "");
                worst = worst == LIMBER_EXIT_OK ? status : worst;
        }
        return check.bad ? LIMBER_EXIT_INVALID : worst;
}
