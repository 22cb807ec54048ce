/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/stat.h>

#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"

/* The daemon rejects more; this limit also makes /dev/zero harmless. */
#define ROUTINE_FILE_MAX (64 * 1024)

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
static ssize_t read_file(const char *path, uint8_t *buffer, size_t size) {
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

static int read_finding(sd_bus_message *m, void *userdata) {
        struct check *check = userdata;
        const char *severity, *code, *message;
        uint32_t line;
        int r = sd_bus_message_read(m, "(suss)", &severity, &line, &code, &message);

        if (r < 0)
                return r;
        if (streq(severity, "error"))
                check->bad = true;
        table_text(check->table, check->file);
        table_text(check->table, severity);
        table_count(check->table, line);
        table_text(check->table, code);
        table_text(check->table, message);
        if (!check->options->json)
                say(stdout, "%s:%u: %s: %s", check->file, line, severity, message);
        return 0;
}

static int check_text(struct client *client, struct check *check, const uint8_t *text, size_t size) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        size_t before = table_rows(check->table);
        int r, status;

        r = client_new_call(client, "CheckRoutine", &m);
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', text, size);
        if (r < 0)
                return failure_report(NULL, r);
        status = client_send(client, m, &reply);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = property_read_array(reply, "(suss)", read_finding, check);
        if (r < 0)
                return failure_report(NULL, r);
        if (table_rows(check->table) == before && !check->options->json)
                say(stdout, "%s: good", check->file);
        return LIMBER_EXIT_OK;
}

static int check_file(struct client *client, struct check *check) {
        _cleanup_free_ uint8_t *text = malloc(ROUTINE_FILE_MAX + 1);
        ssize_t n;

        if (!text)
                return failure_no_memory();
        n = read_file(check->file, text, ROUTINE_FILE_MAX + 1);
        if (n == -EFBIG)
                return failure_say(LIMBER_EXIT_INVALID, "A routine is a text file of at most 64 KiB.",
                        "%s is too large.", check->file);
        if (n < 0)
                return failure_say(n == -ENOENT ? LIMBER_EXIT_NOT_FOUND : LIMBER_EXIT_FAILURE, NULL,
                        "Cannot read %s: %s.", check->file, strerror((int) -n));
        return check_text(client, check, text, (size_t) n);
}

int cmd_check(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(table_freep) struct table *table = table_new(columns, ARRAY_SIZE(columns));
        struct check check = { .options = options, .table = table };
        int status, worst = LIMBER_EXIT_OK;

        if (!table)
                return failure_no_memory();
        status = client_open(options, &client);
        if (status != LIMBER_EXIT_OK)
                return status;
        for (char **file = options->words + 1; *file; file++) {
                check.file = *file;
                status = check_file(client, &check);
                worst = status != LIMBER_EXIT_OK ? status : worst;
                if (status == LIMBER_EXIT_NO_DAEMON)
                        return status;
        }
        if (options->json) {
                status = output_table(options, table, "");
                worst = worst == LIMBER_EXIT_OK ? status : worst;
        }
        return check.bad ? LIMBER_EXIT_INVALID : worst;
}
