/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/stat.h>

#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "lib/conf-text.h"
#include "lib/routine.h"
#include "lib/untrusted.h"

/* This also makes /dev/zero harmless. */
#define ROUTINE_FILE_MAX UNTRUSTED_SIZE_MAX

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

/* Returns the size, or a negative errno; -EFBIG for a file that is too large. */
static ssize_t read_text(const char *path, char *buffer, size_t size) {
        _cleanup_close_ int fd =
                streq(path, "-") ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        size_t used = 0;

        if (fd < 0)
                return -errno;
        while (used < size) {
                ssize_t n = read(fd, buffer + used, size - used);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return (ssize_t) used;
                used += (size_t) n;
        }
        return -EFBIG;
}

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
        _cleanup_free_ char *text = malloc(ROUTINE_FILE_MAX + 1);
        ssize_t n;

        if (!text)
                return failure_no_memory();
        n = read_text(check->file, text, ROUTINE_FILE_MAX + 1);
        if (n == -EFBIG)
                return failure_say(LIMBER_EXIT_INVALID, "A routine is a text file of at most 64 KiB.",
                        "%s is too large.", check->file);
        if (n < 0)
                return failure_say(n == -ENOENT ? LIMBER_EXIT_NOT_FOUND : LIMBER_EXIT_FAILURE, NULL,
                        "Cannot read %s: %s.", check->file, strerror((int) -n));
        return check_text(check, text, (size_t) n);
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
