/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/options.h"
#include "lib/quantity.h"

#include <getopt.h>
#include <time.h>

#include "cli/term/since.h"
#include "cli/term/text.h"
#include "lib/clock.h"

enum {
        ARG_JSON = 0x100,
        ARG_NO_COLOR,
        ARG_VERSION,
        ARG_VERB_FIRST = 0x1000, /* plus an option_bit: options that belong to verbs */
};

static const struct option long_options[] = {
        { "json", no_argument, NULL, ARG_JSON },
        { "no-color", no_argument, NULL, ARG_NO_COLOR },
        { "host", required_argument, NULL, 'H' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, ARG_VERSION },
        { "seconds", required_argument, NULL, ARG_VERB_FIRST + OPTION_SECONDS },
        { "as", required_argument, NULL, ARG_VERB_FIRST + OPTION_AS },
        { "experimental", no_argument, NULL, ARG_VERB_FIRST + OPTION_EXPERIMENTAL },
        { "side", required_argument, NULL, ARG_VERB_FIRST + OPTION_SIDE },
        { "device", required_argument, NULL, ARG_VERB_FIRST + OPTION_DEVICE },
        { "yes", no_argument, NULL, ARG_VERB_FIRST + OPTION_YES },
        { "stage", no_argument, NULL, ARG_VERB_FIRST + OPTION_STAGE },
        { "detach", no_argument, NULL, ARG_VERB_FIRST + OPTION_DETACH },
        { "all", no_argument, NULL, ARG_VERB_FIRST + OPTION_ALL },
        { "session", required_argument, NULL, ARG_VERB_FIRST + OPTION_SESSION },
        { "since", required_argument, NULL, ARG_VERB_FIRST + OPTION_SINCE },
        { "limit", required_argument, NULL, ARG_VERB_FIRST + OPTION_LIMIT },
        { "csv", no_argument, NULL, ARG_VERB_FIRST + OPTION_CSV },
        { "output", required_argument, NULL, ARG_VERB_FIRST + OPTION_OUTPUT },
        { "answers", required_argument, NULL, ARG_VERB_FIRST + OPTION_ANSWERS },
        { "by", required_argument, NULL, ARG_VERB_FIRST + OPTION_BY },
        { "for", required_argument, NULL, ARG_VERB_FIRST + OPTION_FOR },
        { "pad", required_argument, NULL, ARG_VERB_FIRST + OPTION_PAD },
        {},
};

const char *option_name(enum option_bit bit) {
        for (const struct option *o = long_options; o->name; o++)
                if (o->val == ARG_VERB_FIRST + (int) bit)
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

static int parse_verb_option(struct options *o, enum option_bit bit, const char *value) {
        o->given |= bit;
        switch (bit) {
        case OPTION_SECONDS:
                return parse_seconds(o, value);
        case OPTION_AS:
                o->alias = value;
                return 0;
        case OPTION_EXPERIMENTAL:
                o->experimental = true;
                return 0;
        case OPTION_SIDE:
                return parse_side(o, value);
        case OPTION_DEVICE:
                return parse_device(o, value);
        case OPTION_YES:
                o->yes = true;
                return 0;
        case OPTION_STAGE:
                o->stage = true;
                return 0;
        case OPTION_DETACH:
                o->detach = true;
                return 0;
        case OPTION_ALL:
                o->all = true;
                return 0;
        case OPTION_SESSION:
                return parse_session(o, value);
        case OPTION_SINCE:
                return parse_since(o, value);
        case OPTION_LIMIT:
                return parse_limit(o, value);
        case OPTION_CSV:
                o->csv = true;
                return 0;
        case OPTION_OUTPUT:
                o->output = value;
                return *value ? 0
                              : bad("output", value,
                                        "the name of a file is wanted, or - for standard output");
        case OPTION_ANSWERS:
                o->answers = value;
                return 0;
        case OPTION_BY:
                o->by = value;
                return 0;
        case OPTION_FOR:
                o->runner = value;
                return 0;
        case OPTION_PAD:
                return parse_pad(o, value);
        }
        return -EINVAL;
}

static int parse_option(struct options *o, int c, const char *value) {
        switch (c) {
        case ARG_JSON:
                o->json = true;
                return 0;
        case ARG_NO_COLOR:
                o->no_color = true;
                return 0;
        case ARG_VERSION:
                o->version = true;
                return 0;
        case 'H':
                o->host = value;
                return 0;
        case 'h':
                o->help = true;
                return 0;
        case '?':
        case ':':
                return -EINVAL; /* getopt said why */
        }
        return parse_verb_option(o, (enum option_bit)(c - ARG_VERB_FIRST), value);
}

int options_parse(struct options *ret, int argc, char *argv[]) {
        struct options o = { .seconds = OPTIONS_SECONDS_DEFAULT };
        int c, r;

        optind = 0; /* from the start, also when called again */
        while ((c = getopt_long(argc, argv, "hH:", long_options, NULL)) >= 0) {
                r = parse_option(&o, c, optarg);
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
