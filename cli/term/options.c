/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/options.h"
#include "lib/quantity.h"

#include <getopt.h>
#include <time.h>

#include "cli/term/since.h"
#include "cli/term/text.h"
#include "lib/clock.h"

/* Values of getopt_long(): this and the row of the table. */
#define ARG_FIRST 0x1000
#define OPTIONS_MAX 32

const char *option_name(enum option_bit bit) {
        for (const struct option_info *o = limber_options; o->name; o++)
                if (o->bit == (unsigned) bit)
                        return o->name;
        return "";
}

static int bad(const char *option, const char *value, const char *want) {
        say(stderr, "limber: --%s %s: %s", option, value, want);
        return -EINVAL;
}

static int parse_seconds(struct options *o, const char *value) {
        char *end = NULL;
        unsigned long n = strtoul(value, &end, 10);

        if (value[0] < '0' || value[0] > '9' || *end || n < 1 || n > 60)
                return bad("seconds", value, "a number from 1 to 60 is wanted");
        o->seconds = (unsigned) n;
        return 0;
}

static int parse_side(struct options *o, const char *value) {
        if (!streq(value, "left") && !streq(value, "right"))
                return bad("side", value, "\"left\" or \"right\" is wanted");
        o->side = value;
        return 0;
}

static int parse_device(struct options *o, const char *value) {
        const char *equals = strchr(value, '=');

        if (!equals || equals == value || equals[1] == '\0')
                return bad("device", value, "ROLE=NAME is wanted, such as gun=blue-gun");
        if (o->n_devices >= OPTIONS_DEVICES_MAX)
                return bad("device", value, "too many devices");
        o->devices[o->n_devices++] = value;
        return 0;
}

static int parse_since(struct options *o, const char *value) {
        struct timespec now;
        int r;

        if (clock_gettime(CLOCK_REALTIME, &now) < 0)
                return bad("since", value, strerror(errno));
        r = since_parse(
                value, (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000, &o->since_usec);
        if (r == -ERANGE)
                return bad("since", value, "there is no such day or time of day");
        return r < 0 ? bad("since", value, SINCE_WANTED) : 0;
}

/* Digits only, and few enough for any integer here. */
static bool is_number(const char *value) {
        return value[0] != '\0' && strspn(value, "0123456789") == strlen(value) && strlen(value) <= 9;
}

bool options_parse_ago(const char *text, uint64_t *ret_seconds) {
        static const struct {
                const char *unit;
                unsigned seconds;
        } units[] = { { "min", 60 }, { "h", 3600 }, { "d", 24 * 3600 } };
        size_t digits = strspn(text, "0123456789");
        unsigned long n = strtoul(text, NULL, 10);

        for (size_t i = 0; digits > 0 && digits <= 4 && i < ARRAY_SIZE(units); i++)
                if (streq(text + digits, units[i].unit) && n > 0) {
                        *ret_seconds = MIN((uint64_t) n * units[i].seconds, (uint64_t) 30 * 24 * 3600);
                        return true;
                }
        return false;
}

static int parse_last_session(struct options *o, const char *value) {
        return options_parse_ago(value, &o->last_session_seconds)
                       ? 0
                       : bad("last-session", value, "how long ago is wanted, such as 40min, 9h or 2d");
}

static int parse_limit(struct options *o, const char *value) {
        o->limit = is_number(value) ? (uint32_t) strtoul(value, NULL, 10) : 0;
        return o->limit == 0 ? bad("limit", value, "a number of sessions from 1 to 999999999 is wanted") : 0;
}

static int parse_session(struct options *o, const char *value) {
        if (!is_number(value))
                return bad("session", value, "the number of a session is wanted");
        o->session = value;
        return 0;
}

static int parse_pad(struct options *o, const char *value) {
        int64_t area;

        if (quantity_parse(value, DIMENSION_AREA, &area) < 0 || area <= 0 || area > UINT32_MAX)
                return bad("pad", value, "the area of the pad is wanted, such as 25cm2");
        o->pad_area_mm2 = (uint32_t) area;
        return 0;
}

static int parse_output(struct options *o, const char *value) {
        o->output = value;
        return *value ? 0 : bad("output", value, "the name of a file is wanted, or - for standard output");
}

#define FIELD(field) offsetof(struct options, field), NULL
#define PARSED(fn) 0, fn

const struct option_info limber_options[] = {
        { "side", 0, OPTION_SIDE, "left|right", "left right", "only that side", PARSED(parse_side) },
        { "device", 0, OPTION_DEVICE, "ROLE=NAME", "", "the device for a role; may be repeated",
                PARSED(parse_device) },
        { "stage", 0, OPTION_STAGE, NULL, "", "make it ready; \"limber resume\" begins it", FIELD(stage) },
        { "detach", 0, OPTION_DETACH, NULL, "",
                "percussion goes on without this terminal, while \"still there?\" is answered",
                FIELD(detach) },
        { "yes", 0, OPTION_YES, NULL, "", "begin without a key, but never e-stim on a body", FIELD(yes) },
        { "last-session", 0, OPTION_LAST_SESSION, "AGO", "9h 1d 2d",
                "your last session was so long ago: for a computer without a clock",
                PARSED(parse_last_session) },
        { "session", 0, OPTION_SESSION, "N", "", "which session, where there are several",
                PARSED(parse_session) },
        { "all", 0, OPTION_ALL, NULL, "", "the same as without it", FIELD(all) },
        { "seconds", 0, OPTION_SECONDS, "N", "", "for so long, 1 to 60", PARSED(parse_seconds) },
        { "since", 0, OPTION_SINCE, "WHEN", "today yesterday 12h 7d 4w",
                "from 2026-11-21, today, 12h, 7d ...", PARSED(parse_since) },
        { "limit", 0, OPTION_LIMIT, "N", "", "only the newest N", PARSED(parse_limit) },
        { "csv", 0, OPTION_CSV, NULL, "", "write CSV", FIELD(csv) },
        { "output", 0, OPTION_OUTPUT, "FILE", "<file>", "write it there, - for standard output",
                PARSED(parse_output) },
        { "answers", 0, OPTION_ANSWERS, "ID=yes|no|unknown,...", "", "all answers, without being asked",
                FIELD(answers) },
        { "pad", 0, OPTION_PAD, "AREA", "", "of one pad, such as 25cm2", PARSED(parse_pad) },
        { "for", 0, OPTION_FOR, "USER", "<user>", "of somebody else", FIELD(runner) },
        { "by", 0, OPTION_BY, "NAME", "", "the clinician who agrees", FIELD(by) },
        { "as", 0, OPTION_AS, "ALIAS", "", "the name to know it by", FIELD(alias) },
        { "model", 0, OPTION_MODEL, "ID", "", "it is this model, by the id of its definition",
                FIELD(model) },
        { "experimental", 0, OPTION_EXPERIMENTAL, NULL, "", "though nobody has shown that it works",
                FIELD(experimental) },
        { "json", 0, 0, NULL, "", "write JSON for a program to read", FIELD(json) },
        { "no-color", 0, 0, NULL, "", "no colours", FIELD(no_color) },
        { "host", 'H', 0, "[USER@]HOST", "<host>", "on another machine, over ssh", FIELD(host) },
        { "help", 'h', 0, NULL, "", "this text; of a verb, its options", FIELD(help) },
        { "version", 0, 0, NULL, "", "the version", FIELD(version) },
        {},
};

static int take(struct options *o, const struct option_info *info, const char *value) {
        void *field = (char *) o + info->field;

        o->given |= info->bit;
        if (info->parse)
                return info->parse(o, value);
        if (info->argument)
                *(const char **) field = value;
        else
                *(bool *) field = true;
        return 0;
}

_Static_assert(ARRAY_SIZE(limber_options) <= OPTIONS_MAX, "getopt's tables have no room for all options");

/* getopt_long() needs its own tables. */
static void fill_getopt(struct option *longs, char *letters) {
        unsigned i;

        for (i = 0; limber_options[i].name; i++) {
                const struct option_info *info = &limber_options[i];

                longs[i] = (struct option){ info->name, info->argument ? required_argument : no_argument,
                        NULL, ARG_FIRST + (int) i };
                if (info->letter)
                        *letters++ = info->letter;
                if (info->letter && info->argument)
                        *letters++ = ':';
        }
        longs[i] = (struct option){};
        *letters = '\0';
}

static const struct option_info *find_option(int c) {
        if (c >= ARG_FIRST)
                return &limber_options[c - ARG_FIRST];
        for (const struct option_info *o = limber_options; o->name; o++)
                if (o->letter == c)
                        return o;
        return NULL; /* getopt printed the error */
}

int options_parse(struct options *ret, int argc, char *argv[]) {
        struct options o = { .seconds = OPTIONS_SECONDS_DEFAULT };
        struct option longs[OPTIONS_MAX];
        char letters[OPTIONS_MAX];
        int c, r;

        fill_getopt(longs, letters);
        optind = 0; /* from the start, also when called again */
        while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
                const struct option_info *info = find_option(c);

                r = info ? take(&o, info, optarg) : -EINVAL;
                if (r < 0)
                        return r;
        }
        if (o.csv && o.json) {
                say(stderr, "limber: --csv --json: only one of the two is wanted");
                return -EINVAL;
        }
        o.words = argv + optind;
        o.n_words = (size_t) (argc - optind);
        *ret = o;
        return 0;
}
