/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs one script of frames against the codec of a shipped device definition. A script is lines of
 *
 *     device NAME                        loads protocols/devices/NAME.conf; first
 *     handshake                          what goes out after connecting
 *     set FEATURE=LEVEL… [rate=8Hz] [envelope=500]
 *                                        encode; a level has the unit of its feature ("30Hz", or a step's number), and what is
 *                                        not named is 0
 *     stream                             the next period of a device that streams
 *     notify ENDPOINT HEX                the device says so
 *     stop                               the stop frames, taken as sent
 *
 * each followed by what must come of it, all of it and in this order:
 *
 *     > ENDPOINT request|command HEX     a frame
 *     < level|knob FEATURE LEVEL         an event
 *     < battery|version VALUE
 *     ! refused                          an error instead
 *
 * '#' begins a comment. The last command must be a stop: nothing here leaves a device on. */

#include "lib/armed.h"
#include "lib/conf-text.h"
#include "protocols/definition.h"
#include "tests/test.h"

#define LINES_MAX 64u
#define WORD_BREAKS " \t"

static const char *script_path;

struct run {
        struct device_definition *definition;
        void *engine;
        char heard[LINES_MAX][200]; /* results of the last command, as lines */
        unsigned n_heard, n_checked;
        unsigned line; /* in the script */
        char last_command[16];
};

#define fail_at(run, ...)                                         \
        do {                                                      \
                print_error("%s:%u: ", script_path, (run)->line); \
                fail_msg(__VA_ARGS__);                            \
        } while (0)

_printf_(2, 3) static void hear(struct run *run, const char *format, ...) {
        va_list ap;

        assert_true(run->n_heard < LINES_MAX);
        va_start(ap, format);
        (void) vsnprintf(run->heard[run->n_heard++], sizeof(run->heard[0]), format, ap);
        va_end(ap);
}

static void hear_frames(struct run *run, int r, const struct frames *frames) {
        char hex[2 * PROTOCOL_FRAME_SIZE_MAX + 1];

        if (r < 0) {
                hear(run, "! refused");
                return;
        }
        for (unsigned i = 0; i < frames->n; i++) {
                const struct frame *frame = &frames->items[i];

                hear(run, "> %s %s %s", run->definition->endpoints[frame->endpoint].name,
                        frame->write == FRAME_REQUEST ? "request" : "command",
                        hex_format(frame->bytes, frame->n, hex));
        }
}

static const char *format_level(const struct feature *feature, int64_t level, char *buffer) {
        char text[QUANTITY_TEXT_MAX];

        if (streq(feature->unit, "Hz"))
                (void) snprintf(buffer, 40, "%s", quantity_format(text, DIMENSION_FREQUENCY, level));
        else
                (void) snprintf(buffer, 40, "%lld", (long long) (level / 1000));
        return buffer;
}

static void hear_events(struct run *run, int r, const struct protocol_events *events) {
        static const char *const names[] = {
                [PROTOCOL_LEVEL] = "level",
                [PROTOCOL_KNOB] = "knob",
                [PROTOCOL_BATTERY] = "battery",
                [PROTOCOL_CONTACT] = "contact",
                [PROTOCOL_VERSION] = "version",
        };

        if (r < 0)
                hear(run, "! refused");
        for (unsigned i = 0; i < events->n; i++) {
                const struct protocol_event *e = &events->items[i];
                const struct feature *feature = &run->definition->features[e->feature];
                char level[40];

                if (e->kind == PROTOCOL_LEVEL || e->kind == PROTOCOL_KNOB)
                        hear(run, "< %s %s %s", names[e->kind], feature->name,
                                format_level(feature, e->value, level));
                else
                        hear(run, "< %s %lld", names[e->kind], (long long) e->value);
        }
}

static void load(struct run *run, const char *name) {
        struct findings findings = {};
        _cleanup_free_ char *path = NULL, *text = NULL;
        const char *error;
        size_t n;

        assert_true(asprintf(&path, "protocols/devices/%s.conf", name) > 0);
        text = source_file(path, &n);
        if (definition_parse(&conf_text, path, text, n, &findings, &run->definition) < 0)
                fail_at(run, "%s:%u: %s", path, findings.items[0].line, findings.items[0].message);
        findings_done(&findings);
        run->engine = calloc(1, run->definition->engine->private_size);
        assert_non_null(run->engine);
        assert_int_equal(run->definition->engine->open(run->engine, run->definition, &error), 0);
}

/* "a=12", "motor=30Hz", "rate=8Hz", "envelope=500" */
static void read_setting(struct run *run, char *word, struct setpoint *setpoints) {
        char *value = strchr(word, '=');
        int64_t number;
        int feature;

        if (!value)
                fail_at(run, "'%s' is not NAME=VALUE", word);
        *value++ = '\0';
        if (quantity_parse(value, DIMENSION_FREQUENCY, &number) < 0)
                number = strtoll(value, NULL, 10);
        for (unsigned i = 0; i < PROTOCOL_FEATURES_MAX; i++) {
                if (streq(word, "rate"))
                        setpoints[i].rate_mhz = (uint32_t) number;
                else if (streq(word, "envelope"))
                        setpoints[i].envelope_permille = (unsigned) number;
        }
        if (streq(word, "rate") || streq(word, "envelope"))
                return;
        feature = definition_feature(run->definition, word);
        if (feature < 0)
                fail_at(run, "there is no feature '%s'", word);
        if (streq(run->definition->features[feature].unit, "step"))
                number *= 1000;
        setpoints[feature].level = number;
}

static void do_set(struct run *run, char **save) {
        struct setpoint setpoints[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};
        char *word;

        for (unsigned i = 0; i < PROTOCOL_FEATURES_MAX; i++)
                setpoints[i].envelope_permille = 1000;
        while ((word = strtok_r(NULL, WORD_BREAKS, save)))
                read_setting(run, word, setpoints);
        hear_frames(run, run->definition->engine->encode(run->engine, setpoints, &frames), &frames);
}

/* "limits 20 200": of each feature, in steps. */
static void do_limits(struct run *run, char **save) {
        int64_t maxima[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};

        for (unsigned i = 0; i < run->definition->n_features; i++) {
                const char *word = strtok_r(NULL, WORD_BREAKS, save);

                if (!word)
                        fail_at(run, "limits needs a level for each feature");
                maxima[i] = strtol(word, NULL, 10) * 1000;
        }
        hear_frames(run, run->definition->engine->limits(run->engine, maxima, &frames), &frames);
}

static void do_notify(struct run *run, char **save) {
        const char *name = strtok_r(NULL, WORD_BREAKS, save);
        struct protocol_events events = {};
        uint8_t bytes[PROTOCOL_FRAME_SIZE_MAX];
        int endpoint;
        ssize_t n;

        endpoint = name ? definition_endpoint(run->definition, name) : -1;
        n = hex_parse(*save, bytes, sizeof(bytes));
        if (endpoint < 0 || n < 0)
                fail_at(run, "notify needs an endpoint and hexadecimal bytes");
        hear_events(run,
                run->definition->engine->decode(
                        run->engine, (unsigned) endpoint, bytes, (size_t) n, &events),
                &events);
}

static void do_stop(struct run *run) {
        const struct protocol_engine *engine = run->definition->engine;
        struct frames frames = {}, again = {};

        hear_frames(run, engine->stop(run->engine, &frames), &frames);
        assert_true(frames.n > 0);
        if (engine->stopped)
                engine->stopped(run->engine);
        /* Always the same, whatever came before: that is why it can be stored. */
        assert_int_equal(engine->stop(run->engine, &again), 0);
        assert_memory_equal(&frames, &again, sizeof(frames));
}

static void do_command(struct run *run, char *line) {
        const struct protocol_engine *engine;
        struct frames frames = {};
        char *save = NULL, *word = strtok_r(line, WORD_BREAKS, &save);

        if (run->n_checked < run->n_heard)
                fail_at(run, "before this came also: %s", run->heard[run->n_checked]);
        run->n_heard = run->n_checked = 0;
        (void) snprintf(run->last_command, sizeof(run->last_command), "%s", word);
        if (streq(word, "device")) {
                load(run, strtok_r(NULL, WORD_BREAKS, &save));
                return;
        }
        if (!run->definition)
                fail_at(run, "a script begins with 'device'");
        engine = run->definition->engine;
        if (streq(word, "limits"))
                do_limits(run, &save);
        else if (streq(word, "handshake"))
                hear_frames(run, engine->handshake(run->engine, &frames), &frames);
        else if (streq(word, "set"))
                do_set(run, &save);
        else if (streq(word, "stream")) {
                bool unsent = streq_ptr(strtok_r(NULL, WORD_BREAKS, &save), "unsent");

                hear_frames(run, engine->stream(run->engine, 0, unsent, &frames), &frames);
        } else if (streq(word, "settled"))
                hear(run, engine->settled(run->engine) ? "< yes" : "< no");
        else if (streq(word, "notify"))
                do_notify(run, &save);
        else if (streq(word, "stop"))
                do_stop(run);
        else
                fail_at(run, "there is no command '%s'", word);
}

/* Compares without the blanks that make hexadecimal readable. */
static void check_result(struct run *run, const char *line) {
        char wanted[200];
        size_t n = 0;
        unsigned blanks = 0, kept = line[0] == '>' ? 3 : 9;

        for (; *line && n < sizeof(wanted) - 1; line++)
                if (*line != ' ' || (line[1] != ' ' && blanks++ < kept))
                        wanted[n++] = *line;
        wanted[n] = '\0';
        if (run->n_checked >= run->n_heard)
                fail_at(run, "wanted %s, and nothing came", wanted);
        if (!streq(run->heard[run->n_checked], wanted))
                fail_at(run, "wanted %s, came %s", wanted, run->heard[run->n_checked]);
        run->n_checked++;
}

static void every_line_comes_true(void **state) {
        _cleanup_free_ char *text = NULL;
        struct run run = {};
        char *rest;
        size_t n;

        assert_int_equal(read_file(script_path, 64 * 1024, &text, &n), 0);
        rest = text;
        for (char *line; (line = strsep(&rest, "\n"));) {
                run.line++;
                line[strcspn(line, "#")] = '\0';
                for (size_t k = strlen(line); k > 0 && line[k - 1] == ' ';)
                        line[--k] = '\0';
                line += strspn(line, WORD_BREAKS);
                if (*line == '>' || *line == '<' || *line == '!')
                        check_result(&run, line);
                else if (*line)
                        do_command(&run, line);
        }
        if (run.n_checked < run.n_heard)
                fail_at(&run, "at the end came also: %s", run.heard[run.n_checked]);
        if (!streq(run.last_command, "stop"))
                fail_at(&run, "a script ends with 'stop'");
        free(run.engine);
        definition_unref(run.definition);
}

int main(int argc, char *argv[]) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(every_line_comes_true) };

        if (argc != 2) {
                fprintf(stderr, "usage: %s SCRIPT\n", argv[0]);
                return 2;
        }
        script_path = argv[1];
        return cmocka_run_group_tests_name(script_path, tests, NULL, NULL);
}
