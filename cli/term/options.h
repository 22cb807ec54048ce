/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line, parsed once. Options may come in any position; each verb declares which it takes. */

#include "lib/macros.h"

#define OPTIONS_DEVICES_MAX 16
#define OPTIONS_SECONDS_DEFAULT 10

enum option_bit {
        OPTION_SECONDS = 1 << 0,
        OPTION_AS = 1 << 1,
        OPTION_EXPERIMENTAL = 1 << 2,
        OPTION_SIDE = 1 << 3,
        OPTION_DEVICE = 1 << 4,
        OPTION_YES = 1 << 5,
        OPTION_STAGE = 1 << 6,
        OPTION_ALL = 1 << 7,
        OPTION_SESSION = 1 << 8,
        OPTION_DETACH = 1 << 9,
        OPTION_SINCE = 1 << 10,
        OPTION_LIMIT = 1 << 11,
        OPTION_CSV = 1 << 12,
        OPTION_OUTPUT = 1 << 13,
        OPTION_ANSWERS = 1 << 14,
        OPTION_BY = 1 << 15,
        OPTION_FOR = 1 << 16,
        OPTION_PAD = 1 << 17,
        OPTION_LAST_SESSION = 1 << 18,
        OPTION_MODEL = 1 << 19,
};

struct options {
        bool json;
        bool no_color;
        bool help;
        bool version;
        const char *host;
        unsigned given; /* enum option_bit of those on the command line */
        unsigned seconds;
        const char *alias;
        const char *model; /* id of a device definition */
        bool experimental;
        const char *side;
        const char *devices[OPTIONS_DEVICES_MAX]; /* ROLE=NAME, checked to contain a "=" */
        size_t n_devices;
        bool yes;
        bool stage;
        bool detach;
        bool all;
        const char *session;
        uint64_t since_usec;           /* since the epoch; only if given */
        uint64_t last_session_seconds; /* ago; 0: not given */
        uint32_t limit;                /* 0: none */
        bool csv;
        const char *output;  /* file name, or "-" */
        const char *answers; /* ID=ANSWER,… */
        const char *by;
        const char *runner; /* name or number of a user; NULL: the caller */
        uint32_t pad_area_mm2;
        char **words; /* the verb and its arguments; NULL-terminated */
        size_t n_words;
};

/* One option of the command line. argument is used by completions: words, and the names in <> of completions/generate.py. */
struct option_info {
        const char *name;
        char letter;          /* NUL: none */
        unsigned bit;         /* enum option_bit; 0: for every verb */
        const char *argument; /* NULL: it takes none */
        const char *values;
        const char *help;
        size_t field;                                       /* in struct options; a bool, or a text */
        int (*parse)(struct options *o, const char *value); /* NULL: set the field, accepting any text */
};

/* How long ago: a number of minutes, hours or days, such as 40min, 9h or 2d. False: it is none. */
bool options_parse_ago(const char *text, uint64_t *ret_seconds);

/* The table; terminated by a row without a name. */
extern const struct option_info limber_options[];

/* Parses argv (and moves its options to the front). Returns 0, or -EINVAL after an error message on stderr. */
int options_parse(struct options *ret, int argc, char *argv[]);

/* The long name of one option_bit. */
const char *option_name(enum option_bit bit);
