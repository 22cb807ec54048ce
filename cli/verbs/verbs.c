/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/verbs.h"

#include "cli/term/text.h"
#include "lib/bus-errors.h"
#include "lib/nearest.h"

#define DISTANCE_MAX 2
#define HELP_COLUMN 34

const struct verb *verb_find(const struct verb *verbs, const char *name) {
        for (const struct verb *v = verbs; v->name; v++)
                if (streq(v->name, name))
                        return v;
        return NULL;
}

const struct verb *verb_hint(const struct verb *verbs, const char *word) {
        const struct verb *best = NULL;
        unsigned least = UINT32_MAX;

        for (const struct verb *v = verbs; v && v->name; v++) {
                unsigned distance =
                        strlen(word) >= 2 && startswith(v->name, word) ? 0 : word_distance(v->name, word);

                if (distance <= DISTANCE_MAX && distance < strlen(v->name) && distance < least) {
                        least = distance;
                        best = v;
                }
        }
        return best;
}

static int unknown_verb(const struct verb *verbs, const char *word) {
        const struct verb *hint = verb_hint(verbs, word);

        if (hint)
                say(stderr, "limber: there is no verb \"%s\"; did you mean \"%s\"?", word, hint->name);
        else
                say(stderr, "limber: there is no verb \"%s\"; \"limber --help\" lists those there are.",
                        word);
        return LIMBER_EXIT_USAGE;
}

static int check_words(const struct verb *verb, const struct options *options) {
        size_t words = options->n_words > 0 ? options->n_words - 1 : 0;
        unsigned strange = options->given & ~verb->options;

        if (strange) {
                enum option_bit bit = (enum option_bit)(strange & -strange);

                say(stderr, "limber: \"%s\" takes no option --%s.", verb->name, option_name(bit));
                return LIMBER_EXIT_USAGE;
        }
        if (words < verb->min_words || words > verb->max_words) {
                say(stderr, "limber: usage: limber %s%s%s", verb->name, verb->usage[0] ? " " : "",
                        verb->usage);
                return LIMBER_EXIT_USAGE;
        }
        return LIMBER_EXIT_OK;
}

int verbs_dispatch(const struct verb *verbs, const struct options *options) {
        const struct verb *verb = options->n_words > 0 ? verb_find(verbs, options->words[0]) : verbs;
        int status;

        if (!verb)
                return unknown_verb(verbs, options->words[0]);
        status = check_words(verb, options);
        return status == LIMBER_EXIT_OK ? verb->fn(options) : status;
}

void verbs_print_help(const struct verb *verbs, FILE *f) {
        fputs("limber [OPTION...] [VERB ...]\n"
              "Runs recovery routines on Bluetooth percussion guns and e-stim pads.\n\n",
                f);
        for (const struct verb *v = verbs; v->name; v++) {
                const char *space = v->usage[0] ? " " : "";
                unsigned used = 2 + text_width(v->name) + text_width(space) + text_width(v->usage);

                fprintf(f, "  %s%s%s", v->name, space, v->usage);
                if (used + 2 > HELP_COLUMN) {
                        fputc('\n', f);
                        used = 0;
                }
                fprintf(f, "%*s%s\n", (int) (HELP_COLUMN - used), "", v->help);
        }
        fputs("\n"
              "  --side left|right               start: only that side\n"
              "  --device ROLE=NAME              start: the device for a role; may be repeated\n"
              "  --stage                         start: make it ready, \"resume\" begins it\n"
              "  --detach                        start: percussion goes on without this\n"
              "                                  terminal while \"still there?\" is answered\n"
              "  --yes                           start, resume: begin without a key, but never\n"
              "                                  e-stim on a body\n"
              "  --session N                     which session, where there are several\n"
              "  --all                           stop: the same as without it\n"
              "  --seconds N                     scan: for so long, 1 to 60\n"
              "  --since WHEN                    history: from 2026-11-21, today, 12h, 7d ...\n"
              "  --limit N                       history: only the newest N\n"
              "  --csv                           history: write CSV\n"
              "  --output FILE                   report: write it there, - for standard output\n"
              "  --answers ID=yes|no|unknown,...\n"
              "                                  intake: all answers, without being asked\n"
              "  --pad AREA                      calibrate: of one pad, such as 25cm2\n"
              "  --for USER                      intake, runner: of somebody else\n"
              "  --by NAME                       runner sign-off: the clinician who agrees\n"
              "  --as ALIAS                      add: the name to know it by\n"
              "  --experimental                  add: though it was never proved\n"
              "\n"
              "  --json                          write JSON for a program to read\n"
              "  --no-color                      no colours\n"
              "  -H, --host [USER@]HOST          on another machine, over ssh\n"
              "  -h, --help                      this text\n"
              "  --version                       the version\n"
              "\n"
              "\"limber stop\" stops everything at once. More in limber(1).\n",
                f);
}
