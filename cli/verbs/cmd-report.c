/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "cli/bus/fetch-history.h"
#include "cli/report/report.h"
#include "cli/report/whole-file.h"
#include "cli/term/failure.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "lib/clock.h"

/* The data of one session; the report points into it. */
struct source {
        uint64_t number;
        struct history_infos infos;
        struct session_chart *chart;
};

struct sources {
        struct source *list;
        size_t n;
        struct objects *objects;
};

static void sources_done(struct sources *sources) {
        for (size_t i = 0; i < sources->n; i++) {
                session_chart_free(sources->list[i].chart);
                history_infos_done(&sources->list[i].infos);
        }
        free(sources->list);
        objects_free(sources->objects);
}

static bool has_number(const struct sources *sources, uint64_t number) {
        for (size_t i = 0; i < sources->n; i++)
                if (sources->list[i].number == number)
                        return true;
        return false;
}

/* Each number once, even if repeated. */
static int parse_numbers(const struct options *options, struct sources *sources) {
        for (size_t i = 1; i < options->n_words; i++) {
                uint64_t number;
                struct source *source;
                int status = history_parse_number("report", options->words[i], &number);

                if (status != LIMBER_EXIT_OK)
                        return status;
                if (has_number(sources, number))
                        continue;
                source = array_grow(&sources->list, &sources->n, sizeof(*source));
                if (!source)
                        return failure_no_memory();
                source->number = number;
        }
        return LIMBER_EXIT_OK;
}

static int by_number(const void *a, const void *b) {
        uint64_t x = ((const struct source *) a)->number, y = ((const struct source *) b)->number;

        return (x > y) - (x < y);
}

static int fetch(const struct options *options, struct sources *sources) {
        _cleanup_(client_freep) struct client *client = NULL;
        int status = client_open(options, &client);

        for (size_t i = 0; i < sources->n && status == LIMBER_EXIT_OK; i++)
                status = history_fetch_session(client, sources->list[i].number, &sources->list[i].infos);
        return status == LIMBER_EXIT_OK ? client_objects(client, &sources->objects) : status;
}

static uint64_t wall_clock(void) {
        struct timespec now = {};

        (void) clock_gettime(CLOCK_REALTIME, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

/* The whole page in memory, before any of it is written. Negative errno. */
static int compose(const struct options *options, struct sources *sources, char **ret, size_t *ret_size) {
        _cleanup_free_ struct report_session *sessions = calloc(sources->n, sizeof(*sessions));
        struct report report = { sessions, sources->n, sources->objects, wall_clock() };
        bool utf8 = text_utf8();
        FILE *f;

        if (!sessions)
                return -ENOMEM;
        for (size_t i = 0; i < sources->n; i++) {
                struct source *s = &sources->list[i];
                int r;

                sessions[i].session = history_infos_find(&s->infos, s->number);
                sessions[i].runner = history_runner_name(options, sessions[i].session->runner);
                r = session_chart_new(&s->infos, sessions[i].session, sources->objects, &s->chart);
                if (r < 0)
                        return r;
                sessions[i].chart = s->chart;
        }
        f = open_memstream(ret, ret_size);
        if (!f)
                return -ENOMEM;
        text_set_utf8(true); /* a page is not a terminal */
        report_write(&report, f);
        text_set_utf8(utf8);
        return fclose(f) == 0 ? 0 : -ENOMEM;
}

static int cannot_write(const char *path, int r) {
        return failure_say(LIMBER_EXIT_FAILURE, NULL, "cannot write %s: %s", path, strerror(-r));
}

static int write_to_stdout(const char *page, size_t n) {
        errno = 0;
        if (fwrite(page, 1, n, stdout) == n && fflush(stdout) == 0)
                return LIMBER_EXIT_OK;
        return cannot_write("the report", errno != 0 ? -errno : -EIO);
}

static int write_to_file(const char *path, const char *page, size_t n) {
        int r = whole_file_write(path, page, n);

        if (r < 0)
                return cannot_write(path, r);
        say(stderr, "The report is in %s", path);
        return LIMBER_EXIT_OK;
}

static int deliver(
        const struct options *options, const struct sources *sources, const char *page, size_t n) {
        unsigned long long first = sources->list[0].number, last = sources->list[sources->n - 1].number;
        char name[64];

        if (options->given & OPTION_OUTPUT && !streq(options->output, "-"))
                return write_to_file(options->output, page, n);
        if (options->given & OPTION_OUTPUT || !isatty(STDOUT_FILENO))
                return write_to_stdout(page, n);
        if (sources->n == 1)
                snprintf(name, sizeof(name), "limber-report-%llu.html", first);
        else
                snprintf(name, sizeof(name), "limber-report-%llu-to-%llu.html", first, last);
        return write_to_file(name, page, n);
}

/* report SESSION... */
int cmd_report(const struct options *options) {
        _cleanup_(sources_done) struct sources sources = {};
        _cleanup_free_ char *page = NULL;
        size_t n = 0;
        int status;

        if (options->json)
                return failure_say(LIMBER_EXIT_USAGE,
                        "\"limber --json history show N\" writes the same session as JSON.",
                        "\"report\" takes no option --json: it writes a page for a person to read");
        status = parse_numbers(options, &sources);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (sources.n > 1)
                qsort(sources.list, sources.n, sizeof(*sources.list), by_number);
        status = fetch(options, &sources);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (compose(options, &sources, &page, &n) < 0)
                return failure_no_memory();
        return deliver(options, &sources, page, n);
}
